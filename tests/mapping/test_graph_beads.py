"""Mappings from molecular graphs: the same as by hand, in mixtures, and what is refused."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.mapping import by_graph, by_hand

MASSES = {"C": 12.011, "H": 1.008, "O": 15.999}
TOLUENE = (
    "C1 C2 C3 C4 C5 C6 C7 H2 H3 H4 H5 H6 H71 H72 H73",
    "0-1 1-2 2-3 3-4 4-5 0-5 0-6 1-7 2-8 3-9 4-10 5-11 6-12 6-13 6-14",
)
WATER = ("OW HW1 HW2", "0-1 0-2")
BUTANE = (
    "C1 C2 C3 C4 H1 H2 H3 H4 H5 H6 H7 H8 H9 H10",
    "0-1 1-2 2-3 0-4 0-5 0-6 1-7 1-8 2-9 2-10 3-11 3-12 3-13",
)
ISOBUTANE = (
    "C1 C2 C3 C4 H1 H2 H3 H4 H5 H6 H7 H8 H9 H10",
    "0-1 1-2 1-3 1-4 0-5 0-6 0-7 2-8 2-9 2-10 3-11 3-12 3-13",
)
ETHANE = ("C1 C2 H1 H2 H3 H4 H5 H6", "0-1 0-2 0-3 0-4 1-5 1-6 1-7")


def pairs(links):
    return np.array([[int(end) for end in link.split("-")] for link in links.split()])


def liquid(*molecules, shuffled=False):
    """A topology of (residue name, (atom names, bonds)), atoms interleaved if asked for."""
    names, bonds, owner = [], [], []
    for number, (_, (atoms, links)) in enumerate(molecules):
        own = atoms.split()
        bonds += (pairs(links) + len(names)).tolist()
        names += own
        owner += [number] * len(own)
    order, owner = np.arange(len(names)), np.array(owner)
    if shuffled:
        # Molecules mixed, the order inside each kept.
        mixed = np.random.default_rng(5).permuted(owner)
        order[np.argsort(mixed, kind="stable")] = order.copy()
    place = np.argsort(order)
    names, owner = np.array(names)[order], owner[order]
    elements = [name[0] for name in names]
    return Topology.build(
        names,
        masses=[MASSES[element] for element in elements],
        charges=np.linspace(-0.1, 0.1, len(names)),
        elements=elements,
        molecules=owner,
        molecule_names=[name for name, _ in molecules],
        bonds=place[np.array(bonds)],
    )


HALVES = {
    "C2H3": {"molecule": "TOL", "atoms": ["C1", "C7", "H7*"]},
    "CH_2": {"molecule": "TOL", "atoms": ["C2", "H2"]},
    "C3H3": {"molecule": "TOL", "atoms": ["C3", "C4", "C5", "H3", "H4", "H5"]},
    "CH_6": {"molecule": "TOL", "atoms": ["C6", "H6"]},
}


def test_toluene_at_four_beads_is_the_mapping_by_hand():
    topology = liquid(("TOL", TOLUENE), ("TOL", TOLUENE), shuffled=True)
    mapping = by_graph(topology, beads=4)
    hand = by_hand(topology, HALVES)
    x, f = np.random.default_rng(0).normal(size=(2, 3, len(topology), 3))
    ours, theirs = mapping.map_frames(Frames(x, forces=f)), hand.map_frames(Frames(x, forces=f))
    # Beads follow the first of their atoms, wherever the file has it.
    place = [
        np.flatnonzero(np.all(np.isclose(ours.positions, theirs.positions[:, k : k + 1]), (0, 2)))
        for k in range(8)
    ]
    place = np.concatenate(place)
    assert sorted(place.tolist()) == list(range(8))
    np.testing.assert_allclose(ours.positions[:, place], theirs.positions, atol=1e-14)
    np.testing.assert_allclose(ours.forces[:, place], theirs.forces, atol=1e-14)
    np.testing.assert_allclose(mapping.topology.masses[place], hand.topology.masses)
    np.testing.assert_allclose(mapping.topology.charges[place], hand.topology.charges)
    bonds = {frozenset(place[list(bond)].tolist()) for bond in hand.topology.bonds}
    assert {frozenset(bond) for bond in mapping.topology.bonds.tolist()} == bonds


def test_names_and_order_of_beads():
    mapping = by_graph(liquid(("TOL", TOLUENE), ("TOL", TOLUENE)), level=1)
    assert mapping.topology.names.tolist() == ["C2H3", "CH", "C3H3", "CH"] * 2
    assert mapping.topology.molecules.tolist() == [0] * 4 + [1] * 4
    assert mapping.topology.bonds[:4].tolist() == [[0, 1], [0, 3], [1, 2], [2, 3]]
    assert mapping.notes[0] == (
        "molecule TOL is mapped to level 1: its levels 0 to 3 have 7, 4, 2, 1 beads"
    )
    assert mapping.notes[1] == "8 beads from 30 atoms; types C2H3 x 2, C3H3 x 2, CH x 4"
    assert mapping.topology.exclude_within == 3


@pytest.mark.parametrize(("level", "beads"), [(0, 7), (1, 4), (2, 2), (3, 1)])
def test_level_and_number_of_beads_are_the_same_choice(level, beads):
    topology = liquid(("TOL", TOLUENE))
    by_level, by_number = by_graph(topology, level=level), by_graph(topology, beads=beads)
    assert len(by_level.topology) == beads
    difference = by_level.position_weights - by_number.position_weights
    assert abs(difference).max() == 0


def test_a_mixture_keeps_the_order_of_its_molecules():
    topology = liquid(("SOL", WATER), ("TOL", TOLUENE), ("SOL", WATER), ("TOL", TOLUENE))
    mapping = by_graph(topology, level=2)
    assert mapping.topology.names.tolist() == ["H2O", "C4H5", "C3H3"] * 2
    assert mapping.topology.molecule_names.tolist() == ["SOL", "TOL", "SOL", "TOL"]
    assert mapping.notes[0] == (
        "molecule SOL is mapped to level 0 in place of 2: its only level, 0, has 1 bead"
    )
    each = by_graph(topology, beads={"TOL": 1, "SOL": 1}, exclude_within=0)
    assert each.topology.names.tolist() == ["H2O", "C7H8"] * 2
    assert each.topology.exclude_within == 0
    some = by_graph(topology, level={"TOL": 3})
    assert some.topology.names.tolist() == ["C7H8"] * 2
    assert "6 atoms belong to no bead" in some.notes


def test_one_formula_of_different_united_atoms_has_letters():
    topology = liquid(("BUT", BUTANE), ("ISO", ISOBUTANE))
    mapping = by_graph(topology, beads={"BUT": 1, "ISO": 1})
    assert mapping.topology.names.tolist() == ["C4H10_b", "C4H10_a"]
    # Sorted by what they are made of: CH and CH3 before CH2 and CH3.
    assert by_graph(topology, beads={"ISO": 1}).topology.names.tolist() == ["C4H10"]


def test_chains_of_one_name_and_different_lengths_are_each_mapped():
    topology = liquid(("ALK", BUTANE), ("ALK", ETHANE), ("ALK", BUTANE))
    mapping = by_graph(topology, level=1)
    assert mapping.topology.names.tolist() == ["C2H5", "C2H5", "C2H6", "C2H5", "C2H5"]
    assert len([note for note in mapping.notes if note.startswith("molecule ALK")]) == 2


def test_other_weights_and_the_scheme_of_degrees():
    topology = liquid(("TOL", TOLUENE))
    assert len(by_graph(topology, level=2, weights="none").topology) == 1
    assert len(by_graph(topology, level=1, weights="degree").topology) < 7
    light = by_graph(topology, level=1, max_mass=30.0)
    assert light.topology.masses.max() <= 30


def test_hydrogens_on_rigid_bonds():
    names, bonds = BUTANE[0].split(), BUTANE[1]
    topology = liquid(("BUT", BUTANE))
    bonds = pairs(bonds)
    rigid = np.array([bond for bond in bonds if "H" in names[bond[0]] + names[bond[1]]])
    topology = topology.replace(constraints=rigid, constraint_lengths=np.full(len(rigid), 0.109))
    assert len(by_graph(topology, level=0).topology) == 4
    stiff = topology.replace(constraints=bonds, constraint_lengths=np.full(len(bonds), 0.12))
    with pytest.raises(ValueError, match="rigid bonds join beads"):
        by_graph(stiff, beads=2)
    assert len(by_graph(stiff, beads=1).topology) == 1


def test_a_thousand_molecules():
    topology = liquid(*[("TOL", TOLUENE)] * 1_000)
    mapping = by_graph(topology, beads=2)
    assert mapping.topology.names.tolist() == ["C4H5", "C3H3"] * 1_000
    assert len(mapping.topology.bonds) == 1_000


def test_what_is_refused():
    topology = liquid(("SOL", WATER), ("TOL", TOLUENE))
    with pytest.raises(ValueError, match="either `level` or `beads`"):
        by_graph(topology)
    with pytest.raises(ValueError, match="either `level` or `beads`"):
        by_graph(topology, level=1, beads=2)
    with pytest.raises(
        ValueError, match=r"TOL has no level of 3 beads: its levels 0 to 3 have 7, 4, 2, 1"
    ):
        by_graph(topology, beads={"TOL": 3})
    with pytest.raises(ValueError, match=r"TOL has no level of 9 beads \(more than it has united"):
        by_graph(topology, beads={"TOL": 9})
    with pytest.raises(ValueError, match=r"SOL has no level 1: its only level, 0, has 1 bead"):
        by_graph(topology, level={"SOL": 1})
    with pytest.raises(ValueError, match=r"no molecule \['XYL'\]; the topology has"):
        by_graph(topology, level={"XYL": 1})
    with pytest.raises(ValueError, match="no molecule has a level 4: molecule SOL is mapped to"):
        by_graph(topology, level=4)
    with pytest.raises(ValueError, match="counted from"):
        by_graph(topology, level=-1)
    with pytest.raises(ValueError, match=r"weights 'masses': use one of .*'degree'"):
        by_graph(topology, level=1, weights="masses")
    with pytest.raises(ValueError, match="names no molecule"):
        by_graph(topology, level={})
    with pytest.raises(ValueError, match="no bonds between its"):
        by_graph(topology.replace(bonds=np.zeros((0, 2), dtype=np.int64)), level=1)
    across = np.concatenate([topology.bonds, [[0, 3]]])
    with pytest.raises(ValueError, match="joins two molecules"):
        by_graph(topology.replace(bonds=across), level=1)
