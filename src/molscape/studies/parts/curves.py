"""`curves.json`: what a report draws, as numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.curve import Curve
from molscape.core.store import write_text
from molscape.report import Plot, Section

REFERENCE = "all-atom"
"""Label of the reference in plots."""

FORMAT = 2
"""Curves by the key of their plot; format 1 had them by its title."""


@dataclass(frozen=True, eq=False)
class DrawnCurves:
    """The curves of one plot by their labels, and its title."""

    title: str
    curves: dict[str, Curve]


def write_curves(file: Path, sections: Iterable[Section]) -> None:
    """Write every drawn curve as numbers, by the key of its plot (with the state) and its label."""
    plots: dict[str, Any] = {}
    for section in sections:
        for plot in (item for item in section.figures if isinstance(item, Plot)):
            title = f"{plot.title} at {section.at}" if section.at else plot.title
            key = plot.key or plot.title
            plots[f"{section.state}.{key}" if section.state else key] = {
                "title": title,
                "curves": {line.label: line.curve.to_dict() for line in plot.lines},
            }
    text = json.dumps({"format": FORMAT, "plots": plots}, indent=1)
    write_text(file, text.replace("NaN", "null").replace("Infinity", "null"))


def read_curves(file: Path) -> dict[str, DrawnCurves]:
    """Return what `write_curves` wrote, by the key of the plot; of format 1 by its title.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if its format is not known.
    """
    plain = json.loads(file.read_text(encoding="utf-8"))
    if plain["format"] == 1:
        plots = {title: {"title": title, "curves": own} for title, own in plain["curves"].items()}
    elif plain["format"] == FORMAT:
        plots = plain["plots"]
    else:
        raise ValueError(
            f"{file} has format {plain['format']}, this molscape reads 1 and {FORMAT}: upgrade "
            "molscape"
        )
    return {
        key: DrawnCurves(
            one["title"], {label: _curve(curve) for label, curve in one["curves"].items()}
        )
        for key, one in plots.items()
    }


def _curve(plain: dict[str, Any]) -> Curve:
    x, y, error = (_array(plain[key]) for key in ("x", "y", "error"))
    labels = {key: plain[key] for key in ("x_label", "x_unit", "y_label", "y_unit")}
    samples = plain.get("samples")
    return Curve(x, y, error, **labels, samples=None if samples is None else _array(samples))


def _array(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
