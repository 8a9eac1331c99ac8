"""Functional forms, one file each; classes load when they are first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from molscape.core.lazy import load

if TYPE_CHECKING:
    import numpy as np

    from molscape.core.potential import Potential

_CLASSES = {
    "CGnet": "cgnet",
    "Committee": "committee",
    "Coulomb": "coulomb",
    "AngleSpline": "open_spline",
    "BasisSum": "basis_sum",
    "BondSpline": "open_spline",
    "DeePCG": "deepcg",
    "DihedralSpline": "dihedral_spline",
    "HarmonicAngles": "harmonic_bonded",
    "HarmonicBonds": "harmonic_bonded",
    "HarmonicCoordinate": "outer_field",
    "LennardJones": "lennard_jones",
    "PairSpline": "spline",
    "PeriodicDihedrals": "periodic_dihedrals",
    "RippledQuartic": "outer_field",
    "StillingerWeber": "stillinger_weber",
    "Sum": "sum",
    "TabulatedPair": "tabulated",
}

__all__ = [*_CLASSES, "rebuild"]


def __getattr__(name: str) -> Any:
    return load(__name__, _CLASSES, name)


def rebuild(kind: str, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Potential:
    """Rebuild a potential from its kind, settings and arrays, in double precision.

    Raises:
        ValueError: if the kind is not known.
    """
    classes = {cls.kind: cls for cls in (__getattr__(name) for name in _CLASSES)}
    if kind not in classes:
        raise ValueError(f"unknown potential kind {kind!r}: this molscape has {sorted(classes)}")
    import jax

    with jax.enable_x64(True):
        return classes[kind].rebuild(settings, arrays)


def rebuild_each(parts: Sequence[dict[str, Any]], arrays: dict[str, np.ndarray]) -> list[Potential]:
    """Rebuild several potentials from the kind and settings of each and arrays named "0.name"."""
    found = []
    for k, part in enumerate(parts):
        own = {
            name.split(".", 1)[1]: array
            for name, array in arrays.items()
            if name.startswith(f"{k}.")
        }
        found.append(rebuild(part["kind"], part["settings"], own))
    return found
