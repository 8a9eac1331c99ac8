"""Z-matrices, and the molecules that are known by name."""

import numpy as np
import pytest

from molscape.reference.molecules import known, place_atoms


def angle(a, b, c):
    one, two = a - b, c - b
    return np.degrees(np.arccos(one @ two / np.linalg.norm(one) / np.linalg.norm(two)))


def dihedral(a, b, c, d):
    b1, b2, b3 = b - a, c - b, d - c
    m, n = np.cross(b1, b2), np.cross(b2, b3)
    return np.degrees(np.arctan2(np.linalg.norm(b2) * (b1 @ n), m @ n))


@pytest.mark.parametrize("turn", [0.0, 55.0, 180.0, -120.0])
def test_atoms_have_the_distance_angle_and_dihedral_asked_for(turn):
    x = place_atoms(("A", "B A 0.15", "C B 0.12 A 109.5", f"D C 0.1 B 100 A {turn}"))
    assert np.linalg.norm(x[1] - x[0]) == pytest.approx(0.15)
    assert np.linalg.norm(x[2] - x[1]) == pytest.approx(0.12)
    assert np.linalg.norm(x[3] - x[2]) == pytest.approx(0.1)
    assert angle(*x[:3]) == pytest.approx(109.5)
    assert angle(*x[1:]) == pytest.approx(100)
    assert abs(dihedral(*x)) == pytest.approx(abs(turn), abs=1e-5)
    assert np.sign(dihedral(*x)) == np.sign(turn) or turn in (0.0, 180.0)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-15)


def test_methane_is_a_tetrahedron():
    carbon, *hydrogens = known("methane").positions()
    for k, one in enumerate(hydrogens):
        for two in hydrogens[:k]:
            assert angle(one, carbon, two) == pytest.approx(109.47, abs=0.03)


def test_a_ring_of_benzene_closes_flat():
    x = known("benzene").positions()
    assert np.linalg.norm(x[5] - x[0]) == pytest.approx(0.14)
    assert np.linalg.svd(x)[1][2] == pytest.approx(0.0, abs=1e-12)


def test_the_long_alkane_is_stretched():
    chain = known("tetracosane").positions()[:24]
    half = np.radians(112.7 / 2)
    length = np.hypot(23 * 0.1529 * np.sin(half), 0.1529 * np.cos(half))
    assert np.linalg.norm(chain[-1] - chain[0]) == pytest.approx(length)


def test_an_unknown_molecule_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no molecule 'ether' is known: choose one of spce, "):
        known("ether")
