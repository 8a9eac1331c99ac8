"""What observables share that are distributions: their distance, their mean, their plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

import numpy as np

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._observable import (
    Member,
    Observable,
    Plan,
    SectionName,
    labels_of,
)
from molscape.analysis.plots import distribution_plot
from molscape.core.panels import Line, Plot
from molscape.core.record import Number, Verdict
from molscape.core.sample import Sample

RDF_RANGE = 1.0
"""Radial distributions are measured up to this distance (nm), or half the box."""

NO_DENSITY = "the reference has no box, so there is no density"

Planned = TypeVar("Planned")


@dataclass(frozen=True)
class Reach:
    """Types of beads or names of molecules, and how far (nm) they are looked at."""

    types: tuple[str, ...]
    maximum: float

    @property
    def label(self) -> str:
        """The types as numbers are labelled."""
        return "-".join(self.types)


def radial_range(reference: Sample) -> float:
    """Return how far (nm) radial distributions are measured, the same for everybody."""
    return float(min(RDF_RANGE, np.floor(reference.largest_cutoff / 0.005) * 0.005))


def types_of(reference: Sample) -> list[str]:
    """Return the types of particles in alphabetical order."""
    return sorted({str(t) for t in reference.trajectory.topology.types})


class DistributionObservable(Observable[Planned, Blocks]):
    """A distribution: compared by its distance, drawn from zero up.

    `mean` says whether its mean is told too, `mean_tolerance` names what judges that.
    """

    section: ClassVar[SectionName] = "structure"
    mean: ClassVar[bool] = False
    mean_tolerance: ClassVar[str] = ""

    def compare(
        self, label: str, reference: Blocks, measured: Blocks, tolerances: Mapping[str, float]
    ) -> Iterator[Number]:
        """Yield the distance from the reference, judged no stricter than twice the floor."""
        from molscape.analysis.distances import distance_with_error, floor

        found, least = distance_with_error(reference, measured), floor(reference)[0]
        note = "integral of the absolute difference from the reference"
        number = replace(self.number(label, found, note, quantity="distance"), floor=least)
        if self.name in tolerances:
            limit = max(tolerances[self.name], 2 * least)
            verdict: Verdict = "pass" if found[0] <= limit else "fail"
            number = replace(number, reference=limit, source="recipe", verdict=verdict)
        yield number
        if self.mean:
            tolerance = tolerances.get(self.mean_tolerance)
            yield self._compare_means(label, reference, measured, tolerance)

    def draw(self, plan: Plan[Planned], members: Sequence[Member[Blocks]]) -> Iterator[Plot]:
        """Yield a plot for each label, the members over one another."""
        for label in labels_of(members):
            lines = [
                Line(member.results[label].curve(), member.name, member.role)
                for member in members
                if label in member.results
            ]
            caption = self.caption(plan.labels[label]) if label in plan.labels else ""
            plot = self.plot(lines, f"{self.title} {label}", caption)
            yield replace(plot, key=self.key(label).text)

    def caption(self, planned: Planned) -> str:
        """Return what is said below the plot of one label."""
        return ""

    def plot(self, lines: Sequence[Line], title: str, caption: str = "") -> Plot:
        """Return distributions from zero up, where any of them has something."""
        return distribution_plot(lines, title, caption)

    def _compare_means(
        self, label: str, reference: Blocks, measured: Blocks, tolerance: float | None
    ) -> Number:
        """Return the mean beside that of the reference."""
        found, base = measured.mean(), reference.mean()
        note = "mean; that of the reference beside it"
        number = replace(
            self.number(label, found, note, quantity="mean", reference=base), unit=measured.x_unit
        )
        if tolerance is None:
            return number
        allowed = max(tolerance * base[0], 2 * base[1])
        return replace(number, verdict="pass" if abs(found[0] - base[0]) <= allowed else "fail")
