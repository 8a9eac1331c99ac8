"""How forces on the beads of a molecule vary together, and weights that make them alike."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

FRAMES = 500
"""Frames that covariances are taken from, evenly spaced."""

SMALLEST = 1e-3
"""Combinations of forces that vary by less than this share of the most variable count as that."""

Whitening = tuple[tuple[Int[np.ndarray | Array, "_ _"], Float[np.ndarray | Array, "_ _"]], ...]
"""For each kind of molecule: its beads (molecule, bead), and the matrix (bead, bead) that mixes
their forces."""


def whitening(data: Sequence[Trajectory]) -> tuple[Whitening, ...]:
    """Return for each trajectory the matrices s C^-1/2 of each kind of molecule.

    C_ab = <F_a . F_b>/3 over all molecules of the kind, frames and trajectories; s^2 is the mean
    square of all forces, so that forces on molecules of one bead of one kind stay as they are.
    After it all combinations of the forces on a molecule vary alike. Where stiff bonds join
    beads, the forces along them are large and nearly all noise, and the sum of the forces on a
    molecule is small and tells of its neighbours: a sum of plain squares sees the former alone.
    (Weighted least squares: Aitken, Proc. R. Soc. Edinburgh 55, 42 (1936).)

    Raises:
        ValueError: if all forces are zero.
    """
    kinds = [_kinds(trajectory.topology) for trajectory in data]
    sums: dict[tuple[str, ...], np.ndarray] = {}
    counts: dict[tuple[str, ...], int] = {}
    square, components = 0.0, 0
    for trajectory, own in zip(data, kinds, strict=True):
        few = trajectory[:: max(1, len(trajectory) // FRAMES)]
        for frames in few.chunks():
            assert frames.forces is not None
            forces = np.asarray(frames.forces, dtype=np.float64)
            square, components = square + float(np.sum(forces**2)), components + forces.size
            for kind, members in own.items():
                each = forces[:, members].reshape(-1, len(kind), 3)
                product = np.einsum("mak,mbk->ab", each, each)
                sums[kind] = sums.get(kind, 0.0) + product
                counts[kind] = counts.get(kind, 0) + 3 * len(each)
    if square == 0:
        raise ValueError("all forces are zero: nothing tells how they vary")
    scale = np.sqrt(square / components)
    matrices = {kind: scale * _inverse_root(sums[kind] / counts[kind]) for kind in sums}
    return tuple(tuple((members, matrices[kind]) for kind, members in own.items()) for own in kinds)


def mixed(
    matrices: Whitening, forces: Float[Array, "*rows particle 3"]
) -> Float[Array, "*rows particle 3"]:
    """Return the forces mixed within each molecule."""
    for members, matrix in matrices:
        own = forces[..., members, :]
        new = jnp.einsum("ab,...mbk->...mak", jnp.asarray(matrix, forces.dtype), own)
        forces = forces.at[..., members, :].set(new)
    return forces


def _kinds(topology: Topology) -> dict[tuple[str, ...], np.ndarray]:
    """Return the beads of all molecules (molecule, bead), by the types of their beads."""
    found: dict[tuple[str, ...], list[np.ndarray]] = {}
    order = np.argsort(topology.molecules, kind="stable")
    ends = np.flatnonzero(np.diff(topology.molecules[order])) + 1
    for members in np.split(order, ends):
        kind = tuple(str(name) for name in topology.types[members])
        found.setdefault(kind, []).append(members)
    return {kind: np.array(rows) for kind, rows in found.items()}


def _inverse_root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    raised = np.maximum(values, SMALLEST * values[-1])
    return np.asarray((vectors / np.sqrt(raised)) @ vectors.T)
