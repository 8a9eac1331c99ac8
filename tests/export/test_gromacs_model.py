"""What of a model GROMACS has itself, and what it needs tables for."""

import numpy as np
import pytest

from molscape.core import terms
from molscape.core.topology import Topology
from molscape.export.gromacs_model import gromacs_model
from support.fluids import MONATOMIC_WATER

BEADS = Topology.build(
    ["A", "A", "B", "C"], masses=np.ones(4), charges=[0.3, -0.3, 0.0, 0.0],
    bonds=np.array([[1, 2]]), exclude_within=1,
)  # fmt: skip
CHARGES_BONDED = BEADS.replace(bonds=np.array([[0, 1]]))
FIELD = terms.Coulomb(0.9, reaction_field_dielectric=6.0)


def lennard_jones(*types, smooth="shift", cutoff=0.9):
    return terms.LennardJones(types, 1.0, 0.3, cutoff, smooth)


def table(*types):
    x = np.linspace(0.1, 0.9 if len(types) == 2 else np.pi, 9)
    kind = terms.PairTable if len(types) == 2 else terms.BondedTable
    return kind(types, x, 0 * x, 0 * x)


def made(*lowered, topology=BEADS):
    return gromacs_model(lowered, topology, 1.2)


@pytest.mark.parametrize(
    ("lowered", "tabulated"),
    [
        ([lennard_jones("A", "A"), lennard_jones("B", "A")], False),
        ([lennard_jones("A", "A"), lennard_jones("A", "B", smooth="none")], True),
        ([lennard_jones("A", "A"), lennard_jones("A", "B", cutoff=0.8)], True),
        ([lennard_jones("A", "A", smooth="force")], True),
        ([lennard_jones("A", "B"), lennard_jones("B", "A")], True),
        ([table("A", "A")], True),
        ([lennard_jones("A", "A"), FIELD], False),
        ([lennard_jones("A", "A", cutoff=0.8), FIELD], True),
        ([table("A", "X"), lennard_jones("A", "A")], False),
        ([], False),
    ],
)
def test_tables_are_needed_where_pairs_are_not_of_one_native_form(lowered, tabulated):
    assert made(*lowered).tabulated == tabulated


def test_pairs_of_present_types_are_gathered_in_either_order():
    model = made(lennard_jones("B", "A"), lennard_jones("A", "B"), lennard_jones("A", "X"))
    assert {types: len(members) for types, members in model.pairs.items()} == {("A", "B"): 2}


def test_a_reaction_field_between_excluded_charges_needs_tables():
    assert not made(FIELD).tabulated
    assert made(FIELD, topology=CHARGES_BONDED).tabulated
    model = made(FIELD)
    k = 5 / 13 / 0.9**3
    assert model.field == pytest.approx((k, 1 / 0.9 + k * 0.81))
    assert made(terms.Coulomb(0.9, method="ewald")).field is None


def test_without_pairs_the_cutoff_fits_into_the_box():
    assert gromacs_model([], BEADS, 2.0).cutoff == 0.9
    assert gromacs_model([], BEADS, 0.5).cutoff == pytest.approx(0.45)
    assert made(lennard_jones("A", "A", cutoff=1.1), lennard_jones("B", "B")).cutoff == 1.1


def test_bonded_terms_are_lines_of_a_topology_and_tables_are_numbered_by_width():
    model = made(
        terms.HarmonicBond(("A", "B"), 700.0, 0.31),
        terms.HarmonicAngle(("A", "B", "A"), 55.0, np.pi / 2),
        terms.PeriodicDihedral(("A", "B", "B", "A"), 4.0, 3, np.pi),
        terms.BondedTable(("A", "B"), *np.zeros((3, 5))),
        table("A", "B", "A"),
        table("A", "B", "C"),
    )
    assert [term.text for term in model.bonded] == [
        "1 0.31 700", "1 90 55", "9 180 4 3", "8 0 1.0", "8 0 1.0", "8 1 1.0",
    ]  # fmt: skip
    assert [own.types for own in model.tables] == [("A", "B"), ("A", "B", "A"), ("A", "B", "C")]


def test_what_gromacs_has_no_counterpart_for_is_refused():
    with pytest.raises(ValueError, match="two Coulomb terms: GROMACS takes one, merge them"):
        made(FIELD, FIELD)
    water = terms.StillingerWeber(("A",), *MONATOMIC_WATER.values())
    with pytest.raises(ValueError, match="pair and bonded terms only: export this model for LAM"):
        made(water)
    charged = BEADS.replace(charges=np.array([0.3, 0.0, 0.0, 0.0]))
    with pytest.raises(ValueError, match="add counter-ions"):
        made(terms.Coulomb(0.9, method="ewald"), topology=charged)
