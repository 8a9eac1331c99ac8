"""Weights that project the forces on atoms to valid forces on beads."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.topology import Topology


def rigid_clusters(topology: Topology) -> Int[np.ndarray, " atom"]:
    """Return for each atom the number of the group that rigid bonds make it part of."""
    n, rigid = len(topology), topology.constraints
    graph = csr_matrix((np.ones(len(rigid)), (rigid[:, 0], rigid[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def unit_force_weights(
    topology: Topology, atoms: np.ndarray, bead: np.ndarray, names: np.ndarray
) -> tuple[csr_matrix, int]:
    """Return weights of one on the atoms of a bead and on those tied to them by rigid bonds.

    The second value counts tied atoms that belong to no bead.

    Args:
        topology: of the atoms.
        atoms: indices of atoms in beads.
        bead: the bead that each of these belongs to.
        names: of the beads, for messages.

    Raises:
        ValueError: if a rigid bond joins two beads.
    """
    n_atoms, n_beads = len(topology), int(bead.max()) + 1
    cluster = rigid_clusters(topology)
    home = np.full(int(cluster.max()) + 1, -1)
    home[cluster[atoms]] = bead
    clash = home[cluster[atoms]] != bead
    if np.any(clash):
        other = int(home[cluster[atoms[np.argmax(clash)]]])
        atom = int(atoms[np.argmax(clash)])
        raise ValueError(
            f"rigid bonds join beads {names[bead[np.argmax(clash)]]} and {names[other]} (at atom "
            f"{topology.names[atom]}, index {atom}): no projected force is valid there; put "
            "rigidly connected atoms into one bead"
        )
    taken = home[cluster]
    reached = np.flatnonzero(taken >= 0)
    weights = csr_matrix(
        (np.ones(len(reached)), (taken[reached], reached)), shape=(n_beads, n_atoms)
    )
    return weights, len(reached) - len(atoms)
