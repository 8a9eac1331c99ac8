import pytest

from molscape.core.units import ELECTRONVOLT
from molscape.io.file_units import BOHR, HARTREE, unit_factor, unit_system


@pytest.mark.parametrize(
    ("expression", "quantity", "factor"),
    [
        ("nm", "length", 1.0),
        ("Angstrom", "length", 0.1),
        ("A", "length", 0.1),
        ("fs", "time", 1e-3),
        ("nm ps-1", "velocity", 1.0),
        ("Angstrom fs-1", "velocity", 100.0),
        ("kJ mol-1 nm-1", "force", 1.0),
        ("kJ/(mol*Angstrom)", "force", 10.0),
        ("kcal/mol/Angstrom", "force", 41.84),
        ("kcal mol-1 A-1", "force", 41.84),
        ("eV/A", "force", ELECTRONVOLT / 0.1),
        ("u nm ps-2", "force", 1.0),
        ("u nm+2 ps^-2", "energy", 1.0),
        ("hartree bohr-1", "force", HARTREE / BOHR),
        ("kcal mol-1", "energy", 4.184),
        ("amu", "mass", 1.0),
    ],
)
def test_expressions(expression, quantity, factor):
    assert unit_factor(expression, quantity) == pytest.approx(factor, rel=1e-12)


def test_wrong_expressions_are_refused():
    with pytest.raises(ValueError, match="the unit 'parsec' in 'parsec' is not known"):
        unit_factor("parsec", "length")
    with pytest.raises(ValueError, match=r"'kJ mol-1' is none of force: .* 'kJ mol-1 nm-1'"):
        unit_factor("kJ mol-1", "force")


def test_systems_by_name():
    assert unit_system("real", "a file").force == pytest.approx(41.84)
    with pytest.raises(ValueError, match=r"unknown units 'si' for a file: use one of 'nm' \(nm"):
        unit_system("si", "a file")
