import numpy as np
import pytest

from molscape.io.elements import (
    COVALENT_RADII,
    MASSES,
    element_of_mass,
    element_of_name,
    elements_of_masses,
    united_mass,
)


def test_masses_agree_with_mdanalysis():
    from MDAnalysis.guesser.tables import masses

    theirs = {symbol: masses.get(symbol, masses.get(symbol.upper())) for symbol in MASSES}
    shared = [s for s, mass in theirs.items() if mass and not float(MASSES[s]).is_integer()]
    assert len(shared) > 80
    for symbol in shared:
        assert MASSES[symbol] == pytest.approx(theirs[symbol], rel=2e-3), symbol


@pytest.mark.parametrize(
    ("name", "alone", "element"),
    [
        ("OW", False, "O"),
        ("HW1", False, "H"),
        ("1HB2", False, "H"),
        ("CA", False, "C"),
        ("CA", True, "Ca"),
        ("NA", True, "Na"),
        ("NA+", True, "Na"),
        ("NE2", False, "N"),
        ("CL1", False, "Cl"),
        ("SOD", True, "Na"),
        ("MW", False, ""),
        ("EP", False, ""),
        ("W", True, None),
        ("XX", False, None),
        ("BB", True, None),
    ],
)
def test_element_of_name(name, alone, element):
    assert element_of_name(name, alone) == element


def test_element_of_mass_knows_common_variants_and_not_beads():
    assert [element_of_mass(m) for m in (15.9994, 1.00794, 12.0, 35.453)] == ["O", "H", "C", "Cl"]
    assert [element_of_mass(m) for m in (18.015, 72.0, 3.024, 209.0, 2.014)] == [""] * 5
    assert [element_of_mass(m) for m in (14.007, 14.02, 15.035)] == ["N", "C", "C"]


def test_masses_moved_to_hydrogens_tell_the_elements_by_the_bonds():
    # Methanol: C with 3.024 u less for each hydrogen, O for its own; helium is no hydrogen.
    masses = np.array([12.011 - 3 * 3.024, 4.032, 4.032, 4.032, 15.999 - 3.024, 4.032, 4.0026])
    bonds = np.array([[0, 1], [0, 2], [0, 3], [0, 4], [5, 4]])
    assert elements_of_masses(masses, bonds) == ["C", "H", "H", "H", "O", "H", "He"]
    # Light beads on a chain of beads are none.
    beads = elements_of_masses(np.array([3.0, 45.5, 3.0]), np.array([[0, 1], [1, 2]]))
    assert beads == ["", "", ""]
    plain = np.array([12.011, 1.008, 15.999])
    assert elements_of_masses(plain, np.array([[0, 1], [0, 2]])) == ["C", "H", "O"]


def test_names_in_amino_acids_are_no_ions_and_united_atoms_have_their_hydrogens():
    assert element_of_name("CA", alone=True) == "Ca"
    assert element_of_name("CA", alone=True, residue="GLY") == "C"
    assert element_of_name("BB", alone=True, residue="GLY") is None
    assert element_of_name("DW1", alone=False) == "D"
    assert element_of_name("CM", alone=True) is None
    assert [united_mass(n) for n in ("CH2", "CH3A", "CH2B1", "CH12", "C1")] == [
        14.027, 15.035, 14.027, None, None,
    ]  # fmt: skip


def test_every_element_with_a_radius_has_a_mass():
    assert set(COVALENT_RADII) <= set(MASSES)
    assert np.all(np.array(list(COVALENT_RADII.values())) < 0.2)
