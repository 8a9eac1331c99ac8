"""Bonded terms as OpenMM forces: each is its formula, on the rows of its types only."""

import numpy as np
import pytest

from molscape.core import terms
from molscape.export.openmm_bonded import BondedForces
from support.lowered import ZIGZAG, chain, dihedral, energy_and_forces

openmm = pytest.importorskip("openmm")


def smooth_table(types, low, high, function, slope, points=400):
    x = np.linspace(low, high, points)
    return terms.BondedTable(types, x, function(x), -slope(x))


def test_harmonic_and_periodic_terms_are_their_formulas():
    topology = chain("ABBA")
    lowered = [
        terms.HarmonicBond(("B", "A"), 700.0, 0.31),
        terms.HarmonicAngle(("A", "B", "B"), 55.0, 1.9),
        terms.PeriodicDihedral(("A", "B", "B", "A"), 4.0, 2, 0.7),
        terms.PeriodicDihedral(("A", "B", "B", "A"), 9.0, 0, 0.0),
        terms.HarmonicBond(("A", "A"), 1e6, 0.1),
    ]
    d = np.diff(ZIGZAG, axis=0)
    r = np.linalg.norm(d, axis=1)
    angles = np.arccos(-np.sum(d[:-1] * d[1:], axis=1) / (r[:-1] * r[1:]))
    expected = 350 * ((r[0] - 0.31) ** 2 + (r[2] - 0.31) ** 2)
    expected += 27.5 * np.sum((angles - 1.9) ** 2)
    expected += 4.0 * (1 + np.cos(2 * dihedral(ZIGZAG) - 0.7))
    u, _ = energy_and_forces(lowered, topology, ZIGZAG)
    assert u == pytest.approx(expected, rel=1e-12)


def test_bonded_tables_follow_their_functions():
    bond = smooth_table(("A", "B"), 0.1, 0.6, lambda r: 900 * (r - 0.3) ** 3,
                        lambda r: 2700 * (r - 0.3) ** 2)  # fmt: skip
    angle = smooth_table(("B", "B", "A"), 0.0, np.pi, lambda t: 20 * np.cos(t),
                         lambda t: -20 * np.sin(t))  # fmt: skip
    turn = smooth_table(("A", "B", "B", "A"), -np.pi, np.pi, lambda t: 7 * np.sin(3 * t),
                        lambda t: 21 * np.cos(3 * t))  # fmt: skip
    d = np.diff(ZIGZAG, axis=0)
    r = np.linalg.norm(d, axis=1)
    cosines = -np.sum(d[:-1] * d[1:], axis=1) / (r[:-1] * r[1:])
    u_bond, _ = energy_and_forces([bond], chain("ABBA"), ZIGZAG)
    assert u_bond == pytest.approx(900 * ((r[0] - 0.3) ** 3 + (r[2] - 0.3) ** 3), rel=1e-10)
    u_angle, _ = energy_and_forces([angle], chain("ABBA"), ZIGZAG)
    assert u_angle == pytest.approx(20 * cosines.sum(), rel=1e-8)
    u_turn, f = energy_and_forces([turn], chain("ABBA"), ZIGZAG)
    assert u_turn == pytest.approx(7 * np.sin(3 * dihedral(ZIGZAG)), rel=1e-7)
    np.testing.assert_allclose(f.sum(axis=0), 0.0, atol=1e-10)
    # All at once, with tables of other types in front: rows are found by their own base.
    other = smooth_table(("B", "B"), 0.1, 0.6, lambda r: 0 * r + 1.5, lambda r: 0 * r, 77)
    u, _ = energy_and_forces([other, bond, angle, turn], chain("ABBA"), ZIGZAG)
    assert u == pytest.approx(u_bond + u_angle + u_turn + 1.5, rel=1e-12)


def test_bonds_go_on_as_a_parabola_beyond_their_table():
    bond = smooth_table(("A", "A"), 0.2, 0.4, lambda r: 50 * (r - 0.3) ** 2,
                        lambda r: 100 * (r - 0.3))  # fmt: skip
    for r in (0.05, 0.19, 0.41, 0.9):
        u, _ = energy_and_forces([bond], chain("AA"), [[0, 0, 0], [r, 0, 0]])
        assert u == pytest.approx(50 * (r - 0.3) ** 2, rel=1e-9)


def test_terms_without_a_row_make_no_force():
    forces = BondedForces(openmm, chain("ABBA"))
    forces.add_harmonic_bond(terms.HarmonicBond(("A", "A"), 1.0, 0.3))
    forces.add_periodic_dihedral(terms.PeriodicDihedral(("A", "B", "B", "A"), 4.0, 0, 0.0))
    forces.add_table(smooth_table(("A", "A"), 0.1, 0.6, np.cos, lambda r: -np.sin(r)))
    assert forces.build() == []
    forces.add_table(smooth_table(("B", "B"), 0.1, 0.6, np.cos, lambda r: -np.sin(r)))
    (made,) = forces.build()
    assert made.getName() == "bond tables"
    assert made.getNumBonds() == 1
