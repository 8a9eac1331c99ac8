"""Pair distances in a rectangular box, by sorting along one axis and sweeping over it.

Particles are sorted along the longest edge. Blocks of rows meet only the columns that lie
within reach along that edge; the other two coordinates are fixed-point fractions of the box,
whose 32-bit differences overflow into the minimum image by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

ROWS = 64
"""Rows of a block: distances to all columns in reach then stay in a core's cache."""

_TURN = 2.0**32


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Particles in order along the swept edge; lengths in units of 2^-32 of the next edge."""

    order: np.ndarray
    along: np.ndarray
    across: tuple[np.ndarray, np.ndarray]

    @classmethod
    def build(cls, positions: np.ndarray, lengths: np.ndarray, axes: np.ndarray) -> _Sorted:
        turns = positions[:, axes] / lengths[axes]
        turns -= np.floor(turns)
        order = np.argsort(turns[:, 0], kind="stable")
        turns = turns[order]
        fixed = (turns[:, 1:] * _TURN).astype(np.int64).astype(np.uint32).view(np.int32)
        along = turns[:, 0] * (lengths[axes[0]] / lengths[axes[1]] * _TURN)
        return cls(order, along, (fixed[:, 0].copy(), fixed[:, 1].copy()))


def sweep_distances(
    first: Float[np.ndarray, "first 3"],
    second: Float[np.ndarray, "second 3"] | None,
    excluded: Int[np.ndarray, "pair 2"],
    lengths: Float[np.ndarray, " 3"],
    cutoff: float,
) -> Float32[np.ndarray, " distance"]:
    """Return all distances below a cutoff between two groups, or within one, each pair once.

    Args:
        first: positions in nm, anywhere.
        second: positions of the other group, or None for the pairs within the first.
        excluded: pairs of rows of `first` and of `second` (or of `first`) to leave out.
        lengths: edges of the box in nm.
        cutoff: largest distance in nm, at most half of every edge.

    Returns:
        Distances in nm in no order, exact to about 1e-7 of an edge.
    """
    axes = np.argsort(-lengths, kind="stable")
    unit = lengths[axes[1]] / _TURN
    rows = _Sorted.build(first, lengths, axes)
    columns = rows if second is None else _Sorted.build(second, lengths, axes)
    copies = (0, 1) if second is None else (-1, 0, 1)
    turn = lengths[axes[0]] / unit
    along = np.concatenate([columns.along + copy * turn for copy in copies])
    across = tuple(np.tile(values, len(copies)) for values in columns.across)
    holes = _holes(rows, columns, excluded, len(copies), second is None)
    reach = cutoff / unit
    low = np.arange(0, len(first), ROWS)
    high = np.minimum(low + ROWS, len(first))
    if second is None:
        starts = low
    else:
        starts = np.searchsorted(along, rows.along[low] - reach)
    ends = np.searchsorted(along, rows.along[high - 1] + reach, side="right")
    size = ROWS * int((ends - starts).max(initial=1))
    scratch = _Scratch(
        np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.int32)
    )
    stretch = np.float32(lengths[axes[2]] / lengths[axes[1]])
    found = [np.zeros(0, np.float32)]
    for a, b, start, end in zip(low, high, starts, ends, strict=True):
        shape = (int(b - a), int(end - start))
        here = along[start:end] - rows.along[a], rows.along[a:b] - rows.along[a]
        squares = scratch.squares(shape, *here)
        scratch.add(squares, across[0][start:end], rows.across[0][a:b], np.float32(1))
        scratch.add(squares, across[1][start:end], rows.across[1][a:b], stretch)
        if second is None:
            squares[:, : shape[0]] += _LOWER[: shape[0], : shape[0]]
        inside = slice(*np.searchsorted(holes[:, 0], (a, b)))
        row, column = holes[inside, 0] - a, holes[inside, 1] - start
        kept = (column >= 0) & (column < shape[1])
        squares[row[kept], column[kept]] = np.inf
        flat = squares.reshape(-1)
        found.append(flat.compress(flat < np.float32(reach * reach)))
    distances = np.sqrt(np.concatenate(found))
    return distances * np.float32(unit)


_LOWER = np.where(np.tri(ROWS, dtype=bool), np.float32(np.inf), np.float32(0))


@dataclass(frozen=True, eq=False)
class _Scratch:
    """Memory that all blocks share."""

    total: np.ndarray
    term: np.ndarray
    difference: np.ndarray

    def squares(self, shape: tuple[int, int], columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Start the squared distances with the swept coordinate."""
        total = self.total[: shape[0] * shape[1]].reshape(shape)
        np.subtract(columns.astype(np.float32), rows.astype(np.float32)[:, None], out=total)
        np.multiply(total, total, out=total)
        return total

    def add(
        self, total: np.ndarray, columns: np.ndarray, rows: np.ndarray, stretch: np.float32
    ) -> None:
        """Add the square of one fixed-point coordinate."""
        count = total.size
        difference = self.difference[:count].reshape(total.shape)
        term = self.term[:count].reshape(total.shape)
        np.subtract(columns, rows[:, None], out=difference)
        np.copyto(term, difference, casting="unsafe")
        if stretch != 1:
            np.multiply(term, stretch, out=term)
        np.multiply(term, term, out=term)
        np.add(total, term, out=total)


def _holes(
    rows: _Sorted, columns: _Sorted, excluded: np.ndarray, copies: int, within: bool
) -> np.ndarray:
    """Return (row, column) of excluded pairs in sorted order, sorted by row."""
    if not len(excluded):
        return np.zeros((0, 2), dtype=np.int64)
    count = len(columns.order)
    a = np.argsort(rows.order)[excluded[:, 0]]
    b = np.argsort(columns.order)[excluded[:, 1]]
    if within:
        a, b = np.minimum(a, b), np.maximum(a, b)
        places = np.concatenate([np.stack([a, b], 1), np.stack([b, a + count], 1)])
    else:
        places = np.concatenate([np.stack([a, b + k * count], 1) for k in range(copies)])
    return places[np.argsort(places[:, 0], kind="stable")]
