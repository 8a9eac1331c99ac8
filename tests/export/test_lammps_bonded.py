"""Bonded terms in LAMMPS' own units, series and tables."""

import numpy as np
import pytest

from molscape.core import terms
from molscape.export.lammps_bonded import (
    POINTS,
    bonded_lines,
    bonded_table,
    harmonic_angle,
    harmonic_bond,
    periodic_dihedral,
)
from molscape.io.lammps_write import LammpsTypes

TYPES = LammpsTypes(
    ("A", "B"), (("A", "A"), ("A", "B")), (("A", "B", "A"),), (("A", "B", "B", "A"),)
)
BOND = terms.HarmonicBond(("B", "A"), 836.8, 0.15)
ANGLE = terms.HarmonicAngle(("A", "B", "A"), 83.68, 2 * np.pi / 3)
COSINES = [
    terms.PeriodicDihedral(("A", "B", "B", "A"), 4.184, 1, np.pi),
    terms.PeriodicDihedral(("A", "B", "B", "A"), 8.368, 3, 0.0),
]


def table(*types, low=0.0, high=np.pi):
    x = np.linspace(low, high, 101)
    return terms.BondedTable(types, x, 6.0 * x**2, -12.0 * x)


def lines(tmp_path, *styles):
    return bonded_lines(styles, TYPES, lambda label, end: tmp_path / f"m_{label}{end}")


def rows_of(file):
    """Head line and numbers of a table."""
    text = file.read_text().splitlines()
    return text[3], np.array([line.split() for line in text[5:] if line], dtype=float)


def test_coefficients_are_halved_and_in_kilocalories_angstroms_and_degrees():
    assert harmonic_bond(BOND).text == "1 1.5"
    stiffness, angle = harmonic_angle(ANGLE).text.split()
    assert float(stiffness) == pytest.approx(10.0)
    assert float(angle) == pytest.approx(120.0)
    assert periodic_dihedral(COSINES[0]).text == "1 1 180"


@pytest.mark.parametrize(
    "style",
    [
        harmonic_bond(BOND), harmonic_angle(ANGLE), periodic_dihedral(COSINES[1]),
        bonded_table(table("A", "B", "A")),
    ],
)  # fmt: skip
def test_forces_are_the_slopes_of_the_curves(style):
    x = np.linspace(0.2, 2.9, 30)
    above, below = (style.curve(x + step)[0] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(style.curve(x)[1], -(above - below) / 2e-6, rtol=1e-5, atol=1e-6)


def test_connections_without_a_term_get_style_zero(tmp_path):
    assert [line.split(" #")[0] for line in lines(tmp_path, harmonic_bond(BOND))] == [
        "",
        "bond_style hybrid harmonic zero",
        "bond_coeff 1 zero",
        "bond_coeff 2 harmonic 1 1.5",
        "",
        "angle_style zero",
        "angle_coeff 1",
        "",
        "dihedral_style zero",
        "dihedral_coeff 1",
    ]


def test_cosines_of_one_type_are_one_series(tmp_path):
    found = lines(tmp_path, *map(periodic_dihedral, COSINES))
    assert found[-2:] == [
        "dihedral_style fourier",
        "dihedral_coeff 1 2 1 1 180 2 3 0 # A-B-B-A",
    ]


def test_several_terms_that_are_no_table_are_refused(tmp_path):
    text = "2 harmonic bond terms for A-B: LAMMPS takes one, merge them"
    with pytest.raises(ValueError, match=text):
        lines(tmp_path, harmonic_bond(BOND), harmonic_bond(BOND))


def test_a_bond_table_takes_in_the_harmonic_term_of_its_type(tmp_path):
    bond = table("A", "B", low=0.1, high=0.5)
    found = lines(tmp_path, bonded_table(bond), harmonic_bond(BOND))
    assert "bond_coeff 2 table m_bond_A-B.table BOND # A-B" in found
    head, rows = rows_of(tmp_path / "m_bond_A-B.table")
    assert head.startswith(f"N {POINTS} FP ")
    assert rows[[0, -1], 1] == pytest.approx([1.0, 5.0])
    r = rows[:, 1] / 10
    energy = 6.0 * r**2 + 0.5 * 836.8 * (r - 0.15) ** 2
    np.testing.assert_allclose(rows[:, 2] * 4.184, energy, atol=1e-9)
    force = -12.0 * r - 836.8 * (r - 0.15)
    np.testing.assert_allclose(rows[:, 3] * 41.84, force, atol=1e-8)
    # The slopes of the force at both ends, in kcal/mol/A^2.
    slope = -(12.0 + 836.8) / 418.4
    assert [float(word) for word in head.split()[3:]] == pytest.approx([slope, slope], rel=1e-6)


def test_angles_end_at_180_degrees_and_dihedrals_before_their_first_point(tmp_path):
    turn = table("A", "B", "B", "A", low=-np.pi)
    lines(tmp_path, bonded_table(table("A", "B", "A")), bonded_table(turn))
    head, rows = rows_of(tmp_path / "m_angle_A-B-A.table")
    assert head.startswith(f"N {POINTS} FP ")
    assert rows[[0, -1], 1].tolist() == [0.0, 180.0]
    assert rows[-1, 2] * 4.184 == pytest.approx(6.0 * np.pi**2)
    assert rows[-1, 3] * 4.184 == pytest.approx(-12.0 * np.pi * np.pi / 180)
    head, rows = rows_of(tmp_path / "m_dihedral_A-B-B-A.table")
    assert head == f"N {POINTS - 1} DEGREES"
    assert rows[0, 1] == pytest.approx(-180.0)
    assert rows[-1, 1] == pytest.approx(180.0 - 360.0 / (POINTS - 1))
