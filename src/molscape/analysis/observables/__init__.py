"""What can be measured alike on a reference and on every run: one observable, one file.

A file `NAME.py` in this folder holds an `Observable` as `OBSERVABLE`, whose name is that of the
file. Files are listed without importing them; `observable(name)` imports one.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from molscape.analysis.observables._distribution import DistributionObservable
from molscape.analysis.observables._observable import (
    Member,
    Observable,
    PartlyMeasuredError,
    Plan,
    SectionName,
)

__all__ = [
    "DistributionObservable",
    "Member",
    "Observable",
    "PartlyMeasuredError",
    "Plan",
    "SectionName",
    "judged_names",
    "names",
    "observable",
    "recipe_names",
]


def names() -> tuple[str, ...]:
    """Return the names of all observables."""
    listed = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in listed if not name.startswith("_")))


def observable(name: str) -> Observable[Any, Any]:
    """Return the observable of that name.

    Raises:
        ValueError: if there is none.
    """
    if name not in names():
        raise ValueError(f"there is no observable {name!r}: use one of {', '.join(names())}")
    found: Observable[Any, Any] = importlib.import_module(f"{__name__}.{name}").OBSERVABLE
    assert found.name == name, f"the observable of {name}.py is called {found.name!r}"
    return found


def recipe_names() -> tuple[str, ...]:
    """Return the names that the `observables` of a recipe can hold."""
    return tuple(name for name in names() if observable(name).in_recipes)


def judged_names() -> tuple[str, ...]:
    """Return the names that the `tolerances` of a recipe can hold."""
    return tuple(dict.fromkeys(key for name in names() for key in observable(name).judged))
