"""Lists against vesin, in every way they are built."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from vesin import NeighborList

from molscape.core.neighbours import NeighbourSearch, allocate, compact
from molscape.core.system import System
from molscape.core.topology import Topology

CUTOFF = 0.5
ORTHORHOMBIC = np.diag([1.9, 2.0, 2.1])
TRICLINIC = np.array([[2.0, 0, 0], [0.7, 1.9, 0], [-0.6, 0.5, 2.0]])


def system_of(n, **topology):
    return System.build(Topology.build(["A"] * n, masses=np.ones(n), **topology), 300.0)


def scattered(n, box, seed=0, spread=(-1, 2)):
    # Positions outside the box too: lists must not mind.
    return jnp.asarray(np.random.default_rng(seed).uniform(*spread, (n, 3)) @ box)


def pairs_of(neighbours):
    rows, columns = np.nonzero(np.asarray(neighbours.valid))
    indices = np.asarray(neighbours.indices)[rows, columns]
    found = set(zip(rows.tolist(), indices.tolist(), strict=True))
    assert len(found) == len(rows), "a neighbour is listed twice"
    return found


def vesin_pairs(positions, box, cutoff):
    periodic = box is not None
    i, j = NeighborList(cutoff=cutoff, full_list=True).compute(
        points=np.asarray(positions, dtype=float),
        box=box if periodic else np.zeros((3, 3)),
        periodic=periodic,
        quantities="ij",
    )
    return set(zip(i.tolist(), j.tolist(), strict=True))


@pytest.mark.parametrize("scale", [1.0, 2.0], ids=["dense", "cells"])
@pytest.mark.parametrize("box", [ORTHORHOMBIC, TRICLINIC, None], ids=["ortho", "tri", "open"])
def test_pairs_are_those_of_vesin(box, scale):
    cell = ORTHORHOMBIC * scale if box is None else box * scale
    n = 60 if scale == 1.0 else 1000
    positions = scattered(n, cell, spread=(0, 1) if box is None else (-1, 2))
    periodic = None if box is None else jnp.asarray(cell)
    search, neighbours = allocate(system_of(n), positions, periodic, CUTOFF, skin=0.05)
    assert (search.cells is not None) == (scale == 2.0 and box is not None)
    expected = vesin_pairs(positions, None if box is None else cell, CUTOFF + 0.05)
    assert len(expected) > 100
    assert pairs_of(neighbours) == expected
    assert int(neighbours.fullest) == np.max(np.sum(np.asarray(neighbours.valid), axis=1))


def test_displacements_and_padding():
    positions = scattered(50, TRICLINIC)
    _, neighbours = allocate(system_of(50), positions, jnp.asarray(TRICLINIC), CUTOFF)
    d = np.asarray(neighbours.displacements(positions, jnp.asarray(TRICLINIC)))
    length, valid = np.linalg.norm(d, axis=-1), np.asarray(neighbours.valid)
    assert np.all(length[valid] < CUTOFF + 1e-6)
    assert np.all(length[~valid] == 0)


def test_exclusions_mark_pairs():
    bonds = np.array([[0, 1], [1, 2], [5, 6]])
    positions = scattered(40, ORTHORHOMBIC)
    system = system_of(40, bonds=bonds, exclude_within=2)
    _, neighbours = allocate(system, positions, jnp.asarray(ORTHORHOMBIC), 0.9)
    excluded = {(0, 1), (1, 2), (0, 2), (5, 6)}
    rows, columns = np.nonzero(np.asarray(neighbours.valid & ~neighbours.included))
    marked = {
        tuple(sorted((int(i), int(neighbours.indices[i, k]))))
        for i, k in zip(rows, columns, strict=True)
    }
    everywhere = {tuple(sorted(pair)) for pair in pairs_of(neighbours)}
    assert marked == excluded & everywhere
    assert not np.any(np.asarray(neighbours.included & ~neighbours.valid))


@pytest.mark.parametrize("scale", [1.0, 2.0], ids=["dense", "cells"])
def test_padding_particles_are_nobodys_neighbours(scale):
    n = 60 if scale == 1.0 else 1000
    positions, box = scattered(n, TRICLINIC * scale), TRICLINIC * scale
    mask = np.random.default_rng(1).uniform(size=n) < 0.7
    system = eqx.tree_at(lambda s: s.mask, system_of(n), jnp.asarray(mask))
    search, neighbours = allocate(system, positions, jnp.asarray(box), CUTOFF)
    assert (search.cells is None) == (scale == 1.0)
    expected = {(i, j) for i, j in vesin_pairs(positions, box, CUTOFF) if mask[i] and mask[j]}
    assert pairs_of(neighbours) == expected


@pytest.mark.parametrize("cells", [None, (3, 3, 3)], ids=["dense", "cells"])
def test_overflow_is_seen_and_grown(cells):
    box, system = TRICLINIC * 1.2, system_of(300)
    positions = scattered(300, box)
    search = NeighbourSearch(
        cutoff=CUTOFF, skin=0.0, capacity=2, cells=cells, cell_capacity=2 if cells else 0
    )
    neighbours = eqx.filter_jit(search)(system, positions, jnp.asarray(box))
    rounds = 0
    while search.overflowed(neighbours):
        search, rounds = search.grown(neighbours), rounds + 1
        neighbours = eqx.filter_jit(search)(system, positions, jnp.asarray(box))
    assert 1 <= rounds <= 3
    assert pairs_of(neighbours) == vesin_pairs(positions, box, CUTOFF)


def test_within_narrows_the_list():
    box = jnp.asarray(TRICLINIC)
    positions = scattered(80, TRICLINIC)
    system = system_of(80, bonds=np.array([[0, 1]]), exclude_within=1)
    _, neighbours = allocate(system, positions, box, 0.8)
    narrow = eqx.filter_jit(lambda n, capacity: n.within(positions, box, 0.4, capacity))
    short = narrow(neighbours, 24)
    assert pairs_of(short) == vesin_pairs(positions, TRICLINIC, 0.4)
    assert int(short.fullest) <= short.capacity == 24
    excluded = np.asarray(short.valid & ~short.included)
    assert excluded.sum() == len({(0, 1), (1, 0)} & pairs_of(short))
    assert int(narrow(neighbours, 4).fullest) == int(short.fullest) > 4


def test_outdated_after_half_the_skin():
    positions = scattered(20, ORTHORHOMBIC)
    _, neighbours = allocate(system_of(20), positions, jnp.asarray(ORTHORHOMBIC), 0.5, skin=0.1)
    moved = positions.at[3, 1].add(0.049)
    assert not bool(neighbours.outdated(moved))
    assert bool(neighbours.outdated(moved.at[3, 1].add(0.002)))


@pytest.mark.parametrize("columns", [1, 31, 33, 200])
def test_compact_lists_the_marks(columns):
    # Rows run from empty to full.
    mask = np.random.default_rng(columns).uniform(size=(9, columns)) < np.arange(9)[:, None] / 8
    capacity = columns + 3
    place, fullest = compact(jnp.asarray(mask), capacity)
    assert int(fullest) == mask.sum(axis=1).max()
    for row, marks in zip(np.asarray(place), mask, strict=True):
        count = marks.sum()
        assert sorted(row[:count]) == np.flatnonzero(marks).tolist()
        assert np.all(row[count:] == -1)


def test_compact_keeps_the_first_when_there_is_no_room():
    mask = np.ones((2, 40), dtype=bool)
    place, fullest = compact(jnp.asarray(mask), 7)
    assert place.shape == (2, 7)
    assert int(fullest) == 40
    assert all(len(set(row.tolist())) == 7 for row in place)


def test_one_trace_per_shape():
    traces = []
    box, system = jnp.asarray(ORTHORHOMBIC), system_of(50)
    search, _ = allocate(system, scattered(50, ORTHORHOMBIC), box, CUTOFF)

    @jax.jit
    def build(system, positions, box):
        traces.append(1)
        return search(system, positions, box)

    for seed in range(3):
        build(system, scattered(50, ORTHORHOMBIC, seed), box * (1 + 0.01 * seed))
    assert len(traces) == 1


def test_a_cutoff_beyond_half_the_box_is_refused():
    positions = scattered(10, ORTHORHOMBIC)
    with pytest.raises(ValueError, match="exceeds half the box"):
        allocate(system_of(10), positions, jnp.asarray(ORTHORHOMBIC), 0.9, skin=0.1)


def test_cells_that_a_shrinking_box_made_too_narrow_are_noticed():
    from molscape.core.neighbours import plan_search

    positions = np.random.default_rng(5).uniform(0, 5.0, (3000, 3))
    search = plan_search(positions, 5.0 * np.eye(3), 1.22)
    assert search.cells is not None
    assert search.fits(5.0 * np.eye(3)[None])
    assert not search.fits(np.stack([5.0 * np.eye(3), 4.7 * np.eye(3)]))
    assert search.without_cells().fits(4.7 * np.eye(3)[None])
