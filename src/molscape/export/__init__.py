"""A model as files that other engines run unchanged."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_FUNCTIONS = {
    "openmm_system": "openmm_system",
    "write_gromacs": "gromacs",
    "write_lammps": "lammps",
    "write_openmm": "openmm",
}

__all__ = [*_FUNCTIONS]


def __getattr__(name: str) -> Any:
    return load(__name__, _FUNCTIONS, name)
