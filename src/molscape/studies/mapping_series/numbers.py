"""The numbers of a series: those of every member that mean the same whatever the mapping is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from molscape.analysis.observables import names, observable
from molscape.core.record import Number, Record
from molscape.studies.mapping_series.recipe import SeriesRecipe

EXPLAINED = "force_loss.explained"
SPEED = "speed.ratio"

SHARED = (EXPLAINED, f"{EXPLAINED}_at_most", SPEED)
"""Numbers of a model that are no observables and mean the same whatever the mapping is."""


def shared_observables() -> list[str]:
    """Return the names of observables that mean the same whatever the mapping is, in order."""
    shared = (observable(name) for name in names() if observable(name).column)
    return [each.name for each in sorted(shared, key=lambda each: each.order)]


def shared_numbers(mapping: str, record: Record, recipe: SeriesRecipe) -> Iterator[Number]:
    """Return the numbers of every model that can be compared between mappings."""
    shared = set(shared_observables())
    for number in record.numbers:
        key = number.key
        if key.subject in recipe.models and (key.observable in shared or key.quantity in SHARED):
            yield replace(number, key=replace(key, member=mapping))
