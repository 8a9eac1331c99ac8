"""Free energies of two dihedrals, reference and models side by side, and how far they are apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from molscape.analysis.maps import Map as Counted
from molscape.analysis.maps import divergence, divergence_floor, energy_deviation
from molscape.analysis.survey import Measured
from molscape.core.panels import Map
from molscape.core.record import Record

THIS_RUN = "molscape, this run"
HIGHEST = 6.0
"""Free energies are drawn up to here, in kT."""

LANDSCAPE_TEXT = (
    "Free energy over two neighbouring dihedrals, from the share of frames in bins of 10 degrees; "
    "white where there is nothing, or above 6 kT."
)

VISITS = 20
"""Fewer independent visits to a region than this say little of its population."""


def add_populations(
    record: Record, name: str, measured: Measured, reference: Measured | None = None
) -> None:
    """Put the populations of regions into the record, with the number of visits."""
    for region, found in measured.populations.items():
        base = None if reference is None else reference.populations.get(region)
        rare = "; too few for a verdict" if found.visits < VISITS else ""
        record.add(
            f"{name}.regions.{region}.population",
            found.share,
            "",
            error=found.error,
            reference=None if base is None else base.share,
            source=THIS_RUN,
            note=f"share of the time, in {found.visits} visits{rare}",
        )


def add_maps(record: Record, name: str, reference: Measured, measured: Measured) -> None:
    """Put the distances of a model's maps from the reference's into the record, with floors."""
    for key in (key for key in measured.maps if key in reference.maps):
        own, base = measured.maps[key], reference.maps[key]
        value, error = divergence(base, own)
        least, _ = divergence_floor(base)
        record.add(
            f"{name}.maps.{key}.divergence",
            value,
            "nats",
            error=error,
            floor=least,
            source=THIS_RUN,
            note="Jensen-Shannon divergence from the reference, bins of 10 degrees",
        )
        value, error = energy_deviation(base, own)
        record.add(
            f"{name}.maps.{key}.free_energy",
            value,
            "kT",
            error=error,
            floor=energy_deviation(*base.halves())[0],
            source=THIS_RUN,
            note="mean absolute difference where both are below 5 kT, after the best shift",
        )


def landscape_maps(reference: Measured, measured: Mapping[str, Measured], name: str) -> list[Map]:
    """Return a map of the free energy for the reference and each model."""
    members = {name: reference, **measured}
    return [
        _panel(f"{label}", each.maps[key])
        for key in dict.fromkeys(key for each in members.values() for key in each.maps)
        for label, each in members.items()
        if key in each.maps
    ]


def _panel(title: str, found: Counted) -> Map:
    values, _ = found.free_energy(1.0)
    values = np.where(values <= HIGHEST, values, np.nan)
    return Map(
        title,
        np.degrees(found.x),
        np.degrees(found.y),
        values,
        labels=(found.labels[0], found.labels[1], "F"),
        units=("°", "°", "kT"),
        value_range=(0.0, HIGHEST),
        level=1.0,
    )
