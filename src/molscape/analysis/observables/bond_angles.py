"""Distribution of every type of bond angle."""

from __future__ import annotations

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._bonded import BondedDistribution
from molscape.core.sample import Sample


class BondAngles(BondedDistribution):
    """p(theta) of every type of bond angle."""

    name = "bond_angles"
    title = "Bond angle"
    words = "bond angles"
    judged = ("bond_angles",)
    connection = "angles"

    def measure(self, sample: Sample, planned: str) -> Blocks:
        """Measure the angles of one type."""
        from molscape.analysis.bonded import angle_blocks

        return angle_blocks(sample.trajectory, planned)


OBSERVABLE = BondAngles()
