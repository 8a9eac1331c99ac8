"""Engines behind one call: potential, topology, start, ensemble, schedule -> run.

run = simulate.jax(potential, topology, start, Langevin(300), Schedule(steps=100_000))
run = simulate.lammps(potential, topology, start, Langevin(300), Schedule(steps=100_000))
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "jax": ("jax_engine", "jax_engine"),
    "lammps": ("lammps_engine", "lammps_engine"),
    "Run": ("run", "Run"),
    "Schedule": ("schedule", "Schedule"),
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        module, attribute = _NAMES[name]
        return getattr(importlib.import_module(f"molscape.simulate.{module}"), attribute)
    raise AttributeError(f"module 'molscape.simulate' has no attribute {name!r}")
