"""Drift of the total energy of a run at constant energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from molscape.analysis.observables._observable import Observable, Plan
from molscape.core.record import Number
from molscape.core.sample import Sample


class EnergyDrift(Observable[None, tuple[float, float]]):
    """Slope of the total energy against time, for each bead; see `thermodynamics.energy_drift`."""

    name = "energy_drift"
    words = "energy drift"
    unit = "kJ/mol/ns"
    order = 2
    in_recipes = False
    of_run = True

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Measure it at constant energy only."""
        free = reference.ensemble is not None and not reference.ensemble.thermostat
        return Plan({"": None}) if free else Plan()

    def measure(self, sample: Sample, planned: None) -> tuple[float, float]:
        """Return the slope and its standard error."""
        from molscape.analysis.thermodynamics import energy_drift

        return energy_drift(sample.series, len(sample.trajectory.topology))

    def numbers(
        self, label: str, measured: tuple[float, float], reference: tuple[float, float] | None
    ) -> Iterator[Number]:
        """Yield the drift."""
        yield self.number(label, measured, "of the total energy, per bead")


OBSERVABLE = EnergyDrift()
