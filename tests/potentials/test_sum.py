import numpy as np
import pytest

from molscape.potentials import HarmonicBonds, LennardJones, Sum, rebuild


def lennard_jones(cutoff, smooth="shift"):
    return LennardJones(epsilon=1.0, sigma=0.3, pairs=(("A", "A"),), cutoff=cutoff, smooth=smooth)


BONDS = HarmonicBonds(types=("A-A",), stiffness=[100.0], length=[0.3])


def test_sums_are_flat():
    nested = Sum(Sum(lennard_jones(0.5), BONDS), lennard_jones(0.8, "force"))
    assert [part.kind for part in nested.terms()] == [
        "lennard_jones",
        "harmonic_bonds",
        "lennard_jones",
    ]
    assert nested.reach == 0.8
    assert len(nested.lower()) == 3


def test_it_is_as_smooth_as_its_least_smooth_part():
    assert Sum(BONDS, lennard_jones(0.5, "force")).smoothness == 1
    assert Sum(lennard_jones(0.5, "force"), lennard_jones(0.5, "none")).smoothness == -1


def test_arrays_are_named_by_place():
    arrays = Sum(lennard_jones(0.5), BONDS).arrays()
    assert set(arrays) == {"0.epsilon", "0.sigma", "1.stiffness", "1.length"}
    many = Sum(*[lennard_jones(0.5 + 0.01 * k) for k in range(12)])
    back = rebuild("sum", many.settings(), many.arrays())
    np.testing.assert_allclose([part.cutoff for part in back.parts], 0.5 + 0.01 * np.arange(12))


def test_errors():
    with pytest.raises(ValueError, match="a sum of no potentials"):
        Sum()
    with pytest.raises(ValueError, match="unknown potential kind 'magic'"):
        rebuild("magic", {}, {})
