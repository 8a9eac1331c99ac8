"""Configurations as a few numbers that do not turn with them, and the frames they are seen in.

Rows of a frame are its axes: a vector v reads `frame @ v` in it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from vesin import NeighborList

from molscape.core.topology import Topology
from molscape.features.internal_coordinates import angles, dihedrals, distances

OWN = 4
"""At most so many beads of the same molecule, the nearest ones, belong to surroundings."""


def whole_configuration(
    positions: Float[np.ndarray, "sample particle 3"],
) -> tuple[Float[np.ndarray, "sample input"], Float[np.ndarray, "sample particle 3 3"]]:
    """Describe all of a few particles: each is placed by distance, angle and dihedral to the last.

    Inputs are n - 1 distances in nm, n - 2 angles in rad, and cosine and sine of n - 3
    dihedrals. Each particle has a frame of its own, spanned by it and two others that are near
    and not in a line with it, so that what happens far away does not turn it.

    Raises:
        ValueError: if there are fewer than two particles.
    """
    count = positions.shape[1]
    if count < 2:
        raise ValueError("one particle by itself has no configuration: give two or more")
    x = np.asarray(positions, dtype=np.float64)
    order = np.arange(count)
    inputs = [distances(x, np.stack([order[:-1], order[1:]], 1))]
    if count > 2:
        inputs.append(angles(x, np.stack([order[:-2], order[1:-1], order[2:]], 1)))
    if count > 3:
        phi = dihedrals(x, np.stack([order[:-3], order[1:-2], order[2:-1], order[3:]], 1))
        inputs += [np.cos(phi), np.sin(phi)]
    turn = np.empty((len(x), count, 3, 3))
    for k in range(count):
        others = [j for j in range(count) if j != k]
        i, j = _spanning(x, k, others) if count > 2 else (others[0], others[0])
        turn[:, k] = _frames(x[:, i] - x[:, k], x[:, j] - x[:, k])
    return np.concatenate(inputs, axis=1), turn


def _spanning(x: np.ndarray, k: int, others: list[int]) -> tuple[int, int]:
    """Return the two others that make the widest and smallest triangle with k, on average."""
    some = x[:: max(1, len(x) // 100)]
    scores = {}
    for i, j in combinations(others, 2):
        a, b = some[:, i] - some[:, k], some[:, j] - some[:, k]
        longest = np.sqrt(np.maximum(np.sum(a**2, axis=1), np.sum(b**2, axis=1)))
        scores[i, j] = float(np.mean(np.linalg.norm(np.cross(a, b), axis=1) / longest**3))
    return max(scores, key=lambda pair: scores[pair])


def surroundings(
    topology: Topology,
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
    centres: Int[np.ndarray, " centre"],
    shell: int,
    cutoff: float,
) -> tuple[Float[np.ndarray, "centre input"], Float[np.ndarray, "centre 3 3"]]:
    """Describe what is around some particles of one frame by their nearest neighbours.

    First come up to four beads of the same molecule, by type and distance, then the `shell`
    nearest others by distance. The first two neighbours span the frame, in which neighbour j
    is given by u_j / r_j (1/nm), u its direction; zero where there is none within the cutoff.
    With several types, one more input says which type each neighbour has.

    Args:
        topology: of the particles.
        positions: in nm.
        box: in nm, or None.
        centres: particles to describe, all of molecules of the same number of beads.
        shell: number of neighbours from other molecules.
        cutoff: in nm, at most half of the box.
    """
    x = np.asarray(positions, dtype=np.float64)
    cell = np.zeros((3, 3)) if box is None else np.ascontiguousarray(box, dtype=np.float64)
    search = NeighborList(cutoff=cutoff, full_list=True, sorted=True, n_threads=1)
    pairs, vectors = search.compute(x, cell, box is not None, "PD")
    pairs = pairs.astype(np.int64)
    species = np.unique(topology.types, return_inverse=True)[1]
    same = topology.molecules[pairs[:, 0]] == topology.molecules[pairs[:, 1]]
    length = np.linalg.norm(vectors, axis=1)
    own = min(OWN, int(np.bincount(topology.molecules)[topology.molecules[centres]].max()) - 1)
    seen, kind = [], []
    for mask, count in ((same, own), (~same, shell)):
        rows = np.flatnonzero(mask)
        nearest = rows[np.lexsort((length[rows], pairs[rows, 0]))]
        rank = _rank(pairs[nearest, 0])
        nearest, rank = nearest[rank < count], rank[rank < count]
        if mask is same:
            order = (length[nearest], species[pairs[nearest, 1]], pairs[nearest, 0])
            nearest = nearest[np.lexsort(order)]
            rank = _rank(pairs[nearest, 0])
        place = np.zeros((len(x), count, 3))
        place[pairs[nearest, 0], rank] = vectors[nearest] / length[nearest, None] ** 2
        names = np.zeros((len(x), count))
        names[pairs[nearest, 0], rank] = 1.0 + species[pairs[nearest, 1]]
        seen.append(place[centres])
        kind.append(names[centres])
    vectors = np.concatenate(seen, axis=1)
    turn = _frames(vectors[:, 0], vectors[:, min(1, vectors.shape[1] - 1)])
    turned = np.einsum("sij,skj->ski", turn, vectors)
    flat = [turned[:, 0, :1], turned[:, 1:2, :2].reshape(len(turned), -1)]
    flat.append(turned[:, 2:].reshape(len(turned), -1))
    if species.max(initial=0) > 0:
        flat.append(np.concatenate(kind, axis=1))
    return np.concatenate(flat, axis=1), turn


def _rank(owner: np.ndarray) -> np.ndarray:
    """Return the place of each entry among those of its owner, owners being in order."""
    return np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")


def _frames(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return right-handed orthonormal rows, the first along `first`; any where not defined."""
    spare = np.roll(first, 1, axis=1) + np.array([0.3, 0.7, 1.1])
    e1 = _unit(first, np.broadcast_to(np.array([1.0, 0.0, 0.0]), first.shape))
    across = second - e1 * np.sum(e1 * second, axis=1, keepdims=True)
    instead = spare - e1 * np.sum(e1 * spare, axis=1, keepdims=True)
    e2 = _unit(across, _unit(instead, np.cross(e1, np.roll(e1, 1, axis=1))))
    return np.stack([e1, e2, np.cross(e1, e2)], axis=1)


def _unit(vector: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.where(length > 1e-9, vector / np.maximum(length, 1e-9), otherwise)
