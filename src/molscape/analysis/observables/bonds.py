"""Distribution and mean of the length of every type of bond."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from molscape.analysis.observables._bonded import BondedDistribution

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
    counting: ClassVar[Mapping[str, float]] = {"maximum": LONGEST_BOND}


OBSERVABLE = Bonds()
