"""Second moments of one kind of molecule: all that a linear reconstruction of its atoms sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.force_weights import rigid_clusters


@dataclass(frozen=True, eq=False)
class SecondMoments:
    """Means over frames and molecules of one kind.

    `positions` holds <x_i . x_j> / 3 in nm^2, x being displacements from the centre of geometry,
    and `forces` <f_i . f_j> / 3 in (kJ/mol/nm)^2, None without forces. `groups` numbers the
    parts that rigid bonds make: a bead takes all atoms of one or none. `members` are the
    atoms of every molecule, in one order.
    """

    positions: Float[np.ndarray, "atom atom"]
    forces: Float[np.ndarray, "atom atom"] | None
    groups: Int[np.ndarray, " atom"]
    members: Int[np.ndarray, "molecule atom"]

    @classmethod
    def of(cls, trajectory: Trajectory, molecule: str) -> SecondMoments:
        """Read a trajectory once, chunk by chunk.

        Raises:
            ValueError: if there is no such molecule or no frame, or molecules are cut by the
                boundary.
        """
        topology = trajectory.topology
        members = molecule_rows(topology, molecule)
        count, atoms = 0, members.shape[1]
        positions, forces = np.zeros((2, atoms, atoms))
        for frames in trajectory.chunks():
            if frames.box is not None and not frames.whole:
                raise ValueError(
                    "molecules are cut by the periodic boundary: make them whole first "
                    "(molscape.io.open does)"
                )
            x = frames.positions[:, members].astype(np.float64)
            x = x - x.mean(axis=2, keepdims=True)
            positions += np.einsum("fmic,fmjc->ij", x, x, optimize=True)
            if frames.forces is not None:
                f = frames.forces[:, members].astype(np.float64)
                forces += np.einsum("fmic,fmjc->ij", f, f, optimize=True)
            count += 3 * len(frames) * len(members)
        if count == 0:
            raise ValueError("the trajectory has no frames: check the selection of frames")
        known = "forces" in trajectory.fields
        clusters = rigid_clusters(topology)[members[0]]
        groups = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
        return cls(positions / count, forces / count if known else None, groups, members)

    @property
    def spread(self) -> float:
        """Mean squared displacement of the atoms from their centre, for each component, in nm^2."""
        return float(np.trace(self.positions)) / len(self.positions)


def molecule_rows(topology: Topology, molecule: str) -> Int[np.ndarray, "molecule atom"]:
    """Return the atoms of every molecule of a name, one row each.

    Raises:
        ValueError: if there is none, or they do not have the same atoms.
    """
    members = topology.members(molecule)
    if not members:
        known = sorted(set(topology.molecule_names.tolist()))
        raise ValueError(f"there is no molecule {molecule!r}; the topology has {known}")
    names = [topology.names[rows].tolist() for rows in members]
    if any(other != names[0] for other in names):
        raise ValueError(
            f"molecules called {molecule} differ in their atoms: give them different names"
        )
    return np.stack(members)


def best_decoder(
    moments: SecondMoments, encoder: Float[np.ndarray, "bead atom"]
) -> tuple[Float[np.ndarray, "atom bead"], Float[np.ndarray, " atom"]]:
    """Return the linear decoder of least squares for beads z = C x, and each atom's deviation.

    With displacements y = x - c of the atoms and u = z - c of the beads from the centre c of the
    beads, D' = <y u> <u u>^+; rows of D = D' + (1 - D' 1) 1/n sum to one, so that atoms move
    with the beads. The deviation is the root mean square length |x_i - sum D z| in nm.

    Args:
        moments: of the molecule.
        encoder: rows C that sum to one, such as `encoder_of` returns.
    """
    second, centre = moments.positions, encoder.mean(axis=0)
    towards = second @ centre
    mean = float(centre @ towards)
    beads = encoder - centre
    mixed = second @ beads.T - centre @ second @ beads.T
    # The beads' displacements sum to zero, so that the matrix has no inverse.
    inverse = np.linalg.pinv(beads @ second @ beads.T, rcond=1e-10, hermitian=True)
    decoder = mixed @ inverse
    left = np.diag(second) - 2 * towards + mean - np.sum(decoder * mixed, axis=1)
    decoder = decoder + (1 - decoder.sum(axis=1))[:, None] / len(encoder)
    return decoder, np.sqrt(np.maximum(3 * left, 0.0))


def encoder_of(beads: Int[np.ndarray, " atom"]) -> Float[np.ndarray, "bead atom"]:
    """Return the matrix that takes atoms to the centres of geometry of their beads."""
    members = np.eye(int(beads.max()) + 1)[:, beads]
    return members / members.sum(axis=1, keepdims=True)


def reconstruction_error(moments: SecondMoments, beads: Int[np.ndarray, " atom"]) -> float:
    """Return the root mean square deviation of the atoms from their linear reconstruction, nm."""
    deviations = best_decoder(moments, encoder_of(beads))[1]
    return float(np.sqrt(np.mean(deviations**2)))


def bead_force(moments: SecondMoments, beads: Int[np.ndarray, " atom"]) -> float:
    """Return the mean squared instantaneous force on the beads, (kJ/mol/nm)^2 a component.

    Raises:
        ValueError: if the data have no forces.
    """
    if moments.forces is None:
        raise ValueError(
            "the trajectory has no forces: recompute them with `molscape rerun`, or leave the "
            "force term out"
        )
    count = int(beads.max()) + 1
    members = np.eye(count)[:, beads]
    return float(np.einsum("bi,ij,bj->", members, moments.forces, members)) / count
