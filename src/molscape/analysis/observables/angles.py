"""Angles between two neighbours in the first shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._distribution import (
    NO_DENSITY,
    DistributionObservable,
    Reach,
    radial_range,
    types_of,
)
from molscape.analysis.observables._observable import Plan
from molscape.analysis.plots import angle_plot
from molscape.core.panels import Line, Plot
from molscape.core.sample import Sample


class NeighbourAngles(DistributionObservable[Reach]):
    """p(theta) between neighbours of the same type inside the first shell.

    The shell ends at the first minimum of the reference's radial distribution; see
    `angles.angular_blocks`.
    """

    name = "angles"
    title = "Angular distribution"
    words = "angular distribution"
    judged = ("angles",)
    order = 40

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Reach]:
        """Choose every type of three particles or more, and the longest leg."""
        from molscape.analysis.angles import first_minimum
        from molscape.analysis.pair_distribution import rdf_blocks

        if not reference.periodic:
            return Plan(impossible={"": NO_DENSITY})
        maximum, trajectory = radial_range(reference), reference.trajectory
        labels, impossible = {}, {}
        for name in types_of(reference):
            if int(np.sum(trajectory.topology.types == name)) >= 3:
                label = "-".join((name, name, name))
                try:
                    curve = rdf_blocks(trajectory, (name, name), maximum=maximum).curve()
                    labels[label] = Reach((name, name, name), first_minimum(curve))
                except ValueError as error:
                    impossible[label] = str(error)
        return Plan(labels, impossible)

    def measure(self, sample: Sample, planned: Reach) -> Blocks:
        """Measure the angles of one triple, both legs below the planned one."""
        from molscape.analysis.angles import angular_blocks

        a, b, c = planned.types
        return angular_blocks(sample.trajectory, (a, b, c), cutoff=planned.maximum)

    def caption(self, planned: Reach) -> str:
        """Return how far the legs go."""
        return f"Triplets with both legs below {planned.maximum:.3f} nm, normalised to one."

    def plot(self, lines: Sequence[Line], title: str, caption: str = "") -> Plot:
        """Return distributions over the whole range of angles."""
        return angle_plot(lines, title, caption)


OBSERVABLE = NeighbourAngles()
