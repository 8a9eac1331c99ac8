"""Histograms of pair distances in one periodic frame: the inner loop of pair distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from vesin import NeighborList


@dataclass(frozen=True, eq=False)
class PairCounter:
    """Counts unordered pairs between two groups of particles by distance.

    `first` and `second` are particle indices, the same array for pairs inside one group;
    `excluded` pairs (i < j) do not count. Bins are [k spacing, (k + 1) spacing) in nm.
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
    def _same(self) -> bool:
        return self.first is self.second

    def __call__(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"]
    ) -> Int[np.ndarray, " bin"]:
        """Return the number of pairs in each bin, of one frame (nm)."""
        neighbours = NeighborList(cutoff=self.spacing * self.bins, full_list=False)
        box = np.ascontiguousarray(box, dtype=np.float64)
        if self._same and not len(self.excluded):
            (distances,) = neighbours.compute(
                positions[self.first].astype(np.float64), box, True, "d", copy=False
            )
        else:
            chosen = self.first if self._same else np.concatenate([self.first, self.second])
            pairs, distances = neighbours.compute(
                positions[chosen].astype(np.float64), box, True, "Pd", copy=False
            )
            distances = distances[self._wanted(pairs.astype(np.int64), chosen)]
        return self._histogram(distances)

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

    def _histogram(self, distances: np.ndarray) -> np.ndarray:
        bins = (distances * (1 / self.spacing)).astype(np.int32)
        return np.bincount(bins, minlength=self.bins)[: self.bins]
