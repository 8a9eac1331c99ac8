"""How an exporter finds what writes a term or an ensemble: by its class, in a table of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from molscape.core.ensemble import Ensemble
from molscape.core.terms import Term, opaque_terms

Writer = TypeVar("Writer")


def writers_of(
    lowered: Iterable[Term], table: Mapping[type[Term], Writer], engine: str, otherwise: str = ""
) -> list[tuple[Term, Writer]]:
    """Return terms with what writes each of them.

    Args:
        lowered: the terms of a potential.
        table: what writes terms of a class.
        engine: the name of the engine that is written for.
        otherwise: what the engine has instead of a term that is not in the table, and what to
            do then; the names of the terms in the table if not given.

    Raises:
        ValueError: if only molscape can evaluate a term, or its class is not in the table.
    """
    found = []
    for term in lowered:
        for opaque in opaque_terms([term]):
            raise ValueError(
                f"{opaque.kind} cannot be written for {engine}: {opaque.why}; run it with the jax "
                "engine"
            )
        if type(term) not in table:
            names = ", ".join(known.__name__ for known in table)
            instead = otherwise or (
                f"only {names}: run this model with the jax engine, or leave that term out"
            )
            raise ValueError(
                f"a term {type(term).__name__} cannot be written for {engine}, {instead}"
            )
        found.append((term, table[type(term)]))
    return found


def writer_of_ensemble(
    ensemble: Ensemble, table: Mapping[type[Ensemble], Writer], engine: str
) -> Writer:
    """Return what writes an ensemble.

    Raises:
        ValueError: if its class is not in the table.
    """
    if type(ensemble) not in table:
        names = ", ".join(known.__name__ for known in table)
        raise ValueError(
            f"the ensemble {type(ensemble).__name__} cannot be written for {engine}, only {names}: "
            "use one of them, or the jax engine"
        )
    return table[type(ensemble)]
