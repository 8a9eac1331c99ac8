"""Radial distribution of the centres of mass of molecules."""

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
)
from molscape.analysis.observables._observable import Plan
from molscape.core.sample import Sample
from molscape.core.topology import Topology


class CentreDistribution(DistributionObservable[Reach]):
    """g(r) of the centres of every two kinds of molecules; see `molecules.centre_blocks`."""

    name = "centres"
    title = "Radial distribution of centres"
    words = "radial distribution of centres"
    unit = "nm"
    judged = ("centres",)
    order = 20
    column = "Centres |Δg| / nm"

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Reach]:
        """Choose the pairs of kinds of molecules."""
        if not reference.periodic:
            return Plan(impossible={"": NO_DENSITY})
        maximum = radial_range(reference)
        pairs = _pairs_of_kinds(reference.trajectory.topology)
        reaches = [Reach(pair, maximum) for pair in pairs]
        return Plan({reach.label: reach for reach in reaches})

    def measure(self, sample: Sample, planned: Reach) -> Blocks:
        """Measure g(r) of one pair of kinds."""
        from molscape.analysis.molecules import centre_blocks

        a, b = planned.types
        return centre_blocks(sample.trajectory, (a, b), maximum=planned.maximum)


def _pairs_of_kinds(topology: Topology) -> list[tuple[str, str]]:
    """Return the pairs of names of molecules, those of one name only where there are two."""
    names = topology.molecule_names.tolist()
    return [
        (a, b)
        for a, b in combinations_with_replacement(sorted(set(names)), 2)
        if a != b or names.count(a) > 1
    ]


OBSERVABLE = CentreDistribution()
