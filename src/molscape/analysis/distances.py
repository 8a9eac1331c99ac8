"""How far two distributions are apart, with an error, and the floor that sampling puts under it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks
from molscape.core.curve import Curve
from molscape.core.trajectory import Trajectory

SPACING = 0.005
"""Common grid of distributions of a length, in nm."""

LONGEST = 0.9
"""Default end of the range of distributions of a length, in nm."""

DRAWS = 400
"""Bootstrap samples behind an error."""


def distribution_distance(
    a: Curve, b: Curve, *, low: float | None = None, high: float | None = None
) -> float:
    """Return |dg| = integral of |y_a - y_b| dx over a range.

    Curves on different grids are interpolated to bins of 0.005 nm (angles and probability
    densities: the finer of the two). Curves of angles are first normalised to integrate to one.

    Args:
        a: one curve, on bins of equal width.
        b: the other.
        low: start of the range in units of x; by default the first bin that is not zero.
        high: its end; by default 0.9 nm or the end of the shorter curve; the end for angles and
            probability densities.

    Returns:
        The distance in units of x times y.

    Raises:
        ValueError: if the units differ, or the range leaves a curve or is empty.
    """
    _check_units(a, b)
    grid = _Grid(a, b, low, high)
    return float(grid.distance(a.y[None], b.y[None])[0])


def distance_with_error(
    a: Blocks,
    b: Blocks,
    *,
    low: float | None = None,
    high: float | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the distance of two curves and its standard error by block bootstrap.

    Blocks of both are drawn with replacement; the error is the standard deviation of the
    distance of the drawn curves (not a number when both have a single block).
    """
    curve_a, curve_b = a.curve(), b.curve()
    _check_units(curve_a, curve_b)
    grid = _Grid(curve_a, curve_b, low, high)
    value = float(grid.distance(curve_a.y[None], curve_b.y[None])[0])
    if max(len(a), len(b)) < 2:
        return value, float("nan")
    drawn = grid.distance(a.resampled(DRAWS, seed), b.resampled(DRAWS, seed + 1))
    return value, float(drawn.std(ddof=1))


def floor(
    source: Blocks | Trajectory,
    analysis: Callable[[Trajectory], Blocks | Curve] | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    blocks: int = 10,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the distance between the two halves in time, and its block bootstrap error.

    Args:
        source: blocks of an analysis, or a trajectory, which is read once.
        analysis: what to do with the trajectory, such as `rdf_blocks`; a function that returns
            a curve is called on each of `blocks` stretches of the trajectory.
        low: start of the range, as in `distribution_distance`.
        high: end of the range.
        blocks: number of stretches when the analysis returns curves.
        seed: seed of the bootstrap.

    Raises:
        ValueError: if there is only one frame, or a trajectory comes without an analysis.
    """
    if isinstance(source, Trajectory):
        if analysis is None:
            raise ValueError("a trajectory needs an `analysis`, such as analysis.rdf_blocks")
        source = _blocks_of(source, analysis, blocks)
    first, second = source.halves()
    return distance_with_error(first, second, low=low, high=high, seed=seed)


def halves(trajectory: Trajectory) -> tuple[Trajectory, Trajectory]:
    """Return the first and the second half of the frames, the middle one left out if odd.

    Raises:
        ValueError: if there are fewer than two frames.
    """
    count = len(trajectory)
    if count < 2:
        raise ValueError(f"{count} frame(s) cannot be halved: give at least two")
    return trajectory[: count // 2], trajectory[(count + 1) // 2 :]


def _blocks_of(
    trajectory: Trajectory, analysis: Callable[[Trajectory], Blocks | Curve], blocks: int
) -> Blocks:
    """Analyse a trajectory in one pass; curves are taken stretch by stretch of file order."""
    starts = np.unique(np.linspace(0, len(trajectory), blocks + 1).astype(int))
    if len(starts) < 3:
        raise ValueError("one frame or one block cannot be halved: give at least two")
    probe = analysis(trajectory[: starts[1]])
    if isinstance(probe, Blocks):
        found = analysis(trajectory)
        assert isinstance(found, Blocks), "an analysis returns one kind of result"
        return found
    curves = [probe]
    for start, stop in pairwise(starts[1:]):
        curve = analysis(trajectory[int(start) : int(stop)])
        assert isinstance(curve, Curve), "an analysis returns one kind of result"
        curves.append(curve)
    lengths = np.diff(starts)[:, None].astype(float)
    bins = min(len(curve.x) for curve in curves)
    values = np.stack([curve.y[:bins] for curve in curves])
    return Blocks(
        x=probe.x[:bins],
        numerator=values * lengths,
        denominator=np.broadcast_to(lengths, values.shape).copy(),
        replica=np.zeros(len(curves), dtype=np.int64),
        part=np.arange(len(curves)),
        x_label=probe.x_label,
        x_unit=probe.x_unit,
        y_label=probe.y_label,
        y_unit=probe.y_unit,
    )


def _check_units(a: Curve, b: Curve) -> None:
    if (a.x_unit, a.y_unit) != (b.x_unit, b.y_unit):
        raise ValueError(
            f"curves in {a.x_unit or '1'}, {a.y_unit or '1'} and {b.x_unit or '1'}, "
            f"{b.y_unit or '1'} cannot be compared: convert one of them"
        )


class _Grid:
    """The bins on which two curves are compared."""

    def __init__(self, a: Curve, b: Curve, low: float | None, high: float | None) -> None:
        self.angular = a.x_unit == "rad"
        whole = self.angular or a.y_unit == "1/nm"
        self.sources = (a.x, b.x)
        widths = [float(x[1] - x[0]) for x in self.sources]
        starts = [float(x[0]) - w / 2 for x, w in zip(self.sources, widths, strict=True)]
        ends = [float(x[-1]) + w / 2 for x, w in zip(self.sources, widths, strict=True)]
        self.same = a.x.shape == b.x.shape and np.allclose(a.x, b.x, rtol=0, atol=1e-9)
        self.width = widths[0] if self.same else min(widths) if whole else SPACING
        shortest = min(ends)
        if high is None:
            high = shortest if whole else min(LONGEST, shortest)
        occupied = [x[np.flatnonzero(y)] for x, y in ((a.x, a.y), (b.x, b.y)) if np.any(y)]
        if low is None:
            low = min((float(x[0]) for x in occupied), default=max(starts)) - self.width / 2
            low = max(low, *starts)
        slack = 1e-6 * self.width
        if low < max(starts) - self.width or high > shortest + self.width or high <= low:
            raise ValueError(
                f"the range {low:g} to {high:g} {a.x_unit} is empty or leaves the curves, which "
                f"span {max(starts):g} to {shortest:g}: choose `low` and `high` inside"
            )
        if self.same:
            x = a.x
        else:
            start = max(starts)
            x = start + self.width * (
                np.arange(int(np.ceil((shortest - start) / self.width))) + 0.5
            )
        self.x = x[(x > low - slack) & (x < high + slack)]

    def distance(
        self, a: Float[np.ndarray, "draw first"], b: Float[np.ndarray, "draw second"]
    ) -> Float[np.ndarray, " draw"]:
        """Return the distance of each pair of rows."""
        a, b = (self._on_grid(y, x) for y, x in zip((a, b), self.sources, strict=True))
        return np.abs(a - b).sum(axis=1) * self.width

    def _on_grid(self, values: np.ndarray, x: np.ndarray) -> np.ndarray:
        if self.angular:
            area = values.sum(axis=1, keepdims=True) * (x[1] - x[0])
            values = np.divide(values, area, out=np.zeros_like(values), where=area != 0)
        if self.same:
            return values[:, np.searchsorted(x, self.x - self.width / 2)]
        return np.stack([np.interp(self.x, x, row) for row in values])
