"""What distributions of bonded beads share: their labels are the types of a connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._distribution import DistributionObservable
from molscape.analysis.observables._observable import Plan
from molscape.core.sample import Sample


class BondedDistribution(DistributionObservable[str]):
    """The distribution of every type of one connection of the topology.

    `counting` holds options of how values are counted.
    """

    order: ClassVar[int] = 50
    connection: ClassVar[str]
    counting: ClassVar[Mapping[str, float]] = {}

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[str]:
        """Choose every type of the connection."""
        from molscape.analysis.bonded import bonded_types

        labels = bonded_types(reference.trajectory.topology)[self.connection]
        if not labels:
            return Plan(impossible={"": f"the topology has no {self.connection}"})
        return Plan({label: label for label in labels})

    def measure(self, sample: Sample, planned: str) -> Blocks:
        """Count what the connections of one type measure."""
        from molscape.analysis.bonded import bonded_blocks

        return bonded_blocks(sample.trajectory, planned, **self.counting)
