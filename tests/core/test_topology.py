import json

import numpy as np
import pytest

from molscape.core.topology import Topology, VirtualSites

CHAIN = np.array([[0, 1], [1, 2], [3, 2], [3, 4], [4, 5]])


def chain(**changes):
    return Topology.build(["C"] * 6, masses=np.ones(6), molecules=np.zeros(6), bonds=CHAIN).replace(
        **changes
    )


def test_build_fills_what_is_not_given():
    topology = Topology.build(["A", "B"], masses=[1, 2])
    assert topology.types.tolist() == ["A", "B"]
    assert topology.elements.tolist() == ["", ""]
    assert topology.charges.tolist() == [0.0, 0.0]
    assert topology.molecules.tolist() == topology.residues.tolist() == [0, 1]
    assert topology.molecule_names.tolist() == ["A", "B"]
    assert (len(topology), topology.n_molecules) == (2, 2)
    assert topology.bonds.shape == (0, 2)
    named = Topology.build(["O", "H"], masses=[16, 1], molecules=[0, 0], residue_names=["SOL"] * 2)
    assert named.molecule_names.tolist() == ["SOL"]


def test_build_checks_lengths():
    with pytest.raises(ValueError, match=r"masses has shape \(3,\), names has 2 entries"):
        Topology.build(["A", "B"], masses=[1, 2, 3])


def test_members_of_interleaved_molecules():
    topology = Topology.build(
        list("abcabc"),
        masses=np.ones(6),
        molecules=[0, 1, 0, 2, 1, 2],
        molecule_names=["X", "Y", "X"],
    )
    assert [list(m) for m in topology.members("X")] == [[0, 2], [3, 5]]
    assert [list(m) for m in topology.members("Y")] == [[1, 4]]
    assert topology.members("Z") == []


@pytest.mark.parametrize("within", [0, 1, 2, 3, 4])
def test_excluded_pairs_of_a_chain(within):
    pairs = chain(exclude_within=within).excluded_pairs()
    expected = [[i, j] for i in range(6) for j in range(i + 1, 6) if j - i <= within]
    assert pairs.tolist() == expected


def test_excluded_pairs_of_a_crowded_hub():
    # 300 paths of length two join the two hubs.
    leaves = np.arange(2, 302)
    bonds = np.concatenate([np.stack([np.full(300, hub), leaves], axis=1) for hub in (0, 1)])
    topology = Topology.build(["C"] * 302, masses=np.ones(302), bonds=bonds, exclude_within=2)
    pairs = topology.excluded_pairs()
    assert [0, 1] in pairs.tolist()
    assert len(pairs) == 302 * 301 // 2


def test_without_bonds_nothing_is_excluded():
    assert Topology.build(["A"] * 3, masses=np.ones(3)).excluded_pairs().shape == (0, 2)


def test_round_trip_through_json():
    sites = VirtualSites(np.array([5]), np.array([[0, 1]]), np.array([[0.25, 0.75]]))
    topology = chain(
        constraints=np.array([[0, 1]]),
        constraint_lengths=np.array([0.1]),
        angles=np.array([[0, 1, 2]]),
        virtual_sites=sites,
        exclude_within=2,
    )
    back = Topology.from_dict(json.loads(json.dumps(topology.to_dict())))
    assert back.to_dict() == topology.to_dict()
    assert back.dihedrals.shape == (0, 4)
    assert back.exclude_within == 2
    np.testing.assert_array_equal(back.virtual_sites.weights, sites.weights)


def paths(bonds, length):
    """All simple paths of `length` bonds, each once, by walking the graph."""
    near = {}
    for i, j in bonds:
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    found = [[i] for i in near]
    for _ in range(length):
        found = [[*path, k] for path in found for k in near[path[-1]] if k not in path]
    middle = slice(length // 2, length // 2 + 2) if length == 3 else slice(None, None, 2)
    return sorted(p for p in found if p[middle] == sorted(p[middle]))


@pytest.mark.parametrize(
    "bonds",
    [
        CHAIN,
        [[0, 1], [0, 2], [0, 3], [3, 4]],
        [[0, 1], [1, 2], [2, 0]],
        [[0, 1], [1, 2], [2, 3], [3, 0]],
        [[0, 1], [1, 2], [2, 0], [2, 3], [4, 5]],
        np.random.default_rng(0).permutation([[2, 0], [1, 0], [1, 3], [4, 1], [5, 3], [3, 2]]),
    ],
    ids=["chain", "star", "triangle", "square", "tail", "shuffled"],
)
def test_angles_and_dihedrals_are_all_paths_along_bonds(bonds):
    topology = chain(bonds=np.array(bonds)).with_connected_angles()
    assert topology.angles.tolist() == paths(np.array(bonds).tolist(), 2)
    assert topology.dihedrals.tolist() == paths(np.array(bonds).tolist(), 3)


def test_connections_of_one_bond_and_of_none():
    topology = chain(bonds=np.array([[4, 2]])).with_connected_angles()
    assert (topology.angles.shape, topology.dihedrals.shape) == ((0, 3), (0, 4))
    bare = Topology.build(["A"] * 3, masses=np.ones(3)).with_connected_angles()
    assert (bare.angles.shape, bare.dihedrals.shape) == ((0, 3), (0, 4))
