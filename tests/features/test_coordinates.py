"""Chosen Cartesian coordinates."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.features import Coordinates

X = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize(("axes", "columns"), [("x", [0]), ("xy", [0, 1]), ("zx", [2, 0])])
def test_each_particle_has_its_coordinates_in_the_order_asked_for(axes, columns):
    features = Coordinates(axes=axes)
    assert features.names == tuple(axes)
    np.testing.assert_array_equal(features(jnp.asarray(X)), X[:, columns])


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32])
def test_the_precision_is_that_of_the_positions(dtype):
    assert Coordinates(axes="xyz")(jnp.asarray(X, dtype=dtype)).dtype == dtype


def test_settings_rebuild_it():
    settings = Coordinates(axes="zy").settings()
    assert settings.pop("kind") == Coordinates.kind == "coordinates"
    assert Coordinates(**settings).names == ("z", "y")


@pytest.mark.parametrize("axes", ["", "xx", "w", "xyzx"])
def test_other_axes_are_refused(axes):
    with pytest.raises(ValueError, match=f"axes {axes!r}: name each of x, y and z at most once"):
        Coordinates(axes=axes)
