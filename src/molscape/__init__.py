"""molscape learns the landscapes that molecules move on.

Importing it is light: rooms load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "open": "molscape.io",
    "State": "molscape.core.state",
    "NVE": "molscape.core.ensemble",
    "Langevin": "molscape.core.ensemble",
    "Brownian": "molscape.core.ensemble",
    "NoseHoover": "molscape.core.ensemble",
    "Barostat": "molscape.core.ensemble",
    "Topology": "molscape.core.topology",
    "Frames": "molscape.core.frames",
    "Trajectory": "molscape.core.trajectory",
    "Schedule": "molscape.simulate.schedule",
    "Tempering": "molscape.simulate.tempering",
    "overview": "molscape.report.overview",
}
_ROOMS = (
    "analysis", "core", "export", "features", "fit", "io", "mapping", "objectives",
    "potentials", "reference", "report", "simulate",
)  # fmt: skip

__all__ = ["__version__", *_NAMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"molscape.{name}")
    raise AttributeError(f"module 'molscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
