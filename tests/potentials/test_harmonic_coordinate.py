import jax
import pytest

from molscape.potentials import HarmonicCoordinate


def test_the_axis_is_one_of_three():
    with pytest.raises(ValueError, match="use x, y or z"):
        HarmonicCoordinate(stiffness=1.0, axis="xy")


def test_a_prior_is_not_fitted():
    assert not any(jax.tree.leaves(HarmonicCoordinate(stiffness=1.0).trainable()))
