"""The axes of a plot: titles with units, ranges that show the lines, labels of decades."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.curve import Curve
from molscape.core.panels import Plot, Real
from molscape.report.format import axis_title, format_label, format_tick, format_unit


def x_axis(plot: Plot, curve: Curve) -> dict[str, Any]:
    """Return the axis below a plot; bins are shown to their edges."""
    axis = frame_axis(axis_title(curve.x_label, curve.x_unit))
    unit = format_unit(curve.x_unit)
    axis["unifiedhovertitle"] = {
        "text": f"{format_label(curve.x_label)} = %{{x:.4~g}} {unit}".strip()
    }
    limits = plot.x_range or _x_extent(plot)
    return axis | (_logarithmic(limits) if plot.x_log else {"range": list(limits)})


def y_axis(plot: Plot, curve: Curve) -> dict[str, Any]:
    """Return the axis beside a plot; by default it shows what the lines need in view."""
    axis = frame_axis(axis_title(curve.y_label, curve.y_unit))
    limits = plot.y_range or _visible(plot)
    return axis | (_logarithmic(limits) if plot.y_log else {"range": list(limits)})


def samples_axis(curve: Curve) -> dict[str, Any]:
    """Return the axis of counts, logarithmic if they span more than two decades."""
    counts = curve.y if curve.samples is None else curve.samples
    seen = counts[np.isfinite(counts) & (counts > 0)]
    axis = frame_axis("samples")
    if len(seen) and float(seen.max() / seen.min()) > 100.0:
        return axis | _logarithmic((0.7 * float(seen.min()), 1.5 * float(seen.max())), most=3)
    return axis | {"range": [0.0, 1.08 * float(np.max(seen, initial=1.0))], "nticks": 4}


def bar_width(x: Float[np.ndarray, " bin"]) -> float | None:
    """Return the typical distance between bins, None for a single one."""
    return float(np.median(np.diff(x))) if len(x) > 1 else None


def frame_axis(title: str) -> dict[str, Any]:
    """Return an axis with its title, a frame and ticks outside."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 14}},
        "tickfont": {"size": 12},
        "showline": True,
        "linecolor": "#4a4a4a",
        "mirror": True,
        "ticks": "outside",
        "tickcolor": "#4a4a4a",
        "ticklen": 4,
        "gridcolor": "#ececec",
        "zeroline": False,
        "automargin": True,
        "minexponent": 4,
        "exponentformat": "power",
    }


def _logarithmic(limits: tuple[Real, Real], most: int = 8) -> dict[str, Any]:
    """Return a logarithmic axis with at most so many decades labelled, 2 and 5 too if few."""
    if min(limits) <= 0:
        raise ValueError(
            f"range {limits} of a logarithmic axis reaches zero: give a positive range"
        )
    low, high = (float(np.log10(limit)) for limit in limits)
    steps = (1.0,) if high - low > 2.0 else (1.0, 2.0, 5.0)
    every = 1 + int((high - low) // most)
    decades = range(int(np.floor(low)), int(np.ceil(high)) + 1, every)
    ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
    ticks = [tick for tick in ticks if low - 1e-9 <= np.log10(tick) <= high + 1e-9]
    return {
        "type": "log",
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [format_tick(tick) for tick in ticks],
    }


def _x_extent(plot: Plot) -> tuple[float, float]:
    """Return the x that the curves cover; bins are covered to their edges."""
    curves = [line.curve for line in plot.lines]
    curves += [] if plot.bars is None else [plot.bars]
    lows, highs = [], []
    for curve in curves:
        x = curve.x[curve.x > 0] if plot.x_log else curve.x
        x = x[np.isfinite(x)]
        half = 0.5 * (bar_width(x) or 0.0)
        starts_at_zero = bool(len(x)) and half > 0 and abs(x[0] - half) < 1e-6 * half
        edge = half if not plot.x_log and (starts_at_zero or curve is plot.bars) else 0.0
        lows.append(float(np.min(x, initial=np.inf)) - edge)
        highs.append(float(np.max(x, initial=-np.inf)) + edge)
    low, high = min(lows), max(highs)
    if not np.isfinite(high - low):
        return (0.1, 1.0)
    if low == high:
        return (0.9 * low, 1.1 * low) if plot.x_log else (low - 0.5, high + 0.5)
    return (max(low, 0.0) if abs(low) < 1e-9 else low, high)


def _visible(plot: Plot) -> tuple[float, float]:
    """Return the range of y that the lines need where they are in view, with a margin."""
    seen = []
    for line in plot.lines:
        x, y = line.curve.x, line.curve.y
        low, high = plot.x_range or (-np.inf, np.inf)
        inside = np.isfinite(y) & (x >= low) & (x <= high)
        if plot.x_log:
            inside &= x > 0
        if plot.y_log:
            inside &= y > 0
        seen.append(y[inside])
    values = np.concatenate(seen)
    if not len(values):
        return (0.1, 1.0)
    low, high = float(values.min()), float(values.max())
    if plot.y_log:
        return low / 1.3, high * 1.3
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin
