"""Density of a run at constant pressure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from molscape.analysis.observables._observable import Observable, Plan
from molscape.core import units
from molscape.core.record import Number
from molscape.core.sample import Sample

if TYPE_CHECKING:
    from molscape.analysis.averages import Average


class Density(Observable[None, "Average"]):
    """Mass density that a barostat leads to."""

    name = "density"
    words = "density"
    unit = "g/cm³"
    scale = units.GRAM_PER_CUBIC_CENTIMETRE
    order = 4
    of_run = True

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Measure it where a barostat changes the box."""
        held = reference.pressure is not None and "box" in reference.trajectory.fields
        return Plan({"": None}) if held else Plan()

    def measure(self, sample: Sample, planned: None) -> Average:
        """Average the density over the frames."""
        from molscape.analysis.thermodynamics import mean_density

        return mean_density(sample.trajectory)

    def numbers(self, label: str, measured: Average, reference: Average | None) -> Iterator[Number]:
        """Yield the density."""
        found = (measured.mean, measured.error)
        yield self.number(label, found, "of the beads, at the pressure of the recipe")


OBSERVABLE = Density()
