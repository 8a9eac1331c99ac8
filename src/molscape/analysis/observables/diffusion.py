"""Mean squared displacement and the diffusion coefficient that is its slope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from molscape.analysis.observables._observable import (
    Member,
    Observable,
    PartlyMeasuredError,
    Plan,
    SectionName,
)
from molscape.analysis.plots import msd_plot
from molscape.core import units
from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot
from molscape.core.record import THIS_RUN, Number
from molscape.core.sample import Sample

CAPTION = (
    "A straight line of slope one is diffusion. The friction of a model is its thermostat's, so "
    "its time is not the time of the reference."
)


@dataclass(frozen=True, eq=False)
class Displacement:
    """The mean squared displacement, and its slope (nm^2/ps) with its error; None without one."""

    curve: Curve
    diffusion: tuple[float, float] | None


class Diffusion(Observable[None, Displacement]):
    """D from the slope of the mean squared displacement.

    Displacements in a liquid are taken relative to its centre of mass, which a Langevin
    thermostat lets wander with D = kT/(M friction).
    """

    name = "diffusion"
    title = "Mean squared displacement"
    words = "diffusion coefficient"
    unit = "cm²/s"
    scale = units.SQUARE_CENTIMETRE_PER_SECOND
    section: ClassVar[SectionName] = "dynamics"
    phrases: ClassVar[Mapping[str, str]] = {"ratio": "diffusion relative to all-atom"}
    order = 100
    column = "Diffusion ratio"
    compared = "ratio"
    mappings_caption = "Of the beads; they agree once molecules have moved on."

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[None]:
        """Ask for it as a whole."""
        return Plan({"": None})

    def measure(self, sample: Sample, planned: None) -> Displacement:
        """Measure displacements and their slope."""
        from molscape.analysis.displacement import diffusion, displacement_blocks

        liquid = sample.trajectory.topology.n_molecules > 1
        blocks = displacement_blocks(sample.trajectory, remove_drift=liquid)
        curve = blocks.curve()
        try:
            return Displacement(curve, diffusion(blocks))
        except ValueError as error:
            raise PartlyMeasuredError(str(error), Displacement(curve, None)) from error

    def numbers(
        self, label: str, measured: Displacement, reference: Displacement | None
    ) -> Iterator[Number]:
        """Yield the diffusion coefficient."""
        if measured.diffusion is None:
            return
        note = "slope of the mean squared displacement; no finite-size correction"
        yield self.number(label, measured.diffusion, note)

    def compare(
        self,
        label: str,
        reference: Displacement,
        measured: Displacement,
        tolerances: Mapping[str, float],
    ) -> Iterator[Number]:
        """Yield the ratio of the diffusion coefficients."""
        if measured.diffusion is None or reference.diffusion is None:
            return
        (value, error), (base, base_error) = measured.diffusion, reference.diffusion
        ratio = value / base
        yield Number(
            self.key(quantity="ratio"),
            float(ratio),
            "",
            error=float(ratio * np.hypot(error / value, base_error / base)),
            source=THIS_RUN,
            note="model over reference: model time runs faster by this factor, at this friction",
        )

    def draw(self, plan: Plan[None], members: Sequence[Member[Displacement]]) -> Iterator[Plot]:
        """Yield the displacements over one another."""
        lines = [
            Line(result.curve, member.name, member.role)
            for member in members
            for result in member.results.values()
        ]
        if lines:
            yield replace(self.plot(lines, self.title, CAPTION), key=self.key().text)

    def plot(self, lines: Sequence[Line], title: str, caption: str = "") -> Plot:
        """Return displacements on logarithmic axes."""
        return msd_plot(lines, title, caption)


OBSERVABLE = Diffusion()
