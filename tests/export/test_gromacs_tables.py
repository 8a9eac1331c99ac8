"""GROMACS tables: cubics are kept, walls are straight, and what lies beyond the ends."""

import numpy as np
import pytest

from molscape.core import terms
from molscape.export.gromacs_tables import (
    between,
    lennard_jones,
    lennard_jones_curve,
    pair_curve,
    write_bonded_table,
    write_pair_table,
)


def test_tables_keep_cubics_and_walls():
    x = np.linspace(0.2, 1.0, 9)
    inside = np.linspace(0.2, 1.0, 77)
    energy, force = between(x, x**3 - x, 1 - 3 * x**2, inside)
    np.testing.assert_allclose(energy, inside**3 - inside, atol=1e-13)
    np.testing.assert_allclose(force, 1 - 3 * inside**2, atol=1e-12)
    out = np.array([0.0, 1.3])
    energy, force = between(x, x**2, -2 * x, out, curved_ends=True)
    np.testing.assert_allclose(energy, out**2, atol=1e-12)
    np.testing.assert_allclose(force, -2 * out, atol=1e-12)
    term = terms.LennardJones(("A", "A"), 1.0, 0.3, 0.9, "shift")
    energy, force = lennard_jones_curve(term, np.array([0.0, 0.01, 0.3]))
    assert np.all(np.isfinite(energy))
    assert np.all(np.diff(energy) < 0)
    assert force[0] == force[1] > 0
    nothing, _ = pair_curve([lennard_jones(term)], np.array([0.9, 1.5]))
    assert not nothing.any()


def test_lennard_jones_is_native_unless_its_force_is_shifted():
    for smooth, modifier in (("none", "none"), ("shift", "potential-shift"), ("force", None)):
        pair = lennard_jones(terms.LennardJones(("A", "A"), 0.5, 0.3, 0.9, smooth))
        assert pair.modifier == modifier
        assert pair.coefficients == pytest.approx((2 * 0.3**6, 2 * 0.3**12))
    energy, force = pair.curve(np.array([0.9]))
    assert energy[0] == pytest.approx(0.0, abs=1e-15)
    assert force[0] == pytest.approx(0.0, abs=1e-15)


def test_a_pair_table_holds_the_term_and_ends_in_zeros(tmp_path):
    term = terms.LennardJones(("A", "A"), 1.0, 0.3, 0.9, "shift")
    k, c = 0.7, 1.9
    write_pair_table(tmp_path / "table.xvg", [lennard_jones(term)], (k, c), 0.9)
    rows = np.loadtxt(tmp_path / "table.xvg")
    assert rows[0, 0] == 0.0
    assert rows[-1, 0] == pytest.approx(1.9005)
    assert not rows[rows[:, 0] > 0.8999, 1:].any()
    assert not rows[:, 3:5].any()
    assert not rows[rows[:, 0] < 0.0399, 1:3].any()
    r, coulomb, pull, _, _, energy, force = rows[1200]
    assert r == pytest.approx(0.6)
    assert coulomb == pytest.approx(1 / 0.6 + k * 0.36 - c)
    assert pull == pytest.approx(1 / 0.36 - 2 * k * 0.6)
    assert energy == pytest.approx(4 * (0.5**12 - 0.5**6) - 4 * ((1 / 3) ** 12 - (1 / 3) ** 6))
    assert force == pytest.approx(24 * (2 * 0.5**12 - 0.5**6) / 0.6)


def test_a_bond_table_goes_on_to_twice_its_end_as_a_parabola(tmp_path):
    x = np.linspace(0.1, 0.5, 41)
    bond = terms.BondedTable(("A", "B"), x, 100 * (x - 0.3) ** 2, -200 * (x - 0.3))
    write_bonded_table(tmp_path / "table_b0.xvg", bond)
    rows = np.loadtxt(tmp_path / "table_b0.xvg")
    assert rows[[0, -1], 0].tolist() == [0.0, 1.0]
    np.testing.assert_allclose(rows[:, 1], 100 * (rows[:, 0] - 0.3) ** 2, atol=1e-8)
    np.testing.assert_allclose(rows[:, 2], -200 * (rows[:, 0] - 0.3), atol=1e-7)


@pytest.mark.parametrize(("types", "low"), [(("A", "B", "A"), 0.0), (("A", "B", "B", "A"), -180.0)])
def test_angles_and_dihedrals_are_in_degrees_to_both_ends(tmp_path, types, low):
    x = np.linspace(np.radians(low), np.pi, 2001)
    table = terms.BondedTable(types, x, 5 * np.cos(x), 5 * np.sin(x))
    write_bonded_table(tmp_path / "table.xvg", table)
    degrees, energy, force = np.loadtxt(tmp_path / "table.xvg").T
    assert degrees[[0, -1]].tolist() == [low, 180.0]
    np.testing.assert_allclose(energy, 5 * np.cos(np.radians(degrees)), atol=1e-8)
    slope = 5 * np.sin(np.radians(degrees)) * np.pi / 180
    np.testing.assert_allclose(force, slope, atol=1e-6)
    assert energy[0] == pytest.approx(energy[-1] if low else 5.0)
