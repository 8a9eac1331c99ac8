"""Templates and constants of the package's force-field files."""

import numpy as np
import pytest

from molscape.reference.force_field import constants, template
from molscape.reference.molecules import MOLECULES, known
from support.fluids import SPCE


def test_a_template_has_atoms_bonds_and_mass():
    water = template("tip4p2005")
    assert [name for name, _, _ in water.atoms] == ["OW", "HW1", "HW2", "MW"]
    assert [element for _, _, element in water.atoms] == ["O", "H", "H", ""]
    assert water.bonds == (("OW", "HW1"), ("OW", "HW2"))
    assert water.mass == pytest.approx(15.9994 + 2 * 1.008)
    assert template("sodium").bonds == ()


@pytest.mark.parametrize("name", MOLECULES)
def test_shapes_are_those_of_the_templates(name):
    """A Z-matrix and a template in different orders would give each other's atoms their places."""
    own, shape = template(name), known(name).shape
    assert [line.split()[0] for line in shape] == [atom for atom, _, _ in own.atoms]
    place = dict(zip([atom for atom, _, _ in own.atoms], known(name).positions(), strict=True))
    for one, two in own.bonds:
        assert 0.09 < np.linalg.norm(place[one] - place[two]) < 0.16


@pytest.mark.parametrize("name", MOLECULES)
def test_charges_add_up(name):
    numbers = constants([name])
    charge = sum(numbers[f"{kind} charge"].value for _, kind, _ in template(name).atoms)
    expected = {"sodium": 1.0, "chloride": -1.0}.get(name, 0.0)
    assert charge == pytest.approx(expected, abs=1e-9)


def test_derived_constants_of_water_are_the_usual_ones():
    numbers = constants(["spce"])
    assert numbers["spce-O sigma"].value == pytest.approx(SPCE["sigma"], abs=2e-6)
    assert numbers["spce-O epsilon"].value == pytest.approx(SPCE["epsilon"], abs=1e-4)
    angle = numbers["angle spce-H-spce-O-spce-H angle"]
    assert (angle.value, angle.unit) == (pytest.approx(SPCE["angle"]), "degree")
    assert numbers["bond spce-O-spce-H length"].value == SPCE["bond"]
    assert "Berendsen" in numbers["spce-O sigma"].source
    # Water is rigid and its hydrogens have no size.
    assert not any(key.endswith(" k") for key in numbers)
    assert "spce-H sigma" not in numbers


def test_only_terms_of_the_classes_that_occur_are_named():
    numbers = constants(["ethane"])
    assert numbers["proper HC-CT-CT-HC k1"].value == 0.665256
    assert numbers["proper HC-CT-CT-HC k1"].unit == "kJ/mol"
    assert not any("CA" in key or "OH" in key or "spce" in key for key in numbers)
    both = constants(["ethane", "spce"])
    assert set(both) == set(numbers) | set(constants(["spce"]))
