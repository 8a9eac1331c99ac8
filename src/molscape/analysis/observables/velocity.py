"""Velocity autocorrelation and the diffusion that it integrates to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from molscape.analysis.observables._observable import (
    Member,
    Observable,
    PartlyMeasuredError,
    Plan,
    SectionName,
)
from molscape.core import units
from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot
from molscape.core.record import Number
from molscape.core.sample import Sample


@dataclass(frozen=True, eq=False)
class Autocorrelation:
    """C(t), and the diffusion (nm^2/ps) it integrates to with its error; None if it does not."""

    curve: Curve
    diffusion: tuple[float, float] | None


class VelocityAutocorrelation(Observable[None, Autocorrelation]):
    """C(t) of velocities, in a liquid without those of its centre of mass."""

    name = "velocity"
    title = "Velocity autocorrelation"
    words = "velocity"
    unit = "cm²/s"
    scale = units.SQUARE_CENTIMETRE_PER_SECOND
    section: ClassVar[SectionName] = "dynamics"
    order = 90
    place = 1

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Ask for it as a whole."""
        return Plan({"": None})

    def measure(self, sample: Sample, planned: None) -> Autocorrelation:
        """Correlate velocities and integrate the correlation."""
        from molscape.analysis.velocities import (
            diffusion_from_velocities,
            normalised,
            velocity_blocks,
        )

        liquid = sample.trajectory.topology.n_molecules > 1
        blocks = velocity_blocks(sample.trajectory, remove_drift=liquid)
        curve = normalised(blocks).curve()
        try:
            return Autocorrelation(curve, diffusion_from_velocities(blocks))
        except ValueError as error:
            raise PartlyMeasuredError(str(error), Autocorrelation(curve, None)) from error

    def numbers(
        self, label: str, measured: Autocorrelation, reference: Autocorrelation | None
    ) -> Iterator[Number]:
        """Yield the diffusion coefficient beside that of the reference."""
        if measured.diffusion is None:
            return
        yield self.number(
            label,
            measured.diffusion,
            "integral of the velocity autocorrelation",
            quantity="diffusion",
            reference=None if reference is None else reference.diffusion,
        )

    def draw(self, plan: Plan[None], members: Sequence[Member[Autocorrelation]]) -> Iterator[Plot]:
        """Yield the correlations over one another."""
        lines = [
            Line(result.curve, member.name, member.role)
            for member in members
            for result in member.results.values()
        ]
        if lines:
            yield Plot(self.title, lines, levels=[(0.0, "")], key=self.key().text)


OBSERVABLE = VelocityAutocorrelation()
