"""The graph of a molecule's beads: pieces joined where they are nearest, paths and neighbours."""

import numpy as np

from molscape.mapping.bead_graph import BeadGraph, joined

NO_BONDS = np.zeros((0, 2), dtype=int)


def distances(place):
    place = np.asarray(place, dtype=float).reshape(len(place), -1)
    return np.linalg.norm(place[:, None] - place, axis=-1)


def test_the_graph_of_beads():
    place = np.array([[0, 0], [1, 0], [2, 0.1], [3, 0], [1, 1], [1, 2.5]], dtype=float)
    apart = distances(place)
    # Bead 5 has no bond: it is joined to bead 4, the nearest.
    graph = BeadGraph.of(np.array([[0, 1], [1, 2], [2, 3], [1, 4]]), apart)
    assert graph.edges.tolist() == [[0, 1], [1, 2], [1, 4], [2, 3], [4, 5]]
    assert graph.nearest.tolist() == [[1, 4], [0, 4], [1, 3], [2, 1], [1, 5], [4, 1]]
    assert (0, 1, 2) in graph.triples
    assert len(graph.triples) == 5
    # Around bead 1, then the paths of three edges.
    around = {(0, 1, 2, 4)}
    paths = {(0, 1, 2, 3), (1, 2, 3, 4), (0, 1, 4, 5), (1, 2, 4, 5)}
    assert set(graph.quadruples) == around | paths


def test_pieces_are_joined_by_as_few_edges_as_that_takes():
    apart = distances([0.0, 1.0, 3.0, 3.5])
    assert joined(NO_BONDS, apart).tolist() == [[0, 1], [1, 2], [2, 3]]
    # Two pieces, whose ends 1 and 2 are the nearest beads.
    assert joined(np.array([[1, 0], [3, 2]]), apart).tolist() == [[0, 1], [1, 2], [2, 3]]


def test_bonds_stay_however_long_they_are_and_rings_are_kept():
    apart = distances([0.0, 1.0, 9.0])
    assert joined(np.array([[2, 0], [0, 1]]), apart).tolist() == [[0, 1], [0, 2]]
    ring = np.array([[0, 1], [1, 2], [2, 0]])
    assert joined(ring, apart).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_a_branch_is_a_set_of_four_without_a_path_of_three_edges():
    star = BeadGraph.of(np.array([[0, 1], [0, 2], [0, 3]]), distances([0.0, 1.0, 1.1, 1.3]))
    assert star.quadruples == ((0, 1, 2, 3),)
    assert sorted(star.triples) == [(1, 0, 2), (1, 0, 3), (2, 0, 3)]
    # Two edges away each from the others: the nearest in space comes first.
    assert star.nearest.tolist() == [[1, 2], [0, 2], [0, 1], [0, 2]]
