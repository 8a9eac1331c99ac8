"""Mapping by hand: closed forms, validity of projected forces, and what is refused."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import Bead, by_hand, by_preset

MASSES = {"OW": 16.0, "HW1": 1.0, "HW2": 1.0, "C1": 12.0, "C2": 12.0, "OH": 16.0}


def mixture():
    """Two waters and an alcohol-like chain, atoms of the molecules interleaved."""
    names = ["OW", "C1", "HW1", "OW", "C2", "HW2", "HW1", "OH", "HW2"]
    molecules = [0, 1, 0, 2, 1, 0, 2, 1, 2]
    return Topology.build(
        names,
        masses=[MASSES[name] for name in names],
        charges=[{"O": -0.8, "H": 0.4}.get(name[0], 0.1) for name in names],
        molecules=molecules,
        residue_names=["ALC" if m == 1 else "SOL" for m in molecules],
        molecule_names=["SOL", "ALC", "SOL"],
        bonds=np.array([[0, 2], [0, 5], [1, 4], [4, 7], [3, 6], [3, 8]]),
    )


def rigid(topology):
    """Both waters rigid: O-H1, O-H2 and H1-H2."""
    return topology.replace(
        constraints=np.array([[0, 2], [0, 5], [2, 5], [3, 6], [3, 8], [6, 8]]),
        constraint_lengths=np.array([0.1, 0.1, 0.16] * 2),
    )


@pytest.fixture
def frames():
    x, f = np.random.default_rng(0).normal(size=(2, 4, 9, 3))
    return Frames(x, forces=f)


WATER = {"molecule": "SOL", "atoms": ["OW", "HW*"]}
BOTH = {
    "W": WATER,
    "T": {"molecule": "ALC", "atoms": ["C*"]},
    "H": {"molecule": "ALC", "atoms": "OH"},
}


def test_centres_of_mass_and_total_forces(frames):
    topology = mixture()
    mapping = by_hand(topology, {"W": WATER})
    beads = mapping.map_frames(frames)
    for bead, atoms in enumerate(([0, 2, 5], [3, 6, 8])):
        masses = topology.masses[atoms][:, None]
        centre = (frames.positions[:, atoms] * masses).sum(axis=1) / 18.0
        np.testing.assert_allclose(beads.positions[:, bead], centre, atol=1e-14)
        np.testing.assert_allclose(
            beads.forces[:, bead], frames.forces[:, atoms].sum(axis=1), atol=1e-14
        )
    assert mapping.topology.masses.tolist() == [18.0, 18.0]
    np.testing.assert_allclose(mapping.topology.charges, 0, atol=1e-12)
    assert mapping.notes == (
        "2 beads from 9 atoms; types W x 2",
        "3 atoms belong to no bead",
    )


def test_two_molecule_types_stay_in_the_order_of_the_topology():
    mapping = by_hand(mixture(), BOTH)
    topology = mapping.topology
    assert topology.names.tolist() == ["W", "T", "H", "W"]
    assert topology.molecules.tolist() == [0, 1, 1, 2]
    assert topology.molecule_names.tolist() == ["SOL", "ALC", "SOL"]
    assert topology.bonds.tolist() == [[1, 2]]
    assert topology.masses.tolist() == [18.0, 24.0, 16.0, 18.0]
    np.testing.assert_array_equal(mapping.position_weights[1].indices, [1, 4])


def test_left_out_molecules_are_renumbered():
    topology = by_hand(mixture(), {"T": BOTH["T"]}).topology
    assert topology.molecules.tolist() == [0]
    assert topology.molecule_names.tolist() == ["ALC"]
    second = by_hand(mixture(), {"O": {"molecule": "SOL", "atoms": "OW"}}).topology
    assert second.molecules.tolist() == [0, 1]
    assert second.molecule_names.tolist() == ["SOL", "SOL"]


@pytest.mark.parametrize("make_rigid", [False, True])
@pytest.mark.parametrize(
    "beads",
    [
        BOTH,
        {"O": {"molecule": "SOL", "atoms": "OW"}},
        {"W": {**WATER, "weights": "equal"}},
        {"W": {**WATER, "weights": [0.2, 0.3, 0.5]}},
        {"A": Bead("ALC"), "W": Bead("SOL")},
    ],
    ids=["both", "oxygens", "equal", "numbers", "defaults"],
)
def test_force_weights_invert_position_weights(beads, make_rigid):
    topology = rigid(mixture()) if make_rigid else mixture()
    mapping = by_hand(topology, beads)
    product = (mapping.force_weights @ mapping.position_weights.T).toarray()
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-12)
    np.testing.assert_allclose(mapping.position_weights.sum(axis=1), 1.0)
    # Atoms that a rigid bond joins carry the same weight, so constraint forces cancel.
    for i, j in topology.constraints:
        difference = mapping.force_weights[:, [i]] - mapping.force_weights[:, [j]]
        assert abs(difference).sum() == 0


def test_rigid_water_seen_by_its_oxygen_gets_all_three_forces(frames):
    beads = {"O": {"molecule": "SOL", "atoms": "OW"}}
    mapping = by_hand(rigid(mixture()), beads)
    mapped = mapping.map_frames(frames)
    np.testing.assert_allclose(mapped.positions, frames.positions[:, [0, 3]])
    np.testing.assert_allclose(mapped.forces[:, 1], frames.forces[:, [3, 6, 8]].sum(axis=1))
    assert any("4 atoms outside beads are tied" in note for note in mapping.notes)
    flexible = by_hand(mixture(), beads).map_frames(frames)
    np.testing.assert_allclose(flexible.forces, frames.forces[:, [0, 3]])


def test_weights(frames):
    equal = by_hand(mixture(), {"W": {**WATER, "weights": "equal"}}).map_frames(frames)
    np.testing.assert_allclose(equal.positions[:, 1], frames.positions[:, [3, 6, 8]].mean(axis=1))
    numbers = by_hand(mixture(), {"W": {**WATER, "weights": [0.5, 0.25, 0.25]}})
    expected = np.einsum("a,fax->fx", [0.5, 0.25, 0.25], frames.positions[:, [0, 2, 5]])
    np.testing.assert_allclose(numbers.map_frames(frames).positions[:, 0], expected)


def test_wildcards_choose_atoms_and_residues():
    mapping = by_hand(mixture(), {"X": {"molecule": "SOL", "atoms": "HW?"}})
    np.testing.assert_array_equal(mapping.position_weights[0].indices, [2, 5])
    chosen = by_hand(mixture(), {"X": {"molecule": "ALC", "residues": "A*"}})
    np.testing.assert_array_equal(chosen.position_weights[0].indices, [1, 4, 7])


def test_an_atom_is_named_with_its_residue():
    peptide = Topology.build(
        ["CA", "C", "CA", "C"],
        masses=[1.0] * 4,
        residue_names=["ACE", "ACE", "ALA", "ALA"],
        residues=[0, 0, 1, 1],
        molecules=[0] * 4,
        molecule_names=["P"],
        bonds=np.array([[0, 1], [1, 2], [2, 3]]),
    )
    beads = {
        "L": {"molecule": "P", "atoms": ["ACE:*", "ALA:CA"]},
        "R": {"molecule": "P", "atoms": "ALA:C"},
    }
    mapping = by_hand(peptide, beads)
    np.testing.assert_array_equal(mapping.position_weights[0].indices, [0, 1, 2])
    np.testing.assert_array_equal(mapping.position_weights[1].indices, [3])
    with pytest.raises(ValueError, match="no atom of molecule P matches 'GLY:C'"):
        by_hand(peptide, {"R": {"molecule": "P", "atoms": "GLY:C"}})


def test_presets(frames):
    com = by_preset(mixture(), "com")
    assert com.topology.names.tolist() == ["SOL", "ALC", "SOL"]
    by_name = by_hand(mixture(), {"SOL": Bead("SOL"), "ALC": Bead("ALC")})
    np.testing.assert_allclose(
        com.map_frames(frames).positions, by_name.map_frames(frames).positions
    )
    peptide = Topology.build(
        list("abcd"),
        masses=np.ones(4),
        molecules=np.zeros(4),
        residues=[0, 0, 1, 1],
        residue_names=["GLY", "GLY", "ALA", "ALA"],
        molecule_names=["PEP"],
        bonds=np.array([[0, 1], [1, 2], [2, 3]]),
    )
    beads = by_preset(peptide, "residue").topology
    assert beads.names.tolist() == ["GLY", "ALA"]
    assert beads.residues.tolist() == [0, 1]
    assert beads.molecules.tolist() == [0, 0]
    assert beads.bonds.tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="unknown mapping preset 'centroid'"):
        by_preset(mixture(), "centroid")
    with pytest.raises(ValueError, match="bead SOL: its atoms have no mass"):
        by_preset(mixture().replace(masses=np.zeros(9)), "com")


@pytest.mark.parametrize(
    ("beads", "message"),
    [
        ({}, "the mapping has no beads"),
        ({"W": {"molecule": "TIP"}}, r"no molecule 'TIP'; the topology has \['ALC', 'SOL'\]"),
        ({"W": {"molecule": "SOL", "atoms": ["OW", "MW"]}}, "no atom of molecule SOL matches 'MW'"),
        ({"W": {**WATER, "residues": "ALC"}}, "bead W is empty"),
        (
            {"W": WATER, "O": {"molecule": "SOL", "atoms": "OW"}},
            r"atom OW .* in beads \['O', 'W'\]",
        ),
        ({"W": {**WATER, "weights": [0.5, 0.2, 0.2]}}, "weights sum to 0.9"),
        ({"W": {**WATER, "weights": [0.5, 0.5]}}, "2 weights for 3 atoms"),
        ({"W": {**WATER, "weights": "charge"}}, "weights 'charge': use mass, equal or numbers"),
        ({"W": {"atoms": "OW"}}, "a bead takes molecule"),
        ({"W": {**WATER, "atom": "OW"}}, "a bead takes molecule"),
        ({"W-1": WATER}, "bead name 'W-1': names of bonded types are joined by '-'"),
    ],
)
def test_what_is_refused(beads, message):
    with pytest.raises(ValueError, match=message):
        by_hand(mixture(), beads)


def test_massless_beads_and_rigid_bonds_between_beads_are_refused():
    with pytest.raises(ValueError, match="no mass: use `weights: equal`"):
        by_hand(mixture().replace(masses=np.zeros(9)), {"W": WATER})
    beads = {
        "O": {"molecule": "SOL", "atoms": "OW"},
        "H": {"molecule": "SOL", "atoms": "HW*"},
    }
    assert len(by_hand(mixture(), beads).topology) == 4
    with pytest.raises(ValueError, match=r"rigid bonds join beads . and . "):
        by_hand(rigid(mixture()), beads)


def test_beads_of_one_type_share_their_interactions():
    propane = Topology.build(
        ["C1", "C2", "C3"],
        masses=[15.0, 14.0, 15.0],
        molecules=[0, 0, 0],
        molecule_names=["PRO"],
        bonds=np.array([[0, 1], [1, 2]]),
    )
    beads = {
        "A1": {"molecule": "PRO", "atoms": "C1", "type": "A"},
        "B": {"molecule": "PRO", "atoms": "C2"},
        "A2": {"molecule": "PRO", "atoms": "C3", "type": "A"},
    }
    mapping = by_hand(propane, beads)
    assert mapping.topology.names.tolist() == ["A1", "B", "A2"]
    assert mapping.topology.types.tolist() == ["A", "B", "A"]
    assert any("A1 is A" in note for note in mapping.notes)
    with pytest.raises(ValueError, match="A-B"):
        by_hand(propane, {"A1": {"molecule": "PRO", "type": "A-B"}})


def test_every_atom_may_be_a_bead_and_keeps_its_energy():
    atoms = Topology.build(
        ["O-1", "H1", "H2"] * 2,
        types=["o", "h", "h"] * 2,
        elements=["O", "H", "H"] * 2,
        masses=[16.0, 1.0, 1.0] * 2,
        molecules=np.repeat([0, 1], 3),
        molecule_names=["SOL", "SOL"],
        bonds=np.array([[0, 1], [0, 2], [3, 4], [3, 5]]),
    )
    mapping = by_preset(atoms, "atoms")
    assert mapping.keeps_atoms
    assert mapping.topology.types.tolist() == ["O", "H", "H"] * 2
    assert mapping.topology.names.tolist() == ["O_1", "H1", "H2"] * 2
    assert len(mapping.topology.bonds) == 4
    x = np.random.default_rng(0).normal(size=(2, 6, 3))
    frames = Frames(positions=x, forces=-x, energies=np.array([1.0, 2.0]))
    beads = mapping(Trajectory.from_frames(atoms, frames))
    assert beads.fields == {"positions", "forces", "energies"}
    np.testing.assert_array_equal(beads[1].energies, [2.0])
    np.testing.assert_allclose(beads[0].forces, -x[:1])
    assert "O x 2" in mapping.notes[0]


def test_the_energy_of_atoms_is_not_that_of_their_beads():
    atoms = Topology.build(["O", "H"], masses=[16.0, 1.0], molecules=[0, 0], molecule_names=["M"])
    mapping = by_preset(atoms, "com")
    frames = Frames(positions=np.zeros((1, 2, 3)), energies=np.array([1.0]))
    assert not mapping.keeps_atoms
    assert mapping(Trajectory.from_frames(atoms, frames))[0].energies is None
