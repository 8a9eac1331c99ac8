"""Distribution and mean of the length of every type of bond."""

from __future__ import annotations

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._bonded import BondedDistribution
from molscape.core.sample import Sample

LONGEST_BOND = 5.0
"""Bonds of beads are measured up to this length (nm): a bead may hold much of a molecule."""


class Bonds(BondedDistribution):
    """p(r) of every type of bond; `bond_means` judges the mean, as a share of it."""

    name = "bonds"
    title = "Bond length"
    words = "bond lengths"
    judged = ("bonds", "bond_means")
    connection = "bonds"
    mean = True
    mean_tolerance = "bond_means"

    def measure(self, sample: Sample, planned: str) -> Blocks:
        """Measure the lengths of one type of bond."""
        from molscape.analysis.bonded import bond_blocks

        return bond_blocks(sample.trajectory, planned, maximum=LONGEST_BOND)


OBSERVABLE = Bonds()
