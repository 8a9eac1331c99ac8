"""Neighbour lists of fixed capacity: dense, full, built inside jit.

A build marks candidates within reach in a (particle, candidate) mask, packs 32 marks into a
word, and finds the k-th set bit of each row by counting bits: no sort and no scatter, which
XLA runs slowly on CPUs. Candidates are all particles, or those of the 27 cells around where
the box holds enough cells to make that fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.space import (
    Components,
    check_box,
    minimum_image,
    minimum_image_components,
)
from molscape.core.system import System

WORD = 32
HEADROOM = 1.15
"""Capacity is this much above the largest count seen, so that few lists overflow."""


class Neighbours(eqx.Module):
    """Row i of `indices` lists the particles near i, padded with i itself.

    `cutoff` (nm) is the distance up to which the list is complete while no particle has moved
    by more than half of `skin` (nm) since `reference`. `included` is False where a pair is
    excluded from non-bonded interactions, None if nothing is excluded. `fullest` is the
    largest number of neighbours found; above the capacity the list is not complete.
    """

    indices: Int[Array, "particle capacity"]
    included: Bool[Array, "particle capacity"] | None
    reference: Float[Array, "particle 3"]
    fullest: Int[Array, ""]
    fullest_cell: Int[Array, ""]
    cutoff: float = eqx.field(static=True)
    skin: float = eqx.field(static=True)

    @property
    def capacity(self) -> int:
        """Number of places in each row."""
        return self.indices.shape[1]

    def components(self, positions: Float[Array, "particle 3"], box: Any) -> Components:
        """Return the x, y and z arrays (particle, capacity) of x_j - x_i, minimum images."""
        columns = tuple(positions[:, k] for k in range(3))
        x, y, z = (column[self.indices] - column[:, None] for column in columns)
        return minimum_image_components((x, y, z), box)

    def displacements(
        self, positions: Float[Array, "particle 3"], box: Any
    ) -> Float[Array, "particle capacity 3"]:
        """Return x_j - x_i (particle, capacity, 3), minimum images; zero for padding."""
        return jnp.stack(self.components(positions, box), axis=-1)

    @property
    def valid(self) -> Bool[Array, "particle capacity"]:
        """True where a place holds a neighbour, False for padding."""
        return self.indices != jnp.arange(self.indices.shape[0])[:, None]

    def within(
        self, positions: Float[Array, "particle 3"], box: Any, cutoff: float, capacity: int
    ) -> Neighbours:
        """Return the shorter list of those now within `cutoff` (nm), with its own capacity."""
        x, y, z = self.components(positions, box)
        near = self.valid & (x * x + y * y + z * z < cutoff * cutoff)
        place, fullest = compact(near, capacity)
        own = jnp.arange(self.indices.shape[0], dtype=jnp.int32)[:, None]
        padding = place < 0
        place = jnp.maximum(place, 0)
        indices = jnp.where(padding, own, jnp.take_along_axis(self.indices, place, axis=1))
        included = self.included
        if included is not None:
            included = jnp.take_along_axis(included, place, axis=1) & ~padding
        return Neighbours(
            indices, included, positions, fullest, self.fullest_cell, cutoff=cutoff, skin=0.0
        )

    def outdated(self, positions: Float[Array, "particle 3"]) -> Bool[Array, ""]:
        """Return whether a particle has moved by more than half the skin since the build."""
        if self.cutoff == 0:
            return jnp.zeros((), dtype=bool)
        moved = positions - self.reference
        return jnp.max(jnp.sum(moved * moved, axis=-1)) > (0.5 * self.skin) ** 2


@runtime_checkable
class Fullness(Protocol):
    """What tells whether lists overflowed: `Neighbours`, or the largest counts over many."""

    @property
    def fullest(self) -> Array:
        """Largest number of neighbours found."""
        ...

    @property
    def fullest_cell(self) -> Array:
        """Largest number of particles in a cell."""
        ...


class NeighbourSearch(eqx.Module):
    """How lists are built: static sizes, so that one compiled build serves a whole run."""

    cutoff: float = eqx.field(static=True)
    skin: float = eqx.field(static=True)
    capacity: int = eqx.field(static=True)
    cells: tuple[int, int, int] | None = eqx.field(static=True)
    cell_capacity: int = eqx.field(static=True)

    def __call__(
        self, system: System, positions: Float[Array, "particle 3"], box: Any
    ) -> Neighbours:
        """Build the list; check `overflowed` outside jit and use `grown` if so."""
        n = positions.shape[0]
        own = jnp.arange(n, dtype=jnp.int32)
        if self.cutoff == 0:
            indices = jnp.broadcast_to(own[:, None], (n, self.capacity))
            included, zero = _included(system, indices), jnp.zeros((), jnp.int32)
            return Neighbours(indices, included, positions, zero, zero, cutoff=0.0, skin=self.skin)
        real = jnp.where(system.mask, own, -1)
        if self.cells is None:
            candidates, row, fullest_cell = real[None, :], None, jnp.zeros((), jnp.int32)
        else:
            candidates, row, fullest_cell = self._cell_candidates(real, positions, box)
        candidates = jnp.pad(
            candidates, ((0, 0), (0, -candidates.shape[1] % WORD)), constant_values=-1
        )
        others = tuple(positions[:, k][jnp.maximum(candidates, 0)] for k in range(3))
        reach = (self.cutoff + self.skin) ** 2

        def near(take: Callable[[Array], Array]) -> Array:
            each = (lambda a: take(a)) if row is None else (lambda a: take(a)[row])
            x, y, z = minimum_image_components(
                tuple(each(others[k]) - positions[:, k, None] for k in range(3)),  # type: ignore[arg-type]
                box,
            )
            part = each(candidates)
            return (x * x + y * y + z * z < reach) & (part != real[:, None]) & (part >= 0)

        packed = _pack(near, n, candidates.shape[1])
        place, fullest = _unpack(jnp.where(system.mask[:, None], packed, 0), self.capacity)
        chosen = candidates[0 if row is None else row[:, None], jnp.maximum(place, 0)]
        indices = jnp.where(place < 0, own[:, None], chosen)
        return Neighbours(
            indices,
            _included(system, indices),
            positions,
            fullest,
            fullest_cell,
            cutoff=self.cutoff,
            skin=self.skin,
        )

    def _cell_candidates(
        self, real: Array, positions: Array, box: Any
    ) -> tuple[Array, Array, Array]:
        """Return for each cell the particles in the 27 cells around (-1 pads), and their cells."""
        assert self.cells is not None
        shape, n_cells = jnp.asarray(self.cells, dtype=jnp.int32), int(np.prod(self.cells))
        fraction = positions @ jnp.linalg.inv(box)
        cell = jnp.clip(jnp.floor((fraction % 1.0) * shape).astype(jnp.int32), 0, shape - 1)
        flat = (cell[:, 0] * self.cells[1] + cell[:, 1]) * self.cells[2] + cell[:, 2]
        order = jnp.argsort(flat).astype(jnp.int32)
        counts = jnp.bincount(flat, length=n_cells).astype(jnp.int32)
        start = jnp.cumsum(counts) - counts
        rank = jnp.arange(positions.shape[0], dtype=jnp.int32) - start[flat[order]]
        table = jnp.full((n_cells, self.cell_capacity), -1, dtype=jnp.int32)
        table = table.at[flat[order], rank].set(real[order], mode="drop")
        around = table[jnp.asarray(_surrounding_cells(self.cells))]
        return around.reshape(n_cells, 27 * self.cell_capacity), flat, jnp.max(counts)

    @property
    def expires(self) -> bool:
        """Whether particles that move can make a list incomplete: not if it is empty, or of all."""
        return self.cutoff > 0 and self.skin < float("inf")

    def without_cells(self) -> NeighbourSearch:
        """Return the search that looks at all pairs, right in any box that holds the reach."""
        return NeighbourSearch(
            cutoff=self.cutoff, skin=self.skin, capacity=self.capacity, cells=None, cell_capacity=0
        )

    def fits(self, box: np.ndarray | None) -> bool:
        """Return whether the cells still are as wide as the reach in all boxes (frame, 3, 3).

        A box that shrank needs a new plan: narrow cells would lose neighbours.
        """
        if self.cells is None or box is None:
            return True
        widths = 1.0 / np.linalg.norm(np.linalg.inv(box), axis=-2)
        return bool(np.all(widths / np.asarray(self.cells) >= self.cutoff + self.skin))

    def overflowed(self, neighbours: Fullness) -> bool:
        """Return whether a list (or, with a leading axis, any of several) lost neighbours."""
        too_full = np.any(np.asarray(neighbours.fullest) > self.capacity)
        lost = self.cells is not None and np.any(
            np.asarray(neighbours.fullest_cell) > self.cell_capacity
        )
        return bool(too_full or lost)

    def grown(self, neighbours: Fullness) -> NeighbourSearch:
        """Return a search with room for what this list could not hold."""
        fullest = int(np.max(np.asarray(neighbours.fullest)))
        cell = int(np.max(np.asarray(neighbours.fullest_cell)))
        return NeighbourSearch(
            cutoff=self.cutoff,
            skin=self.skin,
            capacity=max(self.capacity, _padded(fullest)),
            cells=self.cells,
            cell_capacity=max(self.cell_capacity, _padded(cell) if self.cells else 0),
        )


def allocate(
    system: System, positions: Array, box: Array | None, cutoff: float, skin: float = 0.0
) -> tuple[NeighbourSearch, Neighbours]:
    """Choose sizes for these positions, outside jit, and return the search and a first list.

    Args:
        system: the particles.
        positions: (particle, 3) in nm.
        box: (3, 3) in nm, lower triangular, or None.
        cutoff: completeness distance in nm.
        skin: extra distance in nm that particles may use up before a rebuild.

    Raises:
        ValueError: if the cutoff and skin exceed half the box.
    """
    search = plan_search(np.asarray(positions), box, cutoff, skin)
    neighbours = eqx.filter_jit(search)(system, positions, box)
    while search.overflowed(neighbours):
        search = search.grown(neighbours)
        neighbours = eqx.filter_jit(search)(system, positions, box)
    return search, neighbours


def plan_search(
    positions: np.ndarray, box: Any, cutoff: float, skin: float = 0.0
) -> NeighbourSearch:
    """Guess sizes from a sample of the particles, compiling nothing; lists may still overflow.

    Arguments and errors are those of `allocate`.
    """
    if box is not None:
        check_box(np.asarray(box)[None], cutoff + skin)
    cells, cell_capacity = _choose_cells(positions, box, cutoff + skin)
    return NeighbourSearch(
        cutoff=cutoff,
        skin=skin,
        capacity=_first_capacity(positions, box, cutoff + skin),
        cells=cells,
        cell_capacity=cell_capacity,
    )


def _choose_cells(
    positions: np.ndarray, box: Any, reach: float
) -> tuple[tuple[int, int, int] | None, int]:
    if box is None or reach <= 0:
        return None, 0
    inverse = np.linalg.inv(np.asarray(box, dtype=np.float64))
    widths = 1.0 / np.linalg.norm(inverse, axis=0)
    shape = np.floor(widths / (reach * 1.02)).astype(int)
    if np.any(shape < 3):
        return None, 0
    cell = np.floor(((positions @ inverse) % 1.0) * shape).astype(int) % shape
    counts = np.bincount((cell[:, 0] * shape[1] + cell[:, 1]) * shape[2] + cell[:, 2])
    capacity = _padded(int(counts.max()))
    if 27 * capacity > 0.8 * len(positions):
        return None, 0
    return (int(shape[0]), int(shape[1]), int(shape[2])), capacity


def _first_capacity(positions: np.ndarray, box: Any, reach: float) -> int:
    """Guess the fullest row from up to 64 particles: a good guess saves a compilation."""
    some = positions[:: max(1, len(positions) // 64)]
    counts = []
    for centre in some:
        d = minimum_image(positions - centre, None if box is None else np.asarray(box))
        counts.append(np.count_nonzero(np.einsum("ij,ij->i", d, d) < reach**2))
    return _padded(int(max(counts, default=0)) + 2)


def _surrounding_cells(shape: tuple[int, int, int]) -> np.ndarray:
    """Return (cell, 27) flat indices of each cell and its neighbours, across the boundary."""
    cell = np.stack(np.unravel_index(np.arange(int(np.prod(shape))), shape), axis=-1)
    steps = np.stack(np.meshgrid(*[(-1, 0, 1)] * 3, indexing="ij"), axis=-1).reshape(27, 3)
    around = (cell[:, None, :] + steps) % np.asarray(shape)
    return np.ravel_multi_index(tuple(np.moveaxis(around, -1, 0)), shape).astype(np.int32)


def _padded(count: int) -> int:
    return max(8, int(np.ceil(count * HEADROOM / 8)) * 8)


def _included(system: System, indices: Array) -> Array | None:
    if system.exclusions.shape[1] == 0:
        return None
    own = jnp.arange(indices.shape[0], dtype=indices.dtype)[:, None]
    excluded = jnp.any(indices[:, :, None] == system.exclusions[:, None, :], axis=-1)
    return ~excluded & (indices != own)


def compact(
    mask: Bool[Array, "row column"], capacity: int
) -> tuple[Int[Array, "row capacity"], Int[Array, ""]]:
    """Return the columns of up to `capacity` marks in each row, and the largest row count.

    Places beyond a row's last mark hold -1; the order of columns is fixed but not ascending.
    """
    mask = jnp.pad(mask, ((0, 0), (0, -mask.shape[1] % WORD)))
    return _unpack(_pack(lambda take: take(mask), *mask.shape), capacity)


def _pack(marks: Callable[[Callable[[Array], Array]], Array], rows: int, columns: int) -> Array:
    """Pack marks into words: bit b of word w is column b * (columns / 32) + w.

    `marks` is given a function that takes the columns of one bit from any (row, column) array.
    The loop also keeps XLA from computing the marks again for every use of a word.
    """
    n_words = columns // WORD

    def add_bit(bit: Array, packed: Array) -> Array:
        def take(array: Array) -> Array:
            return jax.lax.dynamic_slice_in_dim(array, bit * n_words, n_words, axis=1)

        return packed | (marks(take).astype(jnp.uint32) << bit.astype(jnp.uint32))

    return jax.lax.fori_loop(0, WORD, add_bit, jnp.zeros((rows, n_words), dtype=jnp.uint32))


def _unpack(packed: Array, capacity: int) -> tuple[Array, Array]:
    """Return the columns of the first `capacity` set bits of each row of words."""
    n_words = packed.shape[1]
    total = _running_sum(jax.lax.population_count(packed).astype(jnp.int32))
    slot = jnp.arange(capacity, dtype=jnp.int32)
    word = jnp.sum((total[:, :, None] <= slot).astype(jnp.int32), axis=1)
    found = word < n_words
    word = jnp.minimum(word, n_words - 1)
    bits = jnp.take_along_axis(packed, word, axis=1)
    count = jax.lax.population_count(bits).astype(jnp.int32)
    before = jnp.take_along_axis(total, word, axis=1) - count
    column = _select_bit(bits, slot - before) * n_words + word
    return jnp.where(found, column, -1), jnp.max(total[:, -1])


def _running_sum(counts: Array) -> Array:
    """Inclusive sum along rows by doubling: XLA's own cumulative sum is slow on CPUs."""
    shift = 1
    while shift < counts.shape[1]:
        counts = counts + jnp.pad(counts, ((0, 0), (shift, 0)))[:, : counts.shape[1]]
        shift *= 2
    return counts


def _select_bit(bits: Array, k: Array) -> Array:
    """Position of the k-th (from 0) set bit of a 32-bit word, by bisection on bit counts."""
    position = jnp.zeros(bits.shape, dtype=jnp.uint32)
    for width in (16, 8, 4, 2, 1):
        low = jnp.right_shift(bits, position) & jnp.uint32((1 << width) - 1)
        count = jax.lax.population_count(low).astype(jnp.int32)
        upper = count <= k
        k = jnp.where(upper, k - count, k)
        position = position + jnp.where(upper, jnp.uint32(width), jnp.uint32(0))
    return position.astype(jnp.int32)
