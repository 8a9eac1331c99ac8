"""An all-atom system ready to run: its particles, its OpenMM forces and a start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.space import volume
from molscape.core.topology import Topology


@dataclass(frozen=True)
class Published:
    """A number of a model with its unit and where it was published."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True, eq=False)
class AllAtomSystem:
    """Particles, an `openmm.System` without thermostat or barostat, and start positions.

    Positions in nm with molecules whole; the box has row vectors in nm, None without
    periodicity. `constants` are the published numbers the forces were made from, `composition`
    the molecules by name and `interactions` how forces are computed, from which
    `molscape.reference.rebuild` makes the system again.
    """

    name: str
    topology: Topology
    openmm_system: Any
    positions: Float[np.ndarray, "particle 3"]
    box: Float[np.ndarray, "3 3"] | None
    constants: dict[str, Published] = field(default_factory=dict)
    composition: dict[str, int] = field(default_factory=dict)
    interactions: dict[str, Any] = field(default_factory=dict)

    @property
    def written(self) -> Topology:
        """What is written to files: massless sites left out, their charge given to the parents.

        A site's charge is shared by its parents as their weights say, which keeps the charge and
        the dipole of the molecule.
        """
        return without_sites(self.topology)

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

    def at(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"] | None
    ) -> AllAtomSystem:
        """Return the system at other positions (nm), in another box of the same kind (nm)."""
        assert (box is None) == (self.box is None)
        return replace(self, positions=positions, box=box)

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


def real_particles(topology: Topology) -> Int[np.ndarray, " atom"]:
    """Return the indices of the particles that are no virtual sites."""
    real = np.ones(len(topology), dtype=bool)
    if topology.virtual_sites is not None:
        real[topology.virtual_sites.sites] = False
    return np.flatnonzero(real)


def without_sites(topology: Topology) -> Topology:
    """Return a topology without its virtual sites, whose charges go to their parents."""
    sites = topology.virtual_sites
    if sites is None:
        return topology
    real = real_particles(topology)
    charges = topology.charges.copy()
    np.add.at(charges, sites.parents, sites.weights * charges[sites.sites][:, None])
    number = np.full(len(topology), -1)
    number[real] = np.arange(len(real))
    rows = {name: number[getattr(topology, name)] for name in _CONNECTIONS}
    kept = {name: (each >= 0).all(axis=1) for name, each in rows.items()}
    return topology.replace(
        **{name: getattr(topology, name)[real] for name in _PER_PARTICLE},
        charges=charges[real],
        **{name: rows[name][kept[name]] for name in _CONNECTIONS},
        constraint_lengths=topology.constraint_lengths[kept["constraints"]],
        virtual_sites=None,
    )


_PER_PARTICLE = (
    "names",
    "types",
    "elements",
    "masses",
    "residue_names",
    "residues",
    "molecules",
)
_CONNECTIONS = ("bonds", "angles", "dihedrals", "constraints")
