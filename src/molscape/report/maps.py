"""A `Map` as the data and layout that plotly draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core.panels import Map
from molscape.report.axes import frame_axis
from molscape.report.figures import FONT, INK, plain
from molscape.report.format import axis_title, format_unit

_COLOURS = "Viridis"


def draw_map(figure: Map) -> dict[str, Any]:
    """Return `{"data": ..., "layout": ..., "config": ...}` for plotly, as plain JSON types."""
    finite = figure.values[np.isfinite(figure.values)]
    if not len(finite):
        raise ValueError(f"map {figure.title!r} is empty: give it a value that is finite")
    low, high = figure.value_range or (float(finite.min()), float(finite.max()))
    x_title, y_title, title = (
        axis_title(label, unit) for label, unit in zip(figure.labels, figure.units, strict=True)
    )
    told = " <br>".join(
        f"{label} = %{{{name}:.3~g}} {format_unit(unit)}"
        for name, label, unit in zip("xyz", figure.labels, figure.units, strict=True)
    )
    colours: dict[str, Any] = {
        "type": "heatmap",
        "x": plain(figure.x),
        "y": plain(figure.y),
        "z": [plain(row) for row in figure.values.T],
        "zmin": low,
        "zmax": high,
        "colorscale": _COLOURS,
        "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 14, "outlinewidth": 0},
        "hovertemplate": f"{told}<extra></extra>",
    }
    data = [colours]
    if figure.level is not None:
        data.append(
            {
                "type": "contour",
                **{key: colours[key] for key in ("x", "y", "z")},
                "contours": {
                    "coloring": "none",
                    "start": low,
                    "end": high,
                    "size": figure.level,
                },
                "line": {"color": "rgba(255,255,255,0.6)", "width": 0.8},
                "showscale": False,
                "hoverinfo": "skip",
            }
        )
    x_range, y_range = ([float(v.min()), float(v.max())] for v in (figure.x, figure.y))
    return {
        "data": data,
        "layout": {
            "autosize": True,
            "margin": {"l": 64, "r": 16, "t": 44, "b": 52},
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "white",
            "plot_bgcolor": "white",
            "xaxis": frame_axis(x_title) | {"range": x_range, "showgrid": False},
            "yaxis": frame_axis(y_title) | {"range": y_range, "showgrid": False},
            "showlegend": False,
        },
        "config": {
            "responsive": True,
            "displaylogo": False,
            "modeBarButtons": [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
        },
    }
