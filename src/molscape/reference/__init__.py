"""All-atom data made here with OpenMM, and the data that come with the package.

system = reference.water_box("spce", molecules=300)
schedule = reference.SamplingSchedule(frames=200, interval=5.0)
folder = reference.sample(system, State(300.0, pressure=BAR), schedule, "water")
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "AllAtomSystem": ("system", "AllAtomSystem"),
    "WATER_MODELS": ("water", "WATER_MODELS"),
    "rigid_water": ("water", "rigid_water"),
    "water_box": ("water", "water_box"),
    "Hardware": ("engine", "Hardware"),
    "SamplingSchedule": ("schedule", "SamplingSchedule"),
    "sample": ("sampling", "sample"),
    "make_water": ("making", "make_water"),
    "with_constraints": ("rigid", "with_constraints"),
    "shipped": ("shipping", "shipped"),
    "measure_speed": ("speed", "measure_speed"),
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        module, attribute = _NAMES[name]
        return getattr(importlib.import_module(f"molscape.reference.{module}"), attribute)
    raise AttributeError(f"module 'molscape.reference' has no attribute {name!r}")
