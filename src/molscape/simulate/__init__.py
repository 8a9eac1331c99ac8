"""Engines behind one call: potential, topology, start, ensemble, schedule -> run.

run = simulate.jax(potential, topology, start, Langevin(300), Schedule(steps=100_000))
run = simulate.lammps(potential, topology, start, Langevin(300), Schedule(steps=100_000))
run = simulate.openmm(potential, topology, start, Langevin(300), Schedule(steps=100_000))
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "jax": "jax_engine.jax_engine",
    "lammps": "lammps_engine.lammps_engine",
    "openmm": "openmm_engine.openmm_engine",
    "Run": "run",
    "Schedule": "schedule",
    "Tempering": "tempering",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
