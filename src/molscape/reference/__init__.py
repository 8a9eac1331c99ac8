"""All-atom data made here with OpenMM, and the data that come with the package.

system = reference.water_box("spce", molecules=300)
schedule = reference.SamplingSchedule(frames=200, interval=5.0)
folder = reference.sample(system, State(300.0, pressure=BAR), schedule, "water")
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "AllAtomSystem": "system",
    "WATER_MODELS": "water",
    "rigid_water": "water",
    "water_box": "water",
    "Hardware": "engine",
    "SamplingSchedule": "schedule",
    "sample": "sampling",
    "make_water": "making",
    "with_constraints": "rigid",
    "shipped": "shipping",
    "measure_speed": "speed",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
