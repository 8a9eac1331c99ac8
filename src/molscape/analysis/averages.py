"""The mean of a correlated series with its standard error, by automated blocking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import MANY

CONFIDENCE = 0.99
"""Blocks count as independent where their correlation is not seen at this confidence."""

FURTHER = 2
"""Levels taken beyond that: a correlation too small to be seen still lowers the error.

Without them the error of an AR(1) series comes out 10 to 30 % too small, with them 2 to 10 %.
"""

FEWEST_BLOCKS = 8
"""No such step leaves fewer blocks than this."""


@dataclass(frozen=True)
class Average:
    """A mean, its standard error, and how correlated the series behind it is.

    `inefficiency` g is how many samples are worth one independent sample, g = 1 + 2 tau;
    `effective_samples` is n / g; `settled` is False where the series is too short for blocks to
    become independent, so that the error is a lower bound.
    """

    mean: float
    error: float
    inefficiency: float
    effective_samples: float
    settled: bool = True

    @property
    def correlation_time(self) -> float:
        """Integrated correlation time tau = (g - 1) / 2, in samples."""
        return (self.inefficiency - 1) / 2


def block_average(
    series: Float[np.ndarray, " frame"] | Float[np.ndarray, "frame replica"],
) -> Average:
    """Average a series whose samples are correlated in time.

    Neighbours are averaged again and again; at level k, n_k blocks have variance s_k and
    first autocovariance c_k. The error is sqrt(s / (n - 1)) two levels beyond the first level
    at which sum_{j >= k} n_j ((c_j + s_j / n_j) / s_j)^2 stays below the 99 % quantile of chi
    squared with as many degrees of freedom as it has terms: no correlation is seen any more.
    Of `blocks.MANY` replicas or more the scatter of their means is the error.

    Args:
        series: samples at equal intervals; replicas (independent runs) in columns.

    Returns:
        The average over time and replicas; the error is not a number for a single sample.

    Raises:
        ValueError: if there is no sample, or one is not finite.

    Source: H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989); choice of the level:
    M. Jonsson, Phys. Rev. E 98, 043304 (2018), eq. 12 with the bias of c_k taken out.
    """
    values = np.asarray(series, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.size == 0:
        raise ValueError("a series without samples has no average: give at least one")
    if not np.isfinite(values).all():
        frame, replica = np.argwhere(~np.isfinite(values))[0]
        raise ValueError(
            f"sample {frame} of replica {replica} is {values[frame, replica]}: leave out what "
            "follows a break-down"
        )
    mean = float(values.mean())
    if values.size < 2:
        return Average(mean, float("nan"), float("nan"), 1.0, settled=False)
    if values.shape[1] >= MANY:
        return _by_replicas(values)
    counts, variances, scores = _levels(values - mean)
    if variances[0] == 0:
        return Average(mean, 0.0, 1.0, float(values.size))
    level, settled = _first_independent(scores)
    enough = sum(count >= FEWEST_BLOCKS for count in counts) - 1
    settled = settled and level + FURTHER <= enough
    level = max(level, min(level + FURTHER, enough))
    squared_error = variances[level] / max(counts[level] - 1, 1)
    inefficiency = squared_error * (counts[0] - 1) / variances[0]
    return Average(
        mean=mean,
        error=float(np.sqrt(squared_error)),
        inefficiency=float(inefficiency),
        effective_samples=float(values.size / inefficiency) if inefficiency > 0 else np.inf,
        settled=settled,
    )


def _by_replicas(values: np.ndarray) -> Average:
    """Return the average over replicas that are independent of each other."""
    means = values.mean(axis=0)
    squared_error = float(means.var(ddof=1) / len(means))
    spread = float(values.var())
    inefficiency = squared_error * (values.size - 1) / spread if spread > 0 else 1.0
    return Average(
        mean=float(values.mean()),
        error=float(np.sqrt(squared_error)),
        inefficiency=inefficiency,
        effective_samples=values.size / inefficiency if inefficiency > 0 else np.inf,
    )


def _levels(values: np.ndarray) -> tuple[list[int], list[float], list[float]]:
    """Return blocks, variance and squared correlation score at each level of blocking."""
    counts, variances, scores = [], [], []
    while True:
        variance = float(np.mean(values**2))
        counts.append(values.size)
        variances.append(variance)
        if len(values) < 2 or variance == 0:
            scores.append(0.0)
            break
        neighbours = (len(values) - 1) * values.shape[1]
        correlation = float(np.sum(values[1:] * values[:-1])) / neighbours / variance
        scores.append(neighbours * (correlation + 1 / values.size) ** 2)
        if len(values) < 4:
            break
        even = len(values) // 2 * 2
        values = (values[0:even:2] + values[1:even:2]) / 2
    return counts, variances, scores


def _first_independent(scores: list[float]) -> tuple[int, bool]:
    from scipy.special import chdtri

    remaining = np.cumsum(scores[::-1])[::-1]
    limits = chdtri(np.arange(len(scores), 0, -1), 1 - CONFIDENCE)
    good = np.flatnonzero(remaining < limits)
    return (int(good[0]), True) if len(good) else (len(scores) - 1, False)
