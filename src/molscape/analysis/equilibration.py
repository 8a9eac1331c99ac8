"""From where on a series has settled: the start that leaves the most independent samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

CANDIDATES = 60
"""Starts that are tried, evenly over the series."""


@dataclass(frozen=True)
class Equilibration:
    """Frames before `start` are to be dropped; the rest is worth `effective_samples`.

    `inefficiency` is how many of the samples kept are worth one independent sample.
    """

    start: int
    inefficiency: float
    effective_samples: float


def statistical_inefficiency(series: Float[np.ndarray, " frame"]) -> float:
    """Return g = 1 + 2 sum_t (1 - t/T) C(t), summed until C first drops to zero; at least 1.

    C is the normalised autocorrelation function. A constant series gives 1.

    Source: J. D. Chodera et al., J. Chem. Theory Comput. 3, 26 (2007), eqs. 20 to 24.
    """
    values = np.asarray(series, dtype=np.float64)
    values = values - values.mean()
    count = len(values)
    if count < 2 or not np.any(values):
        return 1.0
    size = 1 << (2 * count - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(values, size)) ** 2
    correlation = np.fft.irfft(spectrum, size)[:count] / (count - np.arange(count))
    correlation = correlation / correlation[0]
    negative = np.flatnonzero(correlation <= 0)
    end = int(negative[0]) if len(negative) else count
    lags = np.arange(1, end)
    return max(1.0, 1.0 + 2.0 * float(np.sum((1 - lags / count) * correlation[1:end])))


def find_equilibration(
    series: Float[np.ndarray, " frame"] | Float[np.ndarray, "frame replica"],
) -> Equilibration:
    """Return the start t0 that makes the number of independent samples (T - t0) / g(t0) largest.

    Args:
        series: samples at equal intervals; of replicas in columns, started alike, the mean is
            judged and the samples of all count.

    Raises:
        ValueError: if there are fewer than ten samples, or one is not finite.

    Source: J. D. Chodera, J. Chem. Theory Comput. 12, 1799 (2016).
    """
    values = np.asarray(series, dtype=np.float64)
    replicas = 1 if values.ndim == 1 else values.shape[1]
    values = values if values.ndim == 1 else values.mean(axis=1)
    if len(values) < 10:
        raise ValueError(f"{len(values)} samples cannot show where a run settles: give ten or more")
    if not np.isfinite(values).all():
        raise ValueError("a sample is not finite: leave out what follows a break-down")
    starts = np.unique(np.linspace(0, len(values) - 5, CANDIDATES).astype(int))
    found = [
        (len(values[start:]) / inefficiency, inefficiency, int(start))
        for start in starts
        for inefficiency in [statistical_inefficiency(values[start:])]
    ]
    samples, inefficiency, start = max(found, key=lambda item: item[0])
    return Equilibration(start, inefficiency, replicas * samples)
