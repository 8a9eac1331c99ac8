"""Fit methods, one file each: found by the file's name, and loaded when a recipe names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from molscape.core.block import OneOfKind
from molscape.fit.method import Method

PREFERRED = (
    "linear",
    "least_squares",
    "gradient",
    "iterative_boltzmann",
    "inverse_monte_carlo",
    "boltzmann",
    "newton",
)
"""The order in which methods are offered; others follow by name."""


def kinds() -> list[str]:
    """Return the names of all methods, none of them loaded."""
    found = {item.name for item in pkgutil.iter_modules(__path__)}
    return [*PREFERRED, *sorted(found - set(PREFERRED))]


def method_of(kind: str) -> type[Method]:
    """Return the class of the file that bears the name of a kind.

    Raises:
        ValueError: if there is no such file, or no method in it.
    """
    if kind not in kinds():
        raise ValueError(f"no fit method {kind!r}: this molscape has {', '.join(kinds())}")
    module = importlib.import_module(f"{__name__}.{kind}")
    for item in vars(module).values():
        if (
            isinstance(item, type)
            and issubclass(item, Method)
            and item.__module__ == module.__name__
        ):
            return item
    raise ValueError(f"{module.__file__} holds no fit method: derive a class from `Method`")


def kinds_for(objective: str) -> Iterator[str]:
    """Yield the kinds that suit an objective, the default first."""
    return (kind for kind in kinds() if objective in method_of(kind).objectives)


def method_named(name: str) -> type[Method]:
    """Return the method whose fits have this `Fit.method`.

    Raises:
        ValueError: if there is none.
    """
    for kind in kinds():
        method = method_of(kind)
        if method.name == name:
            return method
    raise ValueError(f"no fit method writes {name!r}: this molscape has {', '.join(kinds())}")


ANY_METHOD = OneOfKind(kinds, method_of)
"""For fields of blocks that hold a method: `Annotated[Method, ANY_METHOD]`."""
