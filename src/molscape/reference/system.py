"""An all-atom system ready to run: its particles, its OpenMM forces and a start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.space import volume
from molscape.core.topology import Topology


@dataclass(frozen=True)
class Constant:
    """A number of a model with its unit and where it was published."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True, eq=False)
class AllAtomSystem:
    """Particles, an `openmm.System` without thermostat or barostat, and start positions.

    Positions in nm with molecules whole; the box has row vectors in nm, None without
    periodicity. `constants` are the published numbers the forces were made from.
    """

    name: str
    topology: Topology
    openmm_system: Any
    positions: Float[np.ndarray, "particle 3"]
    box: Float[np.ndarray, "3 3"] | None
    constants: dict[str, Constant] = field(default_factory=dict)

    @property
    def degrees_of_freedom(self) -> int:
        """Three per particle with mass, less one per constraint."""
        return 3 * int(np.sum(self.topology.masses > 0)) - len(self.topology.constraints)

    @property
    def density(self) -> float:
        """Mass density in u/nm^3.

        Raises:
            ValueError: if there is no box.
        """
        if self.box is None:
            raise ValueError(f"{self.name} has no box, so no density: build it with a box")
        return float(self.topology.masses.sum() / volume(self.box))

    def scaled_to(self, density: float) -> AllAtomSystem:
        """Return the system at another density (u/nm^3): molecules moved, none deformed."""
        assert self.box is not None
        factor = (self.density / density) ** (1 / 3)
        return replace(
            self,
            positions=scale_molecules(self.topology, self.positions, factor),
            box=self.box * factor,
        )


def scale_molecules(
    topology: Topology, positions: Float[np.ndarray, "particle 3"], factor: float
) -> Float[np.ndarray, "particle 3"]:
    """Return positions (nm) with each molecule's centre of mass times `factor`, shape kept."""
    weights = topology.masses[:, None]
    centres = np.zeros((topology.n_molecules, 3))
    np.add.at(centres, topology.molecules, weights * positions)
    centres /= np.bincount(topology.molecules, topology.masses)[:, None]
    return positions + (factor - 1.0) * centres[topology.molecules]


def without_site_forces(
    topology: Topology, forces: Float[np.ndarray, "particle 3"]
) -> Float[np.ndarray, "particle 3"]:
    """Return forces (kJ/mol/nm) with zero on virtual sites.

    OpenMM passes the force on a virtual site to its parents and leaves the entry standing, so
    it would be counted twice.
    """
    if topology.virtual_sites is None:
        return forces
    forces = forces.copy()
    forces[topology.virtual_sites.sites] = 0.0
    return forces
