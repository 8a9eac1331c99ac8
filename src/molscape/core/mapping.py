"""A linear map from atoms to beads, for positions and for forces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, identity

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Mapping:
    """Weights that place beads and project forces, and the bead topology.

    `position_weights` C and `force_weights` W are sparse (bead, atom): R = C r, F = W f.
    Rows of C sum to one. W is valid when W C^T is the identity (an instantaneous force on
    bead I does not push bead J) and rigidly connected atoms share a weight; see Noid et al.,
    J. Chem. Phys. 128, 244114 (2008) and Ciccotti et al., ChemPhysChem 6, 1809 (2005).
    `decoder` leads back from beads to atoms where a mapping has one.
    """

    position_weights: csr_matrix
    force_weights: csr_matrix
    topology: Topology
    notes: tuple[str, ...] = ()
    decoder: Any = None

    @property
    def keeps_atoms(self) -> bool:
        """Whether every bead is an atom, all in their order: energies then are those of beads."""
        beads, atoms = self.position_weights.shape
        if beads != atoms:
            return False
        both = (self.position_weights, self.force_weights)
        return all((weights != identity(atoms, format="csr")).nnz == 0 for weights in both)

    def map_frames(self, frames: Frames) -> Frames:
        """Project positions, velocities and forces of a block of frames; molecules must be whole.

        Raises:
            ValueError: if the particle count differs from the mapping's.
        """
        n_atoms = self.position_weights.shape[1]
        if frames.n_particles != n_atoms:
            raise ValueError(
                f"the mapping is for {n_atoms} atoms, the frames have {frames.n_particles}: "
                "use the topology that the mapping was made with"
            )
        if frames.box is not None and not frames.whole:
            raise ValueError(
                "molecules are cut by the periodic boundary, a bead's position would be wrong: "
                "make them whole first (molscape.io.open does)"
            )
        velocities, forces = frames.velocities, frames.forces
        return frames.replace(
            positions=_apply(self.position_weights, frames.positions),
            velocities=None if velocities is None else _apply(self.position_weights, velocities),
            forces=None if forces is None else _apply(self.force_weights, forces),
            energies=frames.energies if self.keeps_atoms else None,
        )

    def __call__(self, trajectory: Trajectory) -> Trajectory:
        """Return the trajectory of beads; atoms are read and projected chunk by chunk."""
        fields = trajectory.fields if self.keeps_atoms else trajectory.fields - {"energies"}
        return trajectory.map(self.map_frames, topology=self.topology, fields=fields)


def _apply(weights: csr_matrix, vectors: np.ndarray) -> np.ndarray:
    """Apply (bead, atom) weights to (frame, atom, 3) vectors in double precision."""
    frames, atoms, _ = vectors.shape
    flat = vectors.transpose(1, 0, 2).reshape(atoms, frames * 3).astype(np.float64)
    return np.ascontiguousarray((weights @ flat).reshape(-1, frames, 3).transpose(1, 0, 2))
