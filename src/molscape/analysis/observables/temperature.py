"""Temperature of a run, against that of its thermostat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from molscape.analysis.observables._observable import Plan
from molscape.analysis.observables._series import Series
from molscape.core.record import Number, Verdict
from molscape.core.sample import Sample

if TYPE_CHECKING:
    from molscape.analysis.averages import Average


@dataclass(frozen=True, eq=False)
class KineticTemperature:
    """The mean temperature (K) and that asked for; `free` at constant energy."""

    average: Average
    target: float
    free: bool


class Temperature(Series[KineticTemperature]):
    """Temperature that velocities have; Brownian dynamics has none."""

    name = "temperature"
    title = "Temperature"
    words = "temperature"
    unit = "K"
    order = 1
    in_recipes = False
    symbol = "T"

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Measure it where there are velocities, and something to hold it against."""
        moving = reference.ensemble is not None and reference.ensemble.velocities
        return Plan({"": None}) if moving and reference.state is not None else Plan()

    def measure(self, sample: Sample, planned: None) -> KineticTemperature:
        """Average the series."""
        from molscape.analysis.averages import block_average

        assert sample.state is not None
        assert sample.ensemble is not None
        average = block_average(sample.series["temperature"])
        return KineticTemperature(
            average, sample.state.temperature, free=not sample.ensemble.thermostat
        )

    def numbers(
        self, label: str, measured: KineticTemperature, reference: KineticTemperature | None
    ) -> Iterator[Number]:
        """Yield the temperature; it passes within three standard errors or 1 %."""
        found, target, free = measured.average, measured.target, measured.free
        close = abs(found.mean - target) <= max(3 * found.error, 0.01 * target)
        short = "" if found.settled else "; the run is short, the error is a lower bound"
        note = "at constant energy" if free else "passes within three standard errors or 1 %"
        number = self.number(label, (found.mean, found.error), note + short)
        if not free:
            verdict: Verdict = "pass" if close else "fail"
            number = replace(number, reference=target, source="recipe", verdict=verdict)
        yield number


OBSERVABLE = Temperature()
