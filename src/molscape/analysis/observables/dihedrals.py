"""Distribution of every type of dihedral."""

from __future__ import annotations

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._bonded import BondedDistribution
from molscape.core.sample import Sample


class Dihedrals(BondedDistribution):
    """p(phi) of every type of dihedral."""

    name = "dihedrals"
    title = "Dihedral"
    words = "dihedral angles"
    judged = ("dihedrals",)
    connection = "dihedrals"

    def measure(self, sample: Sample, planned: str) -> Blocks:
        """Measure the dihedrals of one type."""
        from molscape.analysis.bonded import dihedral_blocks

        return dihedral_blocks(sample.trajectory, planned)


OBSERVABLE = Dihedrals()
