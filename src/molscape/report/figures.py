"""A `Plot` as the data and layout that plotly draws."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Num

from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot
from molscape.report.axes import bar_width, samples_axis, x_axis, y_axis
from molscape.report.format import format_unit, format_value

Colour = str
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
INK = "#1a1a1a"
# Okabe and Ito's palette without black and yellow: told apart by colour-blind readers
MODEL_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MODEL_DASHES = ("solid", "dash", "dashdot", "dot", "longdash", "longdashdot")
_REFERENCE_COLOURS = (INK, "#767676", "#a3a3a3")
_SHADES = ("rgba(90,90,90,0.2)", "rgba(213,160,0,0.2)", "rgba(0,114,178,0.15)")
_DIGITS = 6
_SPLIT = 0.34
# so many dots are each worth looking at, and drawn large
_FEW_POINTS = 200
# a band that reaches zero has no end on a logarithmic axis: cut at this share of its line
_LOWEST_OF_BAND = 1e-3
# the axis below two panels draws its lines around the lower one only
_UPPER_FRAME = {
    "type": "rect",
    "xref": "paper",
    "yref": "paper",
    "x0": 0,
    "x1": 1,
    "y0": _SPLIT,
    "y1": 1,
    "line": {"width": 1, "color": "#4a4a4a"},
}
# pixels: what the buttons above a plot and one row of its legend need
_BUTTON_HEIGHT = 40
LEGEND_ROW = 24
_LEGEND_WIDTH = 430
_SWATCH_WIDTH = 48
_LETTER_WIDTH = 8


@dataclass(frozen=True)
class Style:
    """How the lines of one label look."""

    colour: Colour
    dash: str
    width: float


def styles_of(plots: Iterable[Plot]) -> dict[str, Style]:
    """Give each label of a page one style, in order of appearance.

    References are black and grey, floors grey and dotted, models take the palette and differ
    in dashes too, for those who print in grey.
    """
    styles: dict[str, Style] = {}
    counts = {"reference": 0, "model": 0, "floor": 0}
    for line in (line for plot in plots for line in plot.lines):
        if line.label in styles:
            continue
        index = counts[line.role]
        counts[line.role] += 1
        if line.role == "reference":
            colour = _REFERENCE_COLOURS[index % len(_REFERENCE_COLOURS)]
            styles[line.label] = Style(colour, "solid", 2.6)
        elif line.role == "floor":
            styles[line.label] = Style("#767676", "dot", 1.6)
        else:
            colour = MODEL_COLOURS[index % len(MODEL_COLOURS)]
            dash = _MODEL_DASHES[index % len(_MODEL_DASHES)]
            styles[line.label] = Style(colour, dash, 2.0)
    return styles


def draw(plot: Plot, styles: dict[str, Style]) -> dict[str, Any]:
    """Return `{"data": ..., "layout": ..., "config": ...}` for plotly, as plain JSON types.

    Bands of two standard errors are filled areas below the lines; NaN leaves a gap.

    Args:
        plot: what to draw.
        styles: a style for each label, from `styles_of`.
    """
    bands = [_band(line, styles[line.label], plot) for line in plot.lines if has_band(line)]
    lines = [_trace(line, styles[line.label]) for line in plot.lines]
    bars = [] if plot.bars is None else [_bars(plot.bars, below=bool(plot.lines))]
    name = re.sub(r"[^A-Za-z0-9]+", "-", plot.title).strip("-").lower()
    return {
        "data": bands + lines + bars,
        "layout": _layout(plot),
        "config": {
            "responsive": True,
            "displaylogo": False,
            # named one by one: the default set has a button that sends the data away
            "modeBarButtons": [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
            "toImageButtonOptions": {"format": "svg", "filename": name or "plot"},
        },
    }


def has_band(line: Line) -> bool:
    """Return whether a line is drawn with an error band."""
    error = line.curve.error
    return not (line.faint or line.points) and bool(np.any(np.isfinite(error) & (error > 0)))


def legend_rows(plot: Plot) -> int:
    """Return how many rows the legend needs, filled from left to right like plotly does."""
    names = [line.label for line in plot.lines if not line.faint]
    names += [meaning for _, _, meaning in plot.shaded]
    rows, filled = 1, 0
    for name in dict.fromkeys(names):
        width = _SWATCH_WIDTH + _LETTER_WIDTH * len(name)
        if filled and filled + width > _LEGEND_WIDTH:
            rows, filled = rows + 1, 0
        filled += width
    return rows


def plain(values: Num[np.ndarray, " point"]) -> list[float | None]:
    """Return numbers with six digits; what is not finite becomes null, a gap in the line."""
    return [
        float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values.tolist()
    ]


def _trace(line: Line, style: Style) -> dict[str, Any]:
    curve = line.curve
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines" if len(curve.x) > 1 else "markers",
        "x": plain(curve.x),
        "y": plain(curve.y),
        "name": line.label,
        "legendgroup": line.label,
        "line": {"color": style.colour, "width": style.width, "dash": style.dash},
    }
    if line.points:
        trace["mode"] = "markers"
        few = len(curve.x) <= _FEW_POINTS
        size, opacity = (7, 0.7) if few else (3, 0.35)
        trace["marker"] = {"color": style.colour, "size": size, "opacity": opacity}
        return trace | {"hoverinfo": "skip"}
    if line.faint:
        trace["line"] = {"color": style.colour, "width": 0.8}
        return trace | {"opacity": 0.3, "showlegend": False, "hoverinfo": "skip"}
    unit = format_unit(curve.y_unit)
    told = [
        format_value(y, error)
        for y, error in zip(curve.y.tolist(), curve.error.tolist(), strict=True)
    ]
    if line.names:
        trace["mode"] = "lines+markers"
        trace["marker"] = {"color": style.colour, "size": 8}
        told = [f"{name}: {text}" for name, text in zip(line.names, told, strict=True)]
    template = f"%{{customdata}} {unit}".strip() + "<extra>%{fullData.name}</extra>"
    return trace | {"customdata": told, "hovertemplate": template}


def _band(line: Line, style: Style, plot: Plot) -> dict[str, Any]:
    """Return one closed outline for each unbroken stretch of the band."""
    curve = line.curve
    known = np.isfinite(curve.y) & np.isfinite(curve.error)
    known &= ~(plot.x_log & (curve.x <= 0)) & ~(plot.y_log & (curve.y <= 0))
    x: list[float | None] = []
    y: list[float | None] = []
    for piece in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1):
        if not len(piece) or not known[piece[0]]:
            continue
        upper = curve.y[piece] + 2.0 * curve.error[piece]
        lower = curve.y[piece] - 2.0 * curve.error[piece]
        if plot.y_log:
            lower = np.maximum(lower, _LOWEST_OF_BAND * curve.y[piece])
        gap: list[float | None] = [None] if x else []
        x += gap + plain(np.concatenate([curve.x[piece], curve.x[piece][::-1]]))
        y += gap + plain(np.concatenate([upper, lower[::-1]]))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillcolor": _transparent(style.colour),
        "line": {"width": 0, "color": style.colour},
        "name": f"{line.label} ± 2 standard errors",
        "legendgroup": line.label,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _bars(curve: Curve, below: bool) -> dict[str, Any]:
    counts = curve.y if curve.samples is None else curve.samples
    return {
        "type": "bar",
        "x": plain(curve.x),
        "y": plain(counts),
        "width": bar_width(curve.x),
        "name": "samples per bin",
        "showlegend": False,
        "marker": {"color": "#8a8a8a", "line": {"width": 0}},
        "yaxis": "y2" if below else "y",
        "hovertemplate": "%{y:,.4~g} samples<extra></extra>",
    }


def _layout(plot: Plot) -> dict[str, Any]:
    stacked = bool(plot.lines) and plot.bars is not None
    curve = plot.lines[0].curve if plot.lines else plot.bars
    assert curve is not None  # a plot without lines has bars
    layout: dict[str, Any] = {
        "autosize": True,
        "margin": {
            "l": 64,
            "r": _right_margin(plot),
            "t": _BUTTON_HEIGHT + LEGEND_ROW * legend_rows(plot),
            "b": 52,
        },
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "white", "bordercolor": "#b0b0b0"},
        "bargap": 0,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "bgcolor": "rgba(255,255,255,0)",
            "tracegroupgap": 0,
            "font": {"size": 13},
        },
        "showlegend": True,
        "xaxis": x_axis(plot, curve),
        "shapes": _shaded(plot) + _level_lines(plot),
        "annotations": _level_names(plot),
    }
    if plot.lines:
        layout["yaxis"] = y_axis(plot, curve)
        if stacked:
            layout["yaxis"]["domain"] = [_SPLIT, 1.0]
            layout["shapes"].append(_UPPER_FRAME)
            layout["xaxis"]["anchor"] = "y2"
    if plot.bars is not None:
        layout["yaxis2" if stacked else "yaxis"] = samples_axis(plot.bars)
        if stacked:
            layout["yaxis2"]["domain"] = [0.0, 0.24]
    return layout


def _right_margin(plot: Plot) -> int:
    return max(16, *(10 + _LETTER_WIDTH * len(name) for _, name in plot.levels), 0)


def _shaded(plot: Plot) -> list[dict[str, Any]]:
    meanings = list(dict.fromkeys(meaning for _, _, meaning in plot.shaded))
    panels = ("y", "y2") if plot.lines and plot.bars is not None else ("y",)
    told: set[str] = set()
    shapes: list[dict[str, Any]] = []
    for (start, stop, meaning), panel in product(plot.shaded, panels):
        shapes.append(
            {
                "type": "rect",
                "xref": "x",
                "yref": f"{panel} domain",
                "x0": start,
                "x1": stop,
                "y0": 0,
                "y1": 1,
                "fillcolor": _SHADES[meanings.index(meaning) % len(_SHADES)],
                "line": {"width": 0},
                "layer": "below",
                "name": meaning,
                "showlegend": meaning not in told,
                "legendgroup": meaning,
            }
        )
        told.add(meaning)
    return shapes


def _level_lines(plot: Plot) -> list[dict[str, Any]]:
    line = {"color": "#6a6a6a", "width": 1, "dash": "dot"}
    return [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}
        for y, _ in plot.levels
    ]


def _level_names(plot: Plot) -> list[dict[str, Any]]:
    return [
        {
            "xref": "paper",
            "x": 1,
            "xanchor": "left",
            "xshift": 4,
            "y": y,
            "yanchor": "middle",
            "text": name,
            "showarrow": False,
            "font": {"size": 12, "color": "#4a4a4a"},
        }
        for y, name in plot.levels
        if name
    ]


def _transparent(colour: Colour) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"
