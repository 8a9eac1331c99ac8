"""Functional forms, one file each; the file bears the name of the `kind`.

`potentials.PairSpline` is the class of `pair_spline`. Classes load when they are first used, and
reading a recipe imports the files of the kinds it names alone.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from molscape.core.lazy import load

if TYPE_CHECKING:
    import numpy as np

    from molscape.core.potential import Potential
    from molscape.potentials._bead_types import check_bonds as check_bonds
    from molscape.potentials._block import KINDS as KINDS
    from molscape.potentials._block import Making as Making
    from molscape.potentials._block import PotentialBlock as PotentialBlock
    from molscape.potentials._bonded import BondedPotential as BondedPotential
    from molscape.potentials._harmonic_prior import harmonic_from_data as harmonic_from_data
    from molscape.potentials._pair import PairPotential as PairPotential

_SHARED = {
    "KINDS": "_block",
    "BondedPotential": "_bonded",
    "Making": "_block",
    "PairPotential": "_pair",
    "PotentialBlock": "_block",
    "check_bonds": "_bead_types",
    "harmonic_from_data": "_harmonic_prior",
}
"""What is no kind: base classes, and what several kinds need."""


def __getattr__(name: str) -> Any:
    if name in _SHARED:
        return load(__name__, _SHARED, name)
    if not name.startswith("_") and not name.islower():
        for kind in _names():
            if kind.replace("_", "") == name.lower():
                cls = _find_class(kind)
                if cls is not None and cls.__name__ == name:
                    return cls
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def classes() -> dict[str, type[Potential]]:
    """Return the class of every kind that has one; their files are imported for it."""
    found = {kind: _find_class(kind) for kind in _names()}
    return {kind: cls for kind, cls in found.items() if cls is not None}


def class_of(kind: str) -> type[Potential]:
    """Return the class of a kind of potential; no other kind's file is imported for it.

    Raises:
        ValueError: if the kind is not known.
    """
    cls = _find_class(kind) if kind in _names() else None
    if cls is None:
        raise ValueError(f"unknown potential kind {kind!r}: this molscape has {sorted(classes())}")
    return cls


def rebuild(kind: str, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Potential:
    """Rebuild a potential from its kind, settings and arrays, in double precision.

    Raises:
        ValueError: if the kind is not known.
    """
    import jax

    with jax.enable_x64(True):
        return class_of(kind).rebuild(settings, arrays)


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


def _names() -> list[str]:
    """Return the kinds, by the names of the files."""
    from molscape.potentials._block import KINDS

    return KINDS.names()


def _find_class(kind: str) -> type[Potential] | None:
    """Return the class of a kind from its private file, or from the kind's own."""
    from molscape.core.potential import Potential

    private = f"{__name__}._{kind}"
    module = importlib.import_module(
        private if importlib.util.find_spec(private) else f"{__name__}.{kind}"
    )
    for value in vars(module).values():
        is_class = isinstance(value, type) and issubclass(value, Potential)
        if is_class and getattr(value, "kind", None) == kind:
            return value
    return None
