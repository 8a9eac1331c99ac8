"""Surroundings of particles: types by the order asked for, and what is empty or bonded."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.features import Surroundings
from molscape.features.surroundings import numbered

NAMES = ["H", "O", "X", "O"]
LINE = np.array([0.0, 0.1, 0.3, 2.0])[:, None] * np.array([1.0, 0, 0])


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def around(types, **bonds):
    """Places by (particle, neighbour), and the surroundings of a line in open space."""
    topology = Topology.build(NAMES, masses=np.ones(4), **bonds)
    system, x = System.build(topology, 300.0), jnp.asarray(LINE)
    _, neighbours = allocate(system, x, None, 0.5)
    found = Surroundings.of(types, system, x, None, neighbours)
    valid, indices = np.asarray(neighbours.valid), np.asarray(neighbours.indices)
    return {(i, int(indices[i, k])): (i, k) for i, k in np.argwhere(valid).tolist()}, found


def test_types_are_numbered_as_they_were_asked_for():
    places, found = around(("O", "H"))
    assert found.own.tolist() == [1, 0, -1, 0]
    assert found.other[places[0, 1]] == 0
    assert found.other[places[1, 0]] == 1
    assert found.other[places[0, 2]] == -1
    _, others = around(("X",))
    assert others.own.tolist() == [-1, -1, 0, -1]


def test_displacements_point_to_the_neighbour():
    places, found = around(("O", "H"))
    assert np.isclose(found.x[places[0, 1]], 0.1)
    assert np.isclose(found.x[places[2, 0]], -0.3)
    np.testing.assert_allclose(found.square, found.x**2, atol=1e-15)
    assert len(found.components) == 3


def test_inside_are_neighbours_of_the_types_asked_for_closer_than_the_cutoff():
    places, found = around(("O", "H"))
    for cutoff, expected in ((0.15, {(0, 1), (1, 0)}), (0.25, {(0, 1), (1, 0), (2, 1)})):
        inside = np.asarray(found.inside(cutoff))
        assert {pair for pair, place in places.items() if inside[place]} == expected
        assert inside.sum() == len(expected)
    # The last particle is alone: all of its places are empty or too far.
    assert not np.asarray(found.inside(0.5))[3].any()


def test_bonded_pairs_count_and_are_marked():
    places, found = around(("O", "H"), bonds=np.array([[0, 1]]), exclude_within=1)
    assert np.asarray(found.inside(0.15))[places[0, 1]]
    marked = np.asarray(found.bonded)
    assert {pair for pair, place in places.items() if marked[place]} == {(0, 1), (1, 0)}
    assert around(("O", "H"))[1].bonded is None


def test_padding_has_no_type():
    system = System.build(Topology.build(NAMES, masses=np.ones(4)), 300.0)
    padded = System(**{**vars(system), "mask": jnp.asarray([True, True, True, False])})
    assert numbered(("O", "H"), padded).tolist() == [1, 0, -1, -1]
