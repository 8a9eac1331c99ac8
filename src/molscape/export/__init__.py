"""A model as files that other engines run unchanged."""

from __future__ import annotations

from typing import Any, Literal

from molscape.core.lazy import load

ExportName = Literal["lammps", "gromacs", "openmm"]
"""The names in `EXPORTS`, as a recipe gives them."""

EXPORTS: dict[str, str] = {
    "lammps": "lammps.write_lammps",
    "gromacs": "gromacs.write_gromacs",
    "openmm": "openmm.write_openmm",
}
"""Where in this package the function is that writes a folder for an engine."""

_FUNCTIONS = {
    "openmm_system": "openmm_system",
    "write": "_write",
    "write_gromacs": "gromacs",
    "write_lammps": "lammps",
    "write_openmm": "openmm",
}

__all__ = ["EXPORTS", "ExportName", *_FUNCTIONS]


def __getattr__(name: str) -> Any:
    return load(__name__, _FUNCTIONS, name)
