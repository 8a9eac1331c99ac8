"""Distribution and mean of the radius of gyration of molecules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from molscape.analysis.blocks import Blocks
from molscape.analysis.observables._distribution import DistributionObservable
from molscape.analysis.observables._observable import Plan
from molscape.core.sample import Sample
from molscape.core.topology import Topology


class Gyration(DistributionObservable[str]):
    """p(R_g) of every kind of molecule of several beads; see `molecules.gyration_blocks`."""

    name = "gyration"
    title = "Radius of gyration"
    words = "radius of gyration"
    judged = ("gyration",)
    order = 30
    mean = True
    column = "Size |Δp|"

    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[str]:
        """Choose the kinds of molecules that have more than one bead."""
        kinds = _extended(reference.trajectory.topology)
        if not kinds:
            return Plan(impossible={"": "every molecule is a single bead"})
        return Plan({kind: kind for kind in kinds})

    def measure(self, sample: Sample, planned: str) -> Blocks:
        """Measure the radii of one kind of molecule."""
        from molscape.analysis.molecules import gyration_blocks

        return gyration_blocks(sample.trajectory, planned)


def _extended(topology: Topology) -> list[str]:
    """Return the names of molecules that have more than one bead."""
    large = np.bincount(topology.molecules) > 1
    return sorted(set(topology.molecule_names[large].tolist()))


OBSERVABLE = Gyration()
