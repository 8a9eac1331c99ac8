"""Standard errors, from independent values and from values that leave out one part each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error, not a number where it has none."""

    value: float
    error: float


def standard_error(values: Any) -> Float[np.ndarray, "..."]:
    """Return the standard error of the mean of independent values, along the first axis.

    s / sqrt(n), s the standard deviation with n - 1 in the denominator; not a number for fewer
    than two values. Blocks of a correlated series must be longer than its correlation time.
    """
    each = np.asarray(values, dtype=np.float64)
    if len(each) < 2:
        return np.full(each.shape[1:], np.nan)
    return np.asarray(np.std(each, axis=0, ddof=1) / np.sqrt(len(each)))


def jackknife_error(left_out: Any) -> Float[np.ndarray, "..."]:
    """Return the standard error of what was found without each of n parts of the data in turn.

    sqrt((n - 1)/n sum_k (x_k - mean of x)^2) along the first axis, x_k without part k; not a
    number for fewer than two parts. Source: B. Efron, The Jackknife, the Bootstrap and Other
    Resampling Plans (SIAM, 1982), eq. 3.1.
    """
    each = np.asarray(left_out, dtype=np.float64)
    count = len(each)
    if count < 2:
        return np.full(each.shape[1:], np.nan)
    scatter = np.sum((each - each.mean(axis=0)) ** 2, axis=0)
    return np.asarray(np.sqrt((count - 1) / count * scatter))
