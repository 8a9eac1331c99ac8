"""Free energy over every two dihedrals that share a bond, and how far two maps are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from molscape.analysis.observables._observable import (
    Member,
    Observable,
    Plan,
    SectionName,
    labels_of,
)
from molscape.core.panels import Map
from molscape.core.record import Number
from molscape.core.sample import Sample
from molscape.core.system import type_key
from molscape.core.topology import Topology

if TYPE_CHECKING:
    from molscape.analysis.maps import JointCounts

HIGHEST = 6.0
"""Free energies are drawn up to here, in kT."""


class Maps(Observable[tuple[str, str], "JointCounts"]):
    """Counts over two dihedrals, compared by Jensen-Shannon divergence and free energy."""

    name = "maps"
    words = "maps"
    unit = "nats"
    section: ClassVar[SectionName] = "landscapes"
    text = (
        "Free energy over two neighbouring dihedrals, from the share of frames in bins of 10 "
        "degrees; white where there is nothing, or above 6 kT."
    )
    order = 60

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[tuple[str, str]]:
        """Choose the types of dihedrals that follow one another along a chain."""
        pairs = _neighbouring_dihedrals(reference.trajectory.topology)
        if not pairs:
            return Plan(impossible={"": "no two dihedrals share a bond"})
        return Plan({f"{first}.{second}": (first, second) for first, second in pairs})

    def measure(self, sample: Sample, planned: tuple[str, str]) -> JointCounts:
        """Count two dihedrals together."""
        from molscape.analysis.maps import map_of

        first, second = planned
        return map_of(sample.trajectory, first, second)

    def compare(
        self,
        label: str,
        reference: JointCounts,
        measured: JointCounts,
        tolerances: Mapping[str, float],
    ) -> Iterator[Number]:
        """Yield the distances of a map from the reference's, with floors."""
        from molscape.analysis.maps import divergence, divergence_floor, energy_deviation

        found, least = divergence(reference, measured), divergence_floor(reference)
        note = "Jensen-Shannon divergence from the reference, bins of 10 degrees"
        yield replace(self.number(label, found, note, quantity="divergence"), floor=least[0])
        found, least = energy_deviation(reference, measured), energy_deviation(*reference.halves())
        note = "mean absolute difference where both are below 5 kT, after the best shift"
        number = self.number(label, found, note, quantity="free_energy")
        yield replace(number, unit="kT", floor=least[0])

    def draw(
        self, plan: Plan[tuple[str, str]], members: Sequence[Member[JointCounts]]
    ) -> Iterator[Map]:
        """Yield a map of the free energy for each member."""
        for label in labels_of(members):
            for member in members:
                if label in member.results:
                    yield _panel(member.name, member.results[label])


def _panel(title: str, found: JointCounts) -> Map:
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


def _neighbouring_dihedrals(topology: Topology) -> tuple[tuple[str, str], ...]:
    """Return the types of dihedrals that follow one another along a chain, each pair once."""
    found: dict[tuple[str, str], None] = {}
    rows = {tuple(int(i) for i in row) for row in topology.dihedrals}
    rows |= {row[::-1] for row in rows}
    after: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for row in rows:
        after.setdefault(row[:3], []).append(row)

    def name(row: tuple[int, ...]) -> str:
        return type_key(tuple(str(topology.types[i]) for i in row))

    for first in sorted(rows):
        for second in sorted(after.get(first[1:], [])):
            pair = (name(first), name(second))
            if pair[::-1] not in found:
                found[pair] = None
    return tuple(found)


OBSERVABLE = Maps()
