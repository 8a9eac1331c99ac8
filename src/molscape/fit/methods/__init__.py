"""Fit methods, one file each: found by the file's name, and loaded when a recipe names it."""

from __future__ import annotations

from collections.abc import Iterator

from molscape.core.kinds import Kinds
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


KINDS = Kinds(__name__)
"""For fields of blocks that hold a method: `Annotated[Method, KINDS]`."""


def kinds() -> list[str]:
    """Return the names of all methods, none of them loaded."""
    return [*PREFERRED, *(kind for kind in KINDS.names() if kind not in PREFERRED)]


def method_of(kind: str) -> type[Method]:
    """Return the class of the file that bears the name of a kind.

    Raises:
        ValueError: if there is no such file, or no method in it.
    """
    block = KINDS.block_of(kind)
    if block is None or not issubclass(block, Method):
        raise ValueError(f"no fit method {kind!r}: this molscape has {', '.join(kinds())}")
    return block


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
