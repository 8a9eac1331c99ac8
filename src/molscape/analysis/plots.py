"""Plots of what is measured and fitted, each with the ranges and captions that suit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot

POORLY_SAMPLED = "poorly sampled"
FEWEST_SAMPLES = 100.0
_MOST_POINTS = 1000


def distribution_plot(
    lines: Sequence[Line], title: str = "Radial distribution", caption: str = ""
) -> Plot:
    """Distributions over one another, from zero up; where none has anything is left out."""
    return Plot(
        title, lines, caption, x_range=_visited(lines), y_range=(0.0, 1.08 * _largest(lines))
    )


def angle_plot(
    lines: Sequence[Line], title: str = "Angular distribution", caption: str = ""
) -> Plot:
    """Angular distributions over one another, from zero up."""
    return Plot(title, lines, caption, y_range=(0.0, 1.08 * _largest(lines)))


def potential_plot(
    lines: Sequence[Line],
    kT: float,
    samples: Curve | None = None,
    title: str = "Potential",
    caption: str = "",
) -> Plot:
    """Potentials U(r) with a line at kT, poorly sampled bins shaded, samples as bars below.

    The repulsive wall is cut off at four kT, or twice the depth of the deepest well.

    Args:
        lines: the potentials, in kJ/mol against nm.
        kT: thermal energy in kJ/mol.
        samples: curve whose `samples` say how often each bin was visited.
        title: shown above the plot.
        caption: shown below.
    """
    shaded = [] if samples is None else poorly_sampled(samples)
    low = min(_smallest(lines, shaded), 0.0)
    high = max(4.0 * kT, 2.0 * abs(low))
    return Plot(
        title,
        lines,
        caption,
        y_range=(1.15 * low - 0.2 * kT, high),
        shaded=shaded,
        levels=[(kT, "kT")],
        bars=samples,
    )


def force_plot(
    lines: Sequence[Line],
    samples: Curve | None = None,
    title: str = "Force",
    caption: str = "",
) -> Plot:
    """Forces f(r) = -dU/dr with poorly sampled bins shaded and samples as bars below.

    The repulsive wall is cut off at twice the strongest attraction where there is one.
    """
    shaded = [] if samples is None else poorly_sampled(samples)
    low = _smallest(lines, shaded)
    y_range = (1.2 * low, -2.4 * low) if low < 0 else None
    return Plot(
        title, lines, caption, y_range=y_range, shaded=shaded, levels=[(0.0, "")], bars=samples
    )


def samples_plot(curve: Curve, title: str = "Samples per bin", caption: str = "") -> Plot:
    """How often each bin was visited, poorly sampled ones shaded."""
    return Plot(title, (), caption, shaded=poorly_sampled(curve), bars=curve)


def msd_plot(
    lines: Sequence[Line],
    title: str = "Mean squared displacement",
    caption: str = "",
    logarithmic: bool = True,
) -> Plot:
    """Mean squared displacements against time; a straight line of slope one is diffusion."""
    return Plot(title, lines, caption, x_log=logarithmic, y_log=logarithmic)


def time_plot(
    lines: Sequence[Line], title: str, caption: str = "", window: float | None = None
) -> Plot:
    """A property through a run: each signal faint, its running mean in full.

    Args:
        lines: the property against time.
        title: shown above the plot.
        caption: shown below; the window of the running mean is added.
        window: of the running mean, in the unit of x; a twentieth of the longest run by default.
    """
    if window is None:
        window = max(float(np.ptp(line.curve.x)) for line in lines) / 20.0
    drawn = []
    for line in lines:
        smooth = _running_mean(line.curve, window)
        drawn.append(replace(line, curve=_thinned(line.curve), faint=True))
        drawn.append(replace(line, curve=_thinned(smooth)))
    unit = lines[0].curve.x_unit
    told = f"Thin: the signal; thick: its running mean over {window:.3g} {unit}."
    return Plot(title, drawn, f"{caption} {told}".strip())


def poorly_sampled(curve: Curve, fewest: float = FEWEST_SAMPLES) -> list[tuple[float, float, str]]:
    """Return the regions of x whose bins hold fewer samples than `fewest`.

    Args:
        curve: a curve that counts its samples.
        fewest: samples that a well-sampled bin has.

    Returns:
        (from, to, meaning), at bin edges halfway between the centres.

    Raises:
        ValueError: if the curve has no counts.
    """
    if curve.samples is None:
        raise ValueError(
            f"curve {curve.y_label}({curve.x_label}) has no samples: give a binned one"
        )
    edges = _edges(curve.x)
    poor = np.concatenate([[False], curve.samples < fewest, [False]])
    turns = np.flatnonzero(poor[1:] != poor[:-1])
    return [
        (float(edges[start]), float(edges[stop]), POORLY_SAMPLED)
        for start, stop in zip(turns[::2], turns[1::2], strict=True)
    ]


def _edges(x: np.ndarray) -> np.ndarray:
    if len(x) < 2:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middle = 0.5 * (x[1:] + x[:-1])
    return np.concatenate([[1.5 * x[0] - 0.5 * x[1]], middle, [1.5 * x[-1] - 0.5 * x[-2]]])


def _visited(lines: Sequence[Line]) -> tuple[float, float] | None:
    """Return the range of x where a curve is not zero, if that is a small part of the whole."""
    x = lines[0].curve.x
    low, high = np.inf, -np.inf
    for line in lines:
        seen = line.curve.x[np.nan_to_num(line.curve.y) > 1e-3 * np.nanmax(line.curve.y)]
        if len(seen):
            low, high = min(low, float(seen[0])), max(high, float(seen[-1]))
    if not high - low < 0.5 * np.ptp(x):
        return None
    margin = 0.1 * (high - low)
    return max(float(x[0]), low - margin), min(float(x[-1]), high + margin)


def _largest(lines: Sequence[Line]) -> float:
    return max(float(np.nanmax(line.curve.y)) for line in lines)


def _smallest(lines: Sequence[Line], shaded: Sequence[tuple[float, float, str]]) -> float:
    """Return the lowest y outside the shaded regions."""
    lowest = []
    for line in lines:
        x, y = line.curve.x, line.curve.y
        seen = np.isfinite(y)
        for start, stop, _ in shaded:
            seen &= (x < start) | (x > stop)
        lowest.append(float(np.min(y[seen], initial=np.inf)))
    return min(lowest) if np.isfinite(min(lowest)) else 0.0


def _running_mean(curve: Curve, window: float) -> Curve:
    """Average y over a centred window in x; the window shrinks at the ends."""
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], curve.y[finite]
    total = np.concatenate([[0.0], np.cumsum(y)])
    start = np.searchsorted(x, x - 0.5 * window, side="left")
    stop = np.searchsorted(x, x + 0.5 * window, side="right")
    mean = (total[stop] - total[start]) / (stop - start)
    return replace(curve, x=x, y=mean, error=np.full(len(x), np.nan), samples=None)


def _thinned(curve: Curve) -> Curve:
    """Keep every n-th point, so that a long run stays quick to draw."""
    step = -(-len(curve.x) // _MOST_POINTS)
    return replace(
        curve, x=curve.x[::step], y=curve.y[::step], error=curve.error[::step], samples=None
    )
