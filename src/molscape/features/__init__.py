"""Positions to invariants: distances, angles, dihedrals, and what networks are given."""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "AngularSymmetry": "symmetry_functions",
    "LocalFrame": "local_frame",
    "RadialSymmetry": "symmetry_functions",
    "SmoothEnvironment": "smooth_environment",
    "Surroundings": "surroundings",
    "MoleculeGeometry": "molecule_geometry",
    "Coordinates": "coordinates",
    "angle": "internal_coordinates",
    "angles": "internal_coordinates",
    "dihedral": "internal_coordinates",
    "dihedrals": "internal_coordinates",
    "distance": "internal_coordinates",
    "distances": "internal_coordinates",
    "standard": "standardisation",
    "whitened": "standardisation",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
