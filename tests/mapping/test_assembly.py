"""The bead topology: connections, exclusions, charges and what the notes say."""

import numpy as np
import pytest

from molscape.core.topology import Topology
from molscape.mapping import by_graph, by_hand, by_preset


def chains(count=2, length=5, bonds=True):
    """Chains of pairs of atoms, e.g. A1 A2 B1 B2 ..., after a water each."""
    letters = "ABCDE"[:length]
    names, molecules, rows, at = [], [], [], 0
    for k in range(count):
        names += ["OW", "HW", "HW", *(f"{c}{i}" for c in letters for i in (1, 2))]
        molecules += [2 * k] * 3 + [2 * k + 1] * 2 * length
        rows += [[at, at + 1], [at, at + 2]]
        rows += [[at + 3 + i, at + 4 + i] for i in range(2 * length - 1)]
        at += 3 + 2 * length
    return Topology.build(
        names,
        masses=np.ones(len(names)),
        charges=[{"O": -0.82, "H": 0.41}.get(name[0], 0.1) for name in names],
        molecules=molecules,
        molecule_names=["SOL", "CHN"] * count,
        bonds=np.array(rows if bonds else np.zeros((0, 2), dtype=int)),
    )


BEADS = {c: {"molecule": "CHN", "atoms": f"{c}?"} for c in "ABCDE"}
WATER = {"W": {"molecule": "SOL"}}


def test_a_mixture_has_every_angle_and_dihedral_of_every_chain():
    beads = by_hand(chains(), {**BEADS, **WATER}).topology
    assert "".join(beads.names) == "WABCDE" * 2
    first = np.arange(1, 6)
    both = [first, first + 6]
    assert beads.bonds.tolist() == [m[i : i + 2].tolist() for m in both for i in range(4)]
    assert beads.angles.tolist() == [m[i : i + 3].tolist() for m in both for i in range(3)]
    assert beads.dihedrals.tolist() == [m[i : i + 4].tolist() for m in both for i in range(2)]


@pytest.mark.parametrize(("within", "pairs"), [(0, 0), (1, 4), (2, 7), (3, 9), (4, 10)])
def test_exclusions_count_bonds_between_beads(within, pairs):
    beads = by_hand(chains(), {**BEADS, **WATER}, exclude_within=within).topology
    assert len(beads.excluded_pairs()) == 2 * pairs
    assert by_preset(chains(), "com", exclude_within=within).topology.exclude_within == within
    with pytest.raises(ValueError, match="exclude_within -1: give a number of bonds"):
        by_hand(chains(), WATER, exclude_within=-1)


def test_charges_add_up_and_parts_of_a_charge_are_told():
    mapping = by_hand(chains(), {**BEADS, **WATER})
    np.testing.assert_array_equal(mapping.topology.charges, [0, 0.2, 0.2, 0.2, 0.2, 0.2] * 2)
    assert "the beads' charges add up to 2 e" in mapping.notes
    assert not any("whole charge" in note for note in mapping.notes)
    part = by_hand(chains(), {"A": BEADS["A"], "B": BEADS["B"]})
    assert any("a molecule CHN carry 0.4 e together, not a whole" in n for n in part.notes)
    assert not any("charge" in note for note in by_hand(chains(), WATER).notes)


def test_beads_that_nothing_joins_are_told():
    loose = by_hand(chains(bonds=False), {**BEADS, **WATER})
    assert [n for n in loose.notes if "not all joined" in n] == [
        "the beads of molecule CHN are not all joined by bonds: nothing bonded holds them "
        "together; give atoms with bonds, and beads that touch"
    ]
    gap = by_hand(chains(), {c: BEADS[c] for c in "ABDE"})
    assert any("CHN are not all joined" in note for note in gap.notes)
    assert not any("joined" in n for n in by_hand(chains(), {**BEADS, **WATER}).notes)


def test_names_that_cannot_be_types():
    ions = Topology.build(["CL", "NA"], masses=np.ones(2), molecule_names=["Cl-", "Na+"])
    mapping = by_preset(ions, "com")
    assert mapping.topology.types.tolist() == ["Cl_", "Na+"]
    assert "beads of Cl- are called Cl_: a '-' joins names of bonded types" in mapping.notes
    with pytest.raises(ValueError, match="bead name 'Cl-'"):
        by_hand(ions, {"Cl-": {"molecule": "Cl-"}})
    with pytest.raises(ValueError, match="a residue has no name"):
        by_preset(chains(), "residue")


def test_no_bond_between_beads_rests_on_a_guess_that_was_not_asked_for():
    guessed = chains().replace(bonds_guessed=True)
    for needs in (lambda: by_hand(guessed, BEADS), lambda: by_graph(guessed, level={"CHN": 0})):
        with pytest.raises(ValueError, match="carries no bonds, and this mapping needs them: give"):
            needs()
    assert len(by_preset(guessed, "com").topology) == guessed.n_molecules
    assert len(by_preset(guessed, "atoms").topology) == len(guessed)
