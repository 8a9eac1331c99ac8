"""The progressive scheme: the two published examples, a chain by hand, and the limit of mass."""

from itertools import pairwise

import numpy as np
import pytest

from molscape.mapping import MolecularGraph, coarsen_by_degree


def graph_of(masses, edges):
    n = len(masses)
    return MolecularGraph(
        masses=np.array(masses, dtype=float),
        names=("X",) * n,
        elements=(("X",),) * n,
        edges=np.unique(np.sort(np.array(edges, dtype=np.int64), axis=1), axis=0),
        atoms=tuple((k,) for k in range(n)),
    )


def dendrimer():
    """A core of 50 u with four arms of four nodes, which end in 3, 3, 5 and 5 tails of five."""
    masses, edges = [50.0], []

    def grow(start, masses_of):
        for mass in masses_of:
            edges.append((start, len(masses)))
            start = len(masses)
            masses.append(mass)
        return start

    for tails in (3, 3, 5, 5):
        end = grow(0, [10.0] * 4 + [50.0])
        for _ in range(tails):
            grow(end, [10.0] * 5)
    return graph_of(masses, edges)


def sizes(levels):
    return [len(level) for level in levels]


def test_a_dendrimer_is_the_published_example():
    graph = dendrimer()
    levels = coarsen_by_degree(graph, ((2, 6),) * 5)
    assert sizes(levels) == [101, 61, 41, 25, 19, 9, 5]
    assert sorted(len(group) for group in levels[-1].groups) == [1, 20, 20, 30, 30]
    assert sizes(coarsen_by_degree(graph)) == [101, 61, 41, 25, 19, 9, 5, 1]


def test_hypromellose_is_the_published_example():
    pytest.importorskip("rdkit")
    dimer = "CC(O)COCC1OC(OC2C(COCC(C)O)OC(O)C(OCC(C)O)C2OCC(C)O)C(OCC(C)O)C(OCC(C)O)C1O"
    graph = MolecularGraph.from_smiles(dimer)
    levels = coarsen_by_degree(graph, ((2, 2), (2, 3), (2, 3), (3, 3), (4, 4)))
    assert sizes(levels) == [47, 41, 39, 21, 14, 9, 2]
    assert levels[1].eigenvalue is None


def test_a_chain_is_eaten_from_its_ends():
    chain = graph_of([14.0] * 6, [(k, k + 1) for k in range(5)])
    levels = coarsen_by_degree(chain, ((2, 2),))
    assert levels[1].groups == ((0, 1), (2, 3), (4, 5))
    assert levels[1].edges.tolist() == [[0, 1], [1, 2]]
    np.testing.assert_allclose(levels[1].masses, 28.0)


def test_a_star_goes_to_its_centre_lightest_first():
    star = graph_of([10.0, 5.0, 3.0, 4.0], [(0, 1), (0, 2), (0, 3)])
    assert sizes(coarsen_by_degree(star)) == [4, 1]
    limited = coarsen_by_degree(star, max_mass=17.0)
    assert limited[-1].groups == ((0, 2, 3), (1,))


def test_levels_nest_and_keep_the_mass():
    graph = dendrimer()
    for fine, coarse in pairwise(coarsen_by_degree(graph)):
        assert coarse.masses.sum() == pytest.approx(graph.masses.sum())
        assert len(np.unique(np.stack([fine.bead, coarse.bead]), axis=1).T) == len(fine)
        ends = np.sort(coarse.bead[graph.edges], axis=1)
        ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
        np.testing.assert_array_equal(ends, coarse.edges)


def test_two_nodes_stay_as_they_are():
    assert sizes(coarsen_by_degree(graph_of([15.0, 17.0], [(0, 1)]))) == [2]


def test_what_is_refused():
    chain = graph_of([14.0] * 3, [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match="degrees 3 to 2"):
        coarsen_by_degree(chain, ((3, 2),))
    with pytest.raises(ValueError, match="max_mass"):
        coarsen_by_degree(chain, max_mass=-1.0)
