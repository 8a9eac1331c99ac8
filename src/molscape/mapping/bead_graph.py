"""The graph of a molecule's beads: neighbours, and what an invariant is taken of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path

from molscape.core.topology import Topology

Members = tuple[tuple[int, ...], ...]


def joined(
    bonds: Int[np.ndarray, "bond 2"], apart: Float[np.ndarray, "bead bead"]
) -> Int[np.ndarray, "edge 2"]:
    """Return the bonds of a molecule's beads, sorted, with edges that join its pieces.

    Beads that hold atoms from far apart in a molecule need not be joined by bonds. Pieces are
    joined where they are nearest, by as few edges as that takes.

    Args:
        bonds: between beads.
        apart: root mean square distances in nm.
    """
    adjacent = np.zeros(apart.shape, dtype=bool)
    adjacent[bonds[:, 0], bonds[:, 1]] = adjacent[bonds[:, 1], bonds[:, 0]] = True
    # Bonds weigh less than any other pair, so that the tree takes those only where it must.
    weight = np.where(adjacent, 1.0, 2.0 + apart)
    tree = coo_matrix(minimum_spanning_tree(np.triu(weight, 1)))
    adjacent[tree.row, tree.col] = adjacent[tree.col, tree.row] = True
    return np.argwhere(np.triu(adjacent)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class BeadGraph:
    """Beads of one molecule and the edges between them.

    `nearest` holds the two nearest beads of each: fewest edges away, then nearest on average,
    then first. `triples` are paths a-m-b of two edges; `quadruples`, sorted, are sets of
    four beads on a path of three edges, or around a bead with three neighbours.
    """

    edges: Int[np.ndarray, "edge 2"]
    nearest: Int[np.ndarray, "bead 2"]
    triples: Members
    quadruples: Members

    @classmethod
    def of(
        cls, bonds: Int[np.ndarray, "bond 2"], apart: Float[np.ndarray, "bead bead"]
    ) -> BeadGraph:
        """Build the graph of three beads or more.

        Pieces that no bond joins are joined as `joined` does.

        Args:
            bonds: between beads.
            apart: root mean square distances in nm.
        """
        count, edges = len(apart), joined(bonds, apart)
        adjacent = np.zeros((count, count), dtype=bool)
        adjacent[edges[:, 0], edges[:, 1]] = adjacent[edges[:, 1], edges[:, 0]] = True
        steps = shortest_path(adjacent.astype(float), unweighted=True)
        order = [
            [k for k in np.lexsort((np.arange(count), apart[i], steps[i])).tolist() if k != i]
            for i in range(count)
        ]
        paths = Topology.build(
            ["B"] * count, masses=np.ones(count), bonds=edges
        ).with_connected_angles()
        sets = {tuple(sorted(row)) for row in paths.dihedrals.tolist()}
        for bead in range(count):
            around = np.flatnonzero(adjacent[bead]).tolist()
            sets |= {tuple(sorted((bead, *three))) for three in combinations(around, 3)}
        return cls(
            edges,
            np.array([row[:2] for row in order], dtype=np.int64),
            tuple(tuple(row) for row in paths.angles.tolist()),
            tuple(sorted(sets)),
        )
