"""Where the data determines the rows of a linear potential, and where it does not."""

from __future__ import annotations

import logging

import numpy as np
from jaxtyping import Bool, Float

from molscape.core.linear import SplineRows
from molscape.fit.result import Support

log = logging.getLogger(__name__)

WELL_SAMPLED = 3
"""So many neighbouring intervals must have enough samples where the determined range begins."""

TOLERATED = 0.2
"""Largest share of the determined range that may have too few samples."""

WALL = 16.0
"""Least curvature of the wall where there are no samples, in kT per square of `TRAVEL`."""

TRAVEL = {"nm": 0.02, "rad": 0.2}
"""How far a wall lets go, by the unit of the coordinate."""

REMEDIES = {
    "cutoff": "a larger `spacing`, a `start` nearer to the first neighbours",
    "free": "fewer `intervals`, a `start` and `end` nearer to the values that occur",
    "periodic": "fewer `intervals`",
}


def find_supports(
    term: SplineRows, samples: Float[np.ndarray, "row interval"], minimum: float, frames: int
) -> list[Support]:
    """Return the determined range of each row: intervals with at least `minimum` samples.

    It begins, and unless there is a cutoff also ends, where three neighbouring intervals have
    enough samples; a periodic row is cut at its longest stretch without.

    Raises:
        ValueError: if there is no such range, or more than 20 % of it have too few samples.
    """
    found = []
    for label, counts in zip(term.labels, samples, strict=True):
        poor = counts < minimum
        first, last = _RANGES[term.ends](~poor)
        length = (last - first) % len(poor) + 1 if first < len(poor) else 0
        inside = poor[(first + np.arange(length)) % len(poor)]
        missing = int(np.sum(inside))
        if length < min(WELL_SAMPLED, len(poor)) or missing > TOLERATED * length:
            raise ValueError(
                f"too few samples for the {label} spline: {int(np.sum(poor))} of {len(poor)} "
                f"intervals have fewer than {minimum:g} samples in {frames} frames: use more "
                f"frames, {REMEDIES[term.ends]}, or a smaller `minimum_samples`"
            )
        if missing:
            log.warning(
                "%s spline: %d intervals amid the sampled ones have fewer than %g samples",
                label,
                missing,
                minimum,
            )
        found.append(
            Support(
                kind=term.kind,
                label=label,
                unit=term.unit,
                start=term.start,
                spacing=term.spacing,
                samples=counts,
                first=first,
                last=last,
                poor=poor,
            )
        )
    return found


def active_parameters(
    term: SplineRows, samples: Float[np.ndarray, " interval"]
) -> Bool[np.ndarray, " parameter"]:
    """Return which parameters of a row any sample touches.

    Samples outside the determined range are fitted too, or they would bend the rest. The
    parameters of a periodic row are all active: the penalty carries them over gaps.
    """
    size = term.parameters.shape[1]
    met = np.flatnonzero(samples > 0)
    number = np.arange(size)
    if term.ends == "periodic" or len(met) == 0:
        return np.ones(size, dtype=bool)
    if term.ends == "cutoff":
        return number >= met[0]
    return (number >= met[0]) & (number <= met[-1] + size - term.intervals)


def _from_the_left(enough: np.ndarray) -> int:
    """Return the first index from which three neighbours in a row (or all the rest) have data."""
    for begin in range(len(enough)):
        if enough[begin : begin + WELL_SAMPLED].all():
            return begin
    return len(enough)


def _to_the_end(enough: np.ndarray) -> tuple[int, int]:
    return _from_the_left(enough), len(enough) - 1


def _both_sides(enough: np.ndarray) -> tuple[int, int]:
    return _from_the_left(enough), len(enough) - 1 - _from_the_left(enough[::-1])


def _around(enough: np.ndarray) -> tuple[int, int]:
    """Return the range that is left when the longest poor stretch of a circle is cut out."""
    size = len(enough)
    if enough.all():
        return 0, size - 1
    best, end = 0, 0
    run = 0
    for k in range(2 * size):
        run = 0 if enough[k % size] else run + 1
        if run > best:
            best, end = run, k
    if best >= size:
        return size, size - 1
    return (end + 1) % size, (end - best) % size


_RANGES = {"cutoff": _to_the_end, "free": _both_sides, "periodic": _around}
