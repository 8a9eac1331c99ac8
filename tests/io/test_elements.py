import numpy as np
import pytest

from molscape.io.elements import COVALENT_RADII, MASSES, element_of_mass, element_of_name


def test_masses_agree_with_mdanalysis():
    from MDAnalysis.guesser.tables import masses

    for symbol, mass in MASSES.items():
        assert mass == pytest.approx(masses.get(symbol, masses.get(symbol.upper())), rel=2e-3), (
            symbol
        )


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
    assert [element_of_mass(m) for m in (18.015, 72.0, 15.035, 3.024)] == [""] * 4


def test_every_element_with_a_radius_has_a_mass():
    assert set(COVALENT_RADII) <= set(MASSES)
    assert np.all(np.array(list(COVALENT_RADII.values())) < 0.2)
