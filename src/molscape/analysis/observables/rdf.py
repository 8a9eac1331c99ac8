"""Radial distribution of every pair of types."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import Any

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._distribution import (
    NO_DENSITY,
    DistributionObservable,
    Reach,
    radial_range,
    types_of,
)
from molscape.analysis.observables._observable import Plan
from molscape.core.sample import Sample


class RadialDistribution(DistributionObservable[Reach]):
    """g(r) of every pair of types; see `pair_distribution.rdf`."""

    name = "rdf"
    title = "Radial distribution"
    words = "radial distribution"
    unit = "nm"
    judged = ("rdf",)
    order = 10

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Reach]:
        """Choose every pair of types."""
        if not reference.periodic:
            return Plan(impossible={"": NO_DENSITY})
        maximum = radial_range(reference)
        pairs = combinations_with_replacement(types_of(reference), 2)
        reaches = [Reach(pair, maximum) for pair in pairs]
        return Plan({reach.label: reach for reach in reaches})

    def measure(self, sample: Sample, planned: Reach) -> Blocks:
        """Measure g(r) of one pair."""
        from molscape.analysis.pair_distribution import rdf_blocks

        a, b = planned.types
        return rdf_blocks(sample.trajectory, (a, b), maximum=planned.maximum)


OBSERVABLE = RadialDistribution()
