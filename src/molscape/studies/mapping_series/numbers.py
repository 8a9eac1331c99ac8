"""The numbers of a series: those of every member that mean the same whatever the mapping is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from molscape.core.record import Number, Record
from molscape.studies.mapping_series.recipe import SeriesRecipe

SHARED = ("centres.", "gyration.", "force_loss.explained", "pressure", "diffusion", "speed.ratio")
"""Numbers of a model that mean the same whatever the mapping is, as they begin."""


def shared_numbers(mapping: str, record: Record, recipe: SeriesRecipe) -> Iterator[Number]:
    """Return the numbers of every model that can be compared between mappings."""
    for number in record.numbers:
        model, _, rest = number.name.partition(".")
        if model in recipe.models and rest.startswith(SHARED):
            yield replace(number, name=f"{mapping}.{number.name}")
