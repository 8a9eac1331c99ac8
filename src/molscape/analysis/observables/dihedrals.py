"""Distribution of every type of dihedral."""

from __future__ import annotations

from molscape.analysis.observables._bonded import BondedDistribution


class Dihedrals(BondedDistribution):
    """p(phi) of every type of dihedral."""

    name = "dihedrals"
    title = "Dihedral"
    words = "dihedral angles"
    judged = ("dihedrals",)
    connection = "dihedrals"


OBSERVABLE = Dihedrals()
