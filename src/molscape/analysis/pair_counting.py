"""Histograms of pair distances in one periodic frame: the inner loop of pair distributions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from vesin import NeighborList

from molscape.analysis.sweep import sweep_distances

SWEEP_LIMIT = 40.0
"""A sweep looks at V / (longest edge x cutoff^2) times more pairs than a cell list.

Measured: it is faster until this ratio is about 40, a cube of 6 cutoffs.
"""


@dataclass(frozen=True, eq=False)
class PairCounter:
    """Counts unordered pairs between two groups of particles by distance.

    `first` and `second` are particle indices in rising order, the same array for pairs inside
    one group; `excluded` pairs (i < j) do not count. Bins are [k spacing, (k + 1) spacing) nm.
    """

    first: Int[np.ndarray, " first"]
    second: Int[np.ndarray, " second"]
    excluded: Int[np.ndarray, "pair 2"]
    spacing: float
    bins: int

    @property
    def n_pairs(self) -> int:
        """Number of pairs that count."""
        if self._same:
            return len(self.first) * (len(self.first) - 1) // 2 - len(self.excluded)
        return len(self.first) * len(self.second) - len(self.excluded)

    @property
    def cutoff(self) -> float:
        """End of the last bin in nm."""
        return self.spacing * self.bins

    def __call__(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"]
    ) -> Int[np.ndarray, " bin"]:
        """Return the number of pairs in each bin, of one frame (nm)."""
        lengths = np.diagonal(box).astype(np.float64)
        rectangular = np.count_nonzero(box) == 3
        if rectangular and np.prod(lengths) / lengths.max() < SWEEP_LIMIT * self.cutoff**2:
            first = positions[self.first].astype(np.float64)
            second = None if self._same else positions[self.second].astype(np.float64)
            distances = sweep_distances(first, second, self._excluded_rows, lengths, self.cutoff)
        else:
            distances = self._cell_list(positions, box)
        bins = (distances * distances.dtype.type(1 / self.spacing)).astype(np.int32)
        return np.bincount(bins, minlength=self.bins)[: self.bins]

    @property
    def _same(self) -> bool:
        return self.first is self.second

    @cached_property
    def _excluded_rows(self) -> np.ndarray:
        """Excluded pairs as rows of the first and of the second group."""
        a, b = self.excluded.T
        swap = ~np.isin(a, self.first)
        a, b = np.where(swap, b, a), np.where(swap, a, b)
        return np.stack([np.searchsorted(self.first, a), np.searchsorted(self.second, b)], axis=1)

    def _cell_list(self, positions: np.ndarray, box: np.ndarray) -> np.ndarray:
        neighbours = NeighborList(cutoff=self.cutoff, full_list=False, n_threads=1)
        box = np.ascontiguousarray(box, dtype=np.float64)
        chosen = self.first if self._same else np.concatenate([self.first, self.second])
        points = positions[chosen].astype(np.float64)
        if self._same and not len(self.excluded):
            return neighbours.compute(points, box, True, "d")[0]
        pairs, distances = neighbours.compute(points, box, True, "Pd")
        return distances[self._wanted(pairs.astype(np.int64), chosen)]

    def _wanted(self, pairs: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        wanted = np.ones(len(pairs), dtype=bool)
        if not self._same:
            wanted = (pairs[:, 0] < len(self.first)) != (pairs[:, 1] < len(self.first))
        if len(self.excluded):
            size = int(chosen.max()) + 1
            low, high = np.sort(chosen[pairs], axis=1).T
            keys = self.excluded[:, 0] * size + self.excluded[:, 1]
            wanted &= ~np.isin(low * size + high, keys)
        return wanted
