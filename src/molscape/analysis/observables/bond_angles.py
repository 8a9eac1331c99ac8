"""Distribution of every type of bond angle."""

from __future__ import annotations

from molscape.analysis.observables._bonded import BondedDistribution


class BondAngles(BondedDistribution):
    """p(theta) of every type of bond angle."""

    name = "bond_angles"
    title = "Bond angle"
    words = "bond angles"
    judged = ("bond_angles",)
    connection = "angles"


OBSERVABLE = BondAngles()
