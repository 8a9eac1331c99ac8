"""Spectral grouping: worked examples, a plain reading of the rules, and independence of order."""

from itertools import pairwise

import numpy as np
import pytest

from molscape.mapping import MolecularGraph, coarsen
from molscape.mapping.perron import leading_pair

TOLUENE = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 6)]
"""Ipso carbon, ring, methyl."""

CARBONATE = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5)]
"""C-O-C-O-C along the chain, then the carbonyl's oxygen."""


def graph_of(masses, edges):
    n = len(masses)
    edges = np.unique(np.sort(np.array(edges, dtype=np.int64).reshape(-1, 2), axis=1), axis=0)
    return MolecularGraph(
        masses=np.array(masses, dtype=float),
        names=("X",) * n,
        elements=(("X",),) * n,
        edges=edges,
        atoms=tuple((k,) for k in range(n)),
    )


def toluene():
    """Masses of the published example: C 12.011 u, H 1.00794 u."""
    return graph_of([12.011, *[13.01894] * 5, 15.03482], TOLUENE)


def carbonate():
    return graph_of([15.035, 15.999, 12.011, 15.999, 15.035, 15.999], CARBONATE)


def alkane(n):
    return graph_of([15.03482, *[14.02688] * (n - 2), 15.03482], [(k, k + 1) for k in range(n - 1)])


def sizes(levels):
    return [len(level) for level in levels]


def test_toluene_is_the_published_example():
    levels = coarsen(toluene())
    assert sizes(levels) == [7, 4, 2, 1]
    assert levels[0].eigenvalue is None
    found = [level.eigenvalue for level in levels[1:]]
    np.testing.assert_allclose(found, [2.95846742396, 2.61370989131, 1.87656973549], atol=1e-9)
    assert levels[1].groups == ((0, 6), (1,), (2, 3, 4), (5,))
    assert levels[2].groups == ((0, 1, 5, 6), (2, 3, 4))
    np.testing.assert_allclose(
        levels[1].masses, [27.04582, 13.01894, 39.05682, 13.01894], atol=1e-4
    )
    np.testing.assert_allclose(levels[2].masses, [53.08370, 39.05682], atol=1e-4)
    np.testing.assert_allclose(levels[3].masses, [92.14052], atol=1e-4)
    assert levels[1].edges.tolist() == [[0, 1], [0, 3], [1, 2], [2, 3]]


def test_entries_of_toluene():
    masses = toluene().masses
    vector = np.exp(leading_pair(masses / masses.max(), toluene().edges)[1])
    published = [1, 0.824492628911, 0.725290554306, 0.693212779683, 0.725290554306, 0.824492628911]
    np.testing.assert_allclose(vector / vector[0], [*published, 0.510603323818], atol=1e-9)


def test_toluene_without_masses():
    assert sizes(coarsen(toluene(), "none")) == [7, 4, 1]


def test_pentadecane_is_the_published_example():
    levels = coarsen(alkane(15))
    assert sizes(levels) == [15, 7, 3, 1]
    found = [level.eigenvalue for level in levels[1:]]
    np.testing.assert_allclose(found, [2.895204, 2.610823, 2.220443], atol=1e-6)
    assert [len(group) for group in levels[1].groups] == [2, 2, 2, 3, 2, 2, 2]
    assert [len(group) for group in levels[2].groups] == [4, 7, 4]


@pytest.mark.parametrize("weights", ["mass", "difference", "none"])
def test_dimethyl_carbonate(weights):
    levels = coarsen(carbonate(), weights)
    assert [set(group) for group in levels[1].groups] == [{0, 1}, {2, 5}, {3, 4}]
    assert sizes(levels) == [6, 3, 1]
    if weights == "none":
        assert levels[1].eigenvalue == pytest.approx(1.931851653, abs=1e-9)
        assert levels[1].eigenvalue == pytest.approx(2 * np.cos(np.radians(15)), abs=1e-14)


@pytest.mark.parametrize(
    ("hydroxyl", "weights", "beads"),
    [
        ((), "mass", [11, 6, 3, 2, 1]),
        ((), "difference", [11, 6, 3, 2, 1]),
        ((), "none", [11, 6, 3, 1]),
        (("O",), "mass", [12, 6, 3, 2, 1]),
        (("O",), "difference", [12, 6, 3, 2, 1]),
        (("O",), "none", [12, 6, 3, 1]),
    ],
)
def test_the_lactone_of_the_review(hydroxyl, weights, beads):
    pytest.importorskip("rdkit")
    graph = MolecularGraph.from_smiles("C(=O)1OCC(CO)C(CC)C1", keep_hydrogens_on=hydroxyl)
    assert sizes(coarsen(graph, weights)) == beads


def random_molecule(random, n, rings):
    """A tree of at most four bonds an atom with some rings, masses of a few kinds."""
    degree, edges = [0], set()
    for k in range(1, n):
        free = [a for a in range(k) if degree[a] < 3]
        a = free[-1] if random.uniform() < 0.6 else int(random.choice(free))
        edges.add((a, k))
        degree[a] += 1
        degree.append(1)
    while len(edges) < n - 1 + rings:
        a, b = sorted(random.choice(n, 2, replace=False).tolist())
        edges.add((a, b))
    return graph_of(random.choice([13.0, 14.0, 15.0, 16.0], n), sorted(edges))


def plain_reading(masses, edges):
    """Groups after one contraction, by the published rule and an eigensolver; no equal ranks."""
    n = len(masses)
    matrix = np.diag(masses / masses.max())
    matrix[edges[:, 0], edges[:, 1]] = matrix[edges[:, 1], edges[:, 0]] = 1
    rank = np.abs(np.linalg.eigh(matrix)[1][:, -1])
    assert np.diff(np.sort(rank)).min() > 1e-9
    home, taken = list(range(n)), set()
    for node in np.argsort(rank):
        near = [k for k in np.flatnonzero(matrix[node]) if k != node and k not in taken]
        near = [k for k in near if rank[k] > rank[node]]
        if node in taken or not near:
            continue
        lowest = min(near, key=rank.__getitem__)
        home[node] = lowest
        taken |= {node, lowest}
    return {frozenset(np.flatnonzero(np.array(home) == k)) | {k} for k in set(home)}


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_a_plain_reading_of_the_rules(seed):
    random = np.random.default_rng(seed)
    graph = random_molecule(random, 24, 2)
    graph = graph_of(random.uniform(12, 16, 24), graph.edges)
    found = coarsen(graph)[1].groups
    assert {frozenset(group) for group in found} == plain_reading(graph.masses, graph.edges)


def renumbered(graph, order):
    place = np.argsort(order)
    return graph_of(graph.masses[order], place[graph.edges])


@pytest.mark.parametrize("weights", ["mass", "difference", "none"])
@pytest.mark.parametrize("seed", range(4))
def test_the_numbering_of_atoms_changes_nothing(weights, seed):
    random = np.random.default_rng(seed)
    ring = graph_of([13.0] * 6, [(k, (k + 1) % 6) for k in range(6)])
    molecules = [toluene(), carbonate(), alkane(12), ring, random_molecule(random, 60, 4)]
    for graph in molecules:
        reference = coarsen(graph, weights)
        for _ in range(5):
            order = random.permutation(len(graph))
            levels = coarsen(renumbered(graph, order), weights)
            assert sizes(levels) == sizes(reference)
            for level, same in zip(levels, reference, strict=True):
                groups = {frozenset(order[list(group)].tolist()) for group in level.groups}
                assert groups == {frozenset(group) for group in same.groups}
                np.testing.assert_allclose(np.sort(level.masses), np.sort(same.masses))


def test_a_ring_of_equal_nodes_is_one_bead():
    edges = [(0, 2), (2, 1), (1, 3), (3, 5), (5, 4), (4, 0)]
    assert sizes(coarsen(graph_of([13.0] * 6, edges))) == [6, 1]


def test_beads_of_a_level_are_connected_and_keep_the_mass():
    graph = random_molecule(np.random.default_rng(7), 300, 10)
    levels = coarsen(graph)
    assert len(levels[-1]) == 1
    for fine, coarse in pairwise(levels):
        assert len(coarse) < len(fine)
        assert coarse.masses.sum() == pytest.approx(graph.masses.sum())
        # Beads nest, and edges join the beads of joined nodes.
        assert len(np.unique(np.stack([fine.bead, coarse.bead]), axis=1).T) == len(fine)
        ends = np.sort(coarse.bead[graph.edges], axis=1)
        ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
        np.testing.assert_array_equal(ends, coarse.edges)
        for group in coarse.groups:
            inside = np.isin(graph.edges, group).all(axis=1).sum()
            assert inside >= len(group) - 1


def test_a_limit_of_the_mass():
    graph = alkane(40)
    levels = coarsen(graph, max_mass=60.0)
    assert max(level.masses.max() for level in levels) <= 60
    last = levels[-1]
    assert len(last) > 1
    joined = last.masses[last.edges].sum(axis=1)
    # The hierarchy ends where no two neighbours fit together any more.
    assert joined.min() > 60
    assert sizes(coarsen(toluene(), max_mass=10.0)) == [7]
    assert sizes(coarsen(toluene(), max_mass=93.0)) == [7, 4, 2, 1]


def test_a_refused_neighbour_gives_way_to_the_next():
    # 0 ranks lowest; 1 is its lowest ranked neighbour but too heavy, 2 fits.
    graph = graph_of([14, 30, 20, 30, 30], [(0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (1, 3)])
    assert {0, 1} <= set(coarsen(graph)[1].groups[0])
    assert set(coarsen(graph, max_mass=35.0)[1].groups[0]) == {0, 2}


def test_small_graphs():
    assert sizes(coarsen(graph_of([18.0], []))) == [1]
    assert sizes(coarsen(graph_of([15.0, 17.0], [(0, 1)]))) == [2, 1]


def test_ten_thousand_united_atoms():
    """Ranks of a long chain are nearly equal at its middle; those of a copolymer span e^-1000."""
    assert sizes(coarsen(alkane(10_000)))[:3] == [10_000, 5_000, 2_500]
    copolymer = random_molecule(np.random.default_rng(1), 3_000, 30)
    levels = coarsen(copolymer)
    assert len(levels[-1]) == 1
    assert len(levels) < 30


def test_what_is_refused():
    with pytest.raises(ValueError, match="in 2 pieces"):
        coarsen(graph_of([14.0] * 4, [(0, 1), (2, 3)]))
    with pytest.raises(ValueError, match="weights 'masses': use one of"):
        coarsen(toluene(), "masses")
    with pytest.raises(ValueError, match="max_mass"):
        coarsen(toluene(), max_mass=0.0)
