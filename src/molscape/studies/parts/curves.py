"""`curves.json`: what a report draws, as numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from molscape.core.store import write_text
from molscape.report import Plot, Section

REFERENCE = "all-atom"
"""Label of the reference in plots."""


def write_curves(file: Path, sections: Iterable[Section]) -> None:
    """Write every drawn curve as numbers, by plot title and label."""
    curves: dict[str, Any] = {}
    for section in sections:
        state = section.title.partition(" at ")[2]
        for plot in (item for item in section.figures if isinstance(item, Plot)):
            title = f"{plot.title} at {state}" if state else plot.title
            curves[title] = {line.label: line.curve.to_dict() for line in plot.lines}
    text = json.dumps({"format": 1, "curves": curves}, indent=1)
    write_text(file, text.replace("NaN", "null").replace("Infinity", "null"))
