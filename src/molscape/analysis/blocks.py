"""Sums over contiguous blocks of time, from which a curve, its error and its floor derive."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from molscape.core.curve import Curve
from molscape.core.trajectory import Trajectory

MANY = 20
"""Independent runs whose own scatter tells an error: to about 16 per cent."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """A curve y = sum_b numerator_b / sum_b denominator_b kept apart by blocks of frames.

    `replica` and `part` say which run a block belongs to and which of the `parts` stretches
    of its time it is, counted from 0. `samples` counts what fell in each bin of each block.
    """

    x: Float[np.ndarray, " bin"]
    numerator: Float[np.ndarray, "block bin"]
    denominator: Float[np.ndarray, "block bin"]
    replica: Int[np.ndarray, " block"]
    part: Int[np.ndarray, " block"]
    x_label: str
    x_unit: str
    y_label: str
    y_unit: str
    samples: Float[np.ndarray, "block bin"] | None = None

    def __len__(self) -> int:
        return len(self.numerator)

    def __getitem__(self, blocks: slice | np.ndarray) -> Blocks:
        """Select blocks."""
        samples = None if self.samples is None else self.samples[blocks]
        return replace(
            self,
            numerator=self.numerator[blocks],
            denominator=self.denominator[blocks],
            replica=self.replica[blocks],
            part=self.part[blocks],
            samples=samples,
        )

    def curve(self) -> Curve:
        """Return the curve of all blocks, its error taken from their scatter.

        With B blocks n_b / d_b and y = sum n / sum d, the variance of the ratio is
        B/(B-1) sum_b (n_b - y d_b)^2 / (sum d)^2; not a number for a single block.
        Source: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), eq. 6.9.
        """
        total = self.denominator.sum(axis=0)
        y = _ratio(self.numerator.sum(axis=0), total)
        count = len(self)
        if count < 2:
            error = np.full_like(y, np.nan)
        else:
            scatter = np.sum((self.numerator - y * self.denominator) ** 2, axis=0)
            error = _ratio(np.sqrt(count / (count - 1) * scatter), total)
        return Curve(
            x=self.x,
            y=y,
            error=error,
            x_label=self.x_label,
            x_unit=self.x_unit,
            y_label=self.y_label,
            y_unit=self.y_unit,
            samples=None if self.samples is None else self.samples.sum(axis=0),
        )

    def mean(self) -> tuple[float, float]:
        """Return the mean of x over a distribution and its standard error, as in `curve`."""
        weight = self.numerator.sum(axis=1)
        moment = self.numerator @ self.x
        value = float(moment.sum() / weight.sum())
        count = len(self)
        if count < 2:
            return value, float("nan")
        scatter = np.sum((moment - value * weight) ** 2)
        return value, float(np.sqrt(count / (count - 1) * scatter) / weight.sum())

    def halves(self) -> tuple[Blocks, Blocks]:
        """Return the blocks of the first and of the second half of the time of every replica.

        Where no replica has two stretches, replicas themselves are divided. With an odd
        number of stretches the middle one is left out, so that both halves are alike.

        Raises:
            ValueError: if there is only one block.
        """
        order, parts = self.part, int(self.part.max()) + 1
        if parts < 2:
            order = np.unique(self.replica, return_inverse=True)[1]
            parts = int(order.max()) + 1
        if parts < 2:
            raise ValueError(
                "one block of frames cannot be halved: analyse at least two frames, with "
                "`blocks` of two or more"
            )
        first, second = order < parts // 2, order >= (parts + 1) // 2
        return self[np.flatnonzero(first)], self[np.flatnonzero(second)]

    def resampled(self, draws: int, seed: int) -> Float[np.ndarray, "draw bin"]:
        """Return curves of block bootstrap samples: as many blocks, drawn with replacement."""
        count = len(self)
        random = np.random.default_rng(seed)
        times = random.multinomial(count, np.full(count, 1 / count), size=draws).astype(float)
        return _ratio(times @ self.numerator, times @ self.denominator)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; zero where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


@dataclass(frozen=True, eq=False)
class Division:
    """Which block each frame of a trajectory belongs to."""

    block: Int[np.ndarray, " frame"]
    replica: Int[np.ndarray, " block"]
    part: Int[np.ndarray, " block"]

    def __len__(self) -> int:
        return len(self.replica)

    def distribution(
        self,
        counts: Float[np.ndarray, "block bin"],
        edges: Float[np.ndarray, " edge"],
        label: str,
        symbol: str,
        unit: str,
    ) -> Blocks:
        """Return counts in even bins as the distribution p(label) of a coordinate, integral one.

        Args:
            counts: what fell in each bin of each block.
            edges: of the bins, in `unit`.
            label: whose distribution it is.
            symbol: of the coordinate, for the axis.
            unit: of the coordinate.
        """
        area = counts.sum(axis=1, keepdims=True) * (edges[1] - edges[0])
        return Blocks(
            x=(edges[1:] + edges[:-1]) / 2,
            numerator=counts,
            denominator=np.broadcast_to(area, counts.shape).copy(),
            replica=self.replica,
            part=self.part,
            x_label=symbol,
            x_unit=unit,
            y_label=f"p({label})",
            y_unit=f"1/{unit}",
            samples=counts,
        )


def divide(trajectory: Trajectory, blocks: int) -> Division:
    """Divide frames into about `blocks` contiguous stretches of equal length in time.

    Every replica is divided by itself, into at least two stretches where it has two frames,
    so that the number of blocks grows with the number of replicas. Of `MANY` replicas or more
    each is one block: nothing is as independent as they are.

    Raises:
        ValueError: if there is no frame, or `blocks` is not positive.
    """
    if blocks < 1:
        raise ValueError(f"`blocks` must be at least 1, got {blocks}")
    count = len(trajectory)
    if count == 0:
        raise ValueError("the trajectory has no frames: nothing to analyse")
    replicas = np.zeros(count, dtype=np.int64)
    if "replicas" in trajectory.fields:
        replicas = np.concatenate([chunk.replicas for chunk in trajectory.chunks()])
    return divide_frames(replicas, blocks)


def divide_frames(replicas: Int[np.ndarray, " frame"], blocks: int) -> Division:
    """Divide frames, given the replica each belongs to; see `divide`."""
    names, index, lengths = np.unique(replicas, return_inverse=True, return_counts=True)
    wanted = blocks if len(names) == 1 else max(2, -(-blocks // len(names)))
    wanted = 1 if len(names) >= max(MANY, blocks) else wanted
    parts = np.minimum(wanted, lengths)
    order = np.argsort(index, kind="stable")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    ordinal = np.empty(len(replicas), dtype=np.int64)
    ordinal[order] = np.arange(len(replicas)) - np.repeat(starts, lengths)
    part = ordinal * parts[index] // lengths[index]
    offset = np.concatenate([[0], np.cumsum(parts)[:-1]])
    return Division(
        block=offset[index] + part,
        replica=np.repeat(names, parts),
        part=np.concatenate([np.arange(p) for p in parts]),
    )
