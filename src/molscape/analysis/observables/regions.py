"""How much of the time molecules spend in regions of their dihedrals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from molscape.analysis.observables._observable import Observable, Plan
from molscape.core.record import Number
from molscape.core.sample import Sample

if TYPE_CHECKING:
    from molscape.analysis.regions import Population, Region

VISITS = 20
"""Fewer independent visits to a region than this say little of its population."""


class Regions(Observable["Region", "Population"]):
    """Populations of the regions that a recipe names; its options are ranges by name."""

    name = "regions"
    words = "regions"
    order = 70
    in_recipes = False

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Region]:
        """Take every region of the options."""
        return Plan(dict(options))

    def measure(self, sample: Sample, planned: Region) -> Population:
        """Measure how much of the time a region is visited."""
        from molscape.analysis.regions import population

        return population(sample.trajectory, planned)

    def numbers(
        self, label: str, measured: Population, reference: Population | None
    ) -> Iterator[Number]:
        """Yield the population beside that of the reference, with the number of visits."""
        rare = "; too few for a verdict" if measured.visits < VISITS else ""
        yield self.number(
            label,
            (measured.share, measured.error),
            f"share of the time, in {measured.visits} visits{rare}",
            quantity="population",
            reference=None if reference is None else (reference.share, reference.error),
        )


OBSERVABLE = Regions()
