"""Neighbours in the first shell, counted both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations_with_replacement
from typing import Any

from molscape.analysis.observables._distribution import NO_DENSITY, Reach, radial_range, types_of
from molscape.analysis.observables._observable import Observable, Plan
from molscape.core.record import Number
from molscape.core.sample import Sample

SHELL_SPACING = 0.005
"""Bins of the running coordination number in nm."""


class Coordination(Observable[Reach, tuple[float, float]]):
    """How many B stand around an A, up to the first minimum of the reference's g(r)."""

    name = "coordination"
    words = "coordination"
    order = 80

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Reach]:
        """Choose every pair of types both ways: B around an A is not A around a B."""
        from molscape.analysis.angles import first_minimum
        from molscape.analysis.pair_distribution import rdf_blocks

        if not reference.periodic:
            return Plan(impossible={"": NO_DENSITY})
        maximum = radial_range(reference)
        labels: dict[str, Reach] = {}
        impossible = {}
        for pair in combinations_with_replacement(types_of(reference), 2):
            try:
                curve = rdf_blocks(reference.trajectory, pair, maximum=maximum).curve()
                shell = first_minimum(curve)
            except ValueError as error:
                impossible["-".join(pair)] = str(error)
                continue
            reaches = [Reach(both, shell) for both in dict.fromkeys((pair, pair[::-1]))]
            labels |= {reach.label: reach for reach in reaches}
        return Plan(labels, impossible)

    def measure(self, sample: Sample, planned: Reach) -> tuple[float, float]:
        """Count neighbours; return their mean number and its standard error."""
        from molscape.analysis.coordination import coordination_at, coordination_blocks

        a, b = planned.types
        reach = planned.maximum + 2 * SHELL_SPACING
        blocks = coordination_blocks(
            sample.trajectory, (a, b), maximum=reach, spacing=SHELL_SPACING
        )
        return coordination_at(blocks, planned.maximum)

    def numbers(
        self, label: str, measured: tuple[float, float], reference: tuple[float, float] | None
    ) -> Iterator[Number]:
        """Yield the number of neighbours beside that of the reference."""
        note = "neighbours up to the first minimum of the reference's radial distribution"
        yield self.number(label, measured, note, reference=reference)


OBSERVABLE = Coordination()
