"""Pressure of a run, against that of its barostat where it has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.analysis.observables._observable import Plan
from molscape.analysis.observables._series import Series
from molscape.core import units
from molscape.core.record import Number
from molscape.core.sample import Sample

if TYPE_CHECKING:
    from molscape.analysis.averages import Average

FREE = (
    "at the density of the run; not fitted, so no verdict: bottom-up pair models carry the wrong "
    "pressure"
)


@dataclass(frozen=True, eq=False)
class MeanPressure:
    """The mean pressure and what the barostat was asked for (kJ/mol/nm^3), None without one."""

    average: Average
    target: float | None


class Pressure(Series[MeanPressure]):
    """Pressure that an engine records in a box."""

    name = "pressure"
    title = "Pressure"
    words = "pressure"
    unit = "bar"
    order = 3
    column = "P / bar"
    compared = ""
    symbol = "P"
    scale = units.BAR

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Measure it where there is a box."""
        return Plan({"": None}) if "box" in reference.trajectory.fields else Plan()

    def measure(self, sample: Sample, planned: None) -> MeanPressure:
        """Average the series.

        Raises:
            ValueError: if the engine could not record it.
        """
        from molscape.analysis.averages import block_average

        series = sample.series["pressure"]
        if not np.isfinite(series).all():
            raise ValueError(
                f"the {sample.made} engine strains the box for it, and the energy of this model "
                "jumps at its cutoff"
            )
        return MeanPressure(block_average(series), sample.pressure)

    def numbers(
        self, label: str, measured: MeanPressure, reference: MeanPressure | None
    ) -> Iterator[Number]:
        """Yield the pressure; what the barostat was asked for is its reference."""
        found = (measured.average.mean, measured.average.error)
        if measured.target is None:
            yield self.number(label, found, FREE)
        else:
            number = self.number(label, found, "what the barostat was asked for is the reference")
            yield replace(number, reference=_in_bar(measured.target), source="recipe")


def _in_bar(pressure: float) -> float:
    """Return a pressure in bar as a recipe gave it: units there and back change the last digit."""
    return float(f"{pressure / units.BAR:.14g}")


OBSERVABLE = Pressure()
