"""Mappings from assignments: those by hand again, names by constituents, what is refused."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import by_assignment, by_graph, by_hand
from molscape.mapping.learned import missing_bonds
from molscape.mapping.moments import SecondMoments, encoder_of

MASSES = {"C": 12.011, "H": 1.008, "O": 15.999}
# Propanol: CH3-CH2-CH2-OH.
NAMES = ["C1", "H11", "H12", "H13", "C2", "H21", "H22", "C3", "H31", "H32", "O", "HO"]
BONDS = [(0, 1), (0, 2), (0, 3), (0, 4), (4, 5), (4, 6), (4, 7), (7, 8), (7, 9), (7, 10), (10, 11)]
BEADS = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2]


def liquid(molecules=2, waters=1, **changes):
    """Propanols, interleaved atom by atom, and water after them."""
    names, owner, bonds = [], [], []
    for atom, name in enumerate(NAMES):
        names += [name] * molecules
        owner += list(range(molecules))
        bonds += [
            (a * molecules + m, b * molecules + m)
            for a, b in BONDS
            for m in range(molecules)
            if a == atom
        ]
    for water in range(waters):
        first = len(names)
        names += ["OW", "HW1", "HW2"]
        owner += [molecules + water] * 3
        bonds += [(first, first + 1), (first, first + 2)]
    return Topology.build(
        names,
        masses=[MASSES[name[0]] for name in names],
        elements=[name[0] for name in names],
        molecules=owner,
        molecule_names=["POL"] * molecules + ["SOL"] * waters,
        bonds=np.array(bonds),
        **changes,
    )


@pytest.mark.parametrize("weights", ["equal", "mass"])
def test_an_assignment_is_the_mapping_by_hand(weights):
    topology = liquid()
    mapping = by_assignment(topology, {"POL": BEADS}, weights=weights, exclude_within=2)
    hand = by_hand(
        topology,
        {
            "A": {"molecule": "POL", "atoms": ["C1", "H1*"], "weights": weights},
            "B": {"molecule": "POL", "atoms": ["C2", "C3", "H2*", "H3*"], "weights": weights},
            "D": {"molecule": "POL", "atoms": ["O", "HO"], "weights": weights},
        },
    )
    x, f = np.random.default_rng(0).normal(size=(2, 3, len(topology), 3))
    ours, theirs = mapping.map_frames(Frames(x, forces=f)), hand.map_frames(Frames(x, forces=f))
    np.testing.assert_allclose(ours.positions, theirs.positions, atol=1e-14)
    np.testing.assert_allclose(ours.forces, theirs.forces, atol=1e-14)
    assert mapping.topology.bonds.tolist() == hand.topology.bonds.tolist()
    assert mapping.topology.names.tolist() == ["CH3", "C2H4", "HO"] * 2
    assert mapping.topology.exclude_within == 2
    assert mapping.notes[:2] == (
        "molecule POL is mapped to 3 beads by assignment",
        "molecules called SOL are left out: no beads are assigned",
    )
    assert "3 atoms belong to no bead" in mapping.notes


def test_beads_are_where_the_moments_of_learning_have_them():
    topology = liquid(waters=0)
    x = np.random.default_rng(1).normal(size=(4, len(topology), 3))
    beads = np.array([2, 0, 1, 0, 1, 2, 2, 1, 0, 0, 1, 1])
    mapping = by_assignment(topology, {"POL": beads})
    members = SecondMoments.of(Trajectory.from_frames(topology, Frames(x)), "POL").members
    expected = np.einsum("bi,fmic->fmbc", encoder_of(beads), x[:, members]).reshape(4, 6, 3)
    np.testing.assert_allclose(mapping.map_frames(Frames(x)).positions, expected, atol=1e-14)


def test_united_atoms_have_the_names_that_the_graph_gives_them():
    topology = liquid()
    graph = by_graph(topology, level=0)
    united = by_assignment(
        topology, {"POL": [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3], "SOL": [0, 0, 0]}, weights="mass"
    )
    assert united.topology.names.tolist() == graph.topology.names.tolist()
    assert abs(united.position_weights - graph.position_weights).max() == 0


def test_equal_constituents_share_a_name_and_letters_tell_others_apart():
    """The second and the third bead have one hydrogen of their carbon and one of another."""
    mapping = by_assignment(
        liquid(), {"POL": [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], "SOL": [0, 0, 0]}
    )
    expected = ["CH2_b", "CH2_a", "CH2_a", "H2O_a"]
    assert mapping.topology.names.tolist() == [*expected, *expected, "H2O_b"]


def test_what_is_refused():
    topology = liquid()
    with pytest.raises(ValueError, match="no molecule 'X'"):
        by_assignment(topology, {"X": BEADS})
    with pytest.raises(ValueError, match="shape \\(11,\\)"):
        by_assignment(topology, {"POL": BEADS[1:]})
    with pytest.raises(ValueError, match="type float64"):
        by_assignment(topology, {"POL": np.ones(12)})
    with pytest.raises(ValueError, match=r"numbered \[0, 2\]"):
        by_assignment(topology, {"POL": [0] * 6 + [2] * 6})
    with pytest.raises(ValueError, match="use one of"):
        by_assignment(topology, {"POL": BEADS}, weights="charge")
    with pytest.raises(ValueError, match="at least one"):
        by_assignment(topology, {})
    rigid = liquid(constraints=np.array([[8, 14]]), constraint_lengths=np.ones(1))
    with pytest.raises(ValueError, match="rigid bonds join beads"):
        by_assignment(rigid, {"POL": [0] * 6 + [1] * 6})


def apart(topology):
    """Frames with the atoms of each molecule in a row, 0.1 nm from one to the next."""
    x = np.zeros((4, len(topology), 3))
    for molecule in range(topology.n_molecules):
        rows = np.flatnonzero(topology.molecules == molecule)
        x[:, rows, 0] = 0.1 * np.arange(len(rows))
        x[:, rows, 1] = molecule
    return Trajectory.from_frames(topology, Frames(x))


def test_pieces_that_no_bond_joins_are_joined_where_they_are_nearest():
    topology = liquid()
    # C1 and C2 are bonded, the oxygen's bonds are taken away: its bead is a piece by itself.
    cut = topology.replace(bonds=topology.bonds[topology.bonds.max(axis=1) < 20])
    beads = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
    plain = by_assignment(cut, {"POL": beads})
    assert plain.topology.bonds.tolist() == [[0, 1], [3, 4]]
    assert missing_bonds(plain, apart(cut), "POL") == [(1, 2)]
    mapping = by_assignment(cut, {"POL": beads}, joined={"POL": [(1, 2)]})
    assert mapping.topology.bonds.tolist() == [[0, 1], [1, 2], [3, 4], [4, 5]]
    assert mapping.topology.angles.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert "molecule POL: beads 1 and 2 are bonded, as the nearest of" in " ".join(mapping.notes)
    assert not any("not all joined" in note for note in mapping.notes)
    assert missing_bonds(mapping, apart(cut), "POL") == []


def test_beads_that_bonds_join_get_no_more():
    topology = liquid()
    assert missing_bonds(by_assignment(topology, {"POL": BEADS}), apart(topology), "POL") == []
