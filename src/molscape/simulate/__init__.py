"""Engines behind one call: potential, topology, start, ensemble, schedule -> run.

run = simulate.Jax().run(potential, topology, start, Langevin(300), Schedule(steps=100_000))
run = simulate.Lammps().run(potential, topology, start, Langevin(300), Schedule(steps=100_000))
run = simulate.OpenMM().run(potential, topology, start, Langevin(300), Schedule(steps=100_000))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from molscape.core.lazy import LazyTable, load

if TYPE_CHECKING:
    from molscape.simulate.engine import Engine

ENGINES: LazyTable[type[Engine]] = LazyTable(
    __name__,
    {
        "jax": "jax_engine.Jax",
        "lammps": "lammps_engine.Lammps",
        "openmm": "openmm_engine.OpenMM",
    },
)
"""The engines by the name that a recipe gives them; names load nothing."""

_NAMES = {
    "Engine": "engine",
    "Evaluation": "engine",
    "Jax": "jax_engine",
    "Lammps": "lammps_engine",
    "OpenMM": "openmm_engine",
    "Run": "run",
    "Schedule": "schedule",
    "Tempering": "tempering",
    "evaluate": "evaluation",
}

__all__ = ["ENGINES", *_NAMES]


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
