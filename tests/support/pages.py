"""What a page shows, read from the page itself: axes, legends, and lines that can be seen."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from molscape.core.panels import Plot
from molscape.studies.parts.curves import read_curves


class Shown(NamedTuple):
    """Titles of the axes of a plot, with their units, and the entries of its legend."""

    x: str
    y: str
    legend: frozenset[str]


def shown(folder: Path) -> list[Shown]:
    """Return what each plot of a run folder's report shows; every line must be visible."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.S).group(1))
    found = []
    for figure in figures.values():
        lines = [trace for trace in figure["data"] if trace["type"] == "scatter"]
        lines = [trace for trace in lines if "fill" not in trace]
        if not lines or "scene" in figure["layout"] or "title" not in figure["layout"]["xaxis"]:
            continue
        if any(trace["type"] == "heatmap" for trace in figure["data"]):
            continue
        titles = [figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
        named = [trace["name"] for trace in lines if trace.get("showlegend", True)]
        assert all(titles), figure
        assert all(named), titles
        assert len(set(named)) == len(named), named
        for trace in lines:
            points = zip(trace["x"], trace["y"], strict=True)
            assert any(x is not None and y is not None for x, y in points), trace["name"]
        found.append(Shown(*titles, frozenset(named)))
    assert len(found) == len(read_curves(folder / "curves.json"))
    return found


def looked_at(plot: Plot) -> Shown:
    """Return what a plot will show; every line must have finite points and the same units."""
    for line in plot.lines:
        assert line.label
        assert np.any(np.isfinite(line.curve.x) & np.isfinite(line.curve.y)), line.label
    axes = {(c.x_label, c.x_unit, c.y_label, c.y_unit) for c in (line.curve for line in plot.lines)}
    ((x, x_unit, y, y_unit),) = axes
    labels = [line.label for line in plot.lines if not line.faint]
    assert len(set(labels)) == len(labels)
    return Shown(f"{x} / {x_unit}".rstrip(" /"), f"{y} / {y_unit}".rstrip(" /"), frozenset(labels))
