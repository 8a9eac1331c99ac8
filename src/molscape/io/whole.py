"""Molecules made whole over the periodic boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.frames import Frames
from molscape.core.space import minimum_image
from molscape.core.topology import Topology

# Blocks of this size stay in the processor's cache, which halves the time.
_BLOCK_BYTES = 2**19


@dataclass(frozen=True, eq=False)
class MoleculeTrees:
    """A spanning tree of each molecule, rooted at its first particle.

    Edge k leads from `parents[k]` to `children[k]`; edges are sorted by their distance from the
    root and `levels` says where each distance begins. `closures` are the bonds that close rings.
    `chained` counts edges that are no bonds: such particles are placed next to the particle
    before them in their molecule.
    """

    parents: Int[np.ndarray, " edge"]
    children: Int[np.ndarray, " edge"]
    levels: tuple[int, ...]
    closures: Int[np.ndarray, "closure 2"]
    chained: int

    @classmethod
    def build(cls, topology: Topology) -> MoleculeTrees:
        """Walk through bonds, constraints and virtual sites from the first particles."""
        bonds = _links(topology)
        chain = _chain(topology.molecules, bonds)
        edges = np.concatenate([bonds, chain])
        first = np.unique(topology.molecules, return_index=True)[1]
        visited = np.zeros(len(topology), dtype=bool)
        visited[first] = True
        both = np.concatenate([edges, edges[:, ::-1]])
        taken, levels = [np.zeros((0, 2), dtype=np.int64)], [0]
        while len(both := both[~visited[both[:, 1]]]):
            reached = both[visited[both[:, 0]]]
            reached = reached[np.unique(reached[:, 1], return_index=True)[1]]
            visited[reached[:, 1]] = True
            taken.append(reached)
            levels.append(levels[-1] + len(reached))
        tree = np.concatenate(taken)
        closing = ~np.isin(_key(bonds, len(topology)), _key(tree, len(topology)))
        return cls(tree[:, 0], tree[:, 1], tuple(levels), bonds[closing], len(chain))

    def __call__(self, frames: Frames) -> Frames:
        """Return the frames with every molecule in one piece; its first particle stays.

        Raises:
            ValueError: if two linked particles are further apart than half the box, or a
                molecule is bonded to its own image.
        """
        if frames.box is None:
            return frames.replace(whole=True)
        positions = frames.positions
        length = max(1, _BLOCK_BYTES // (24 * frames.n_particles + 1))
        for start in range(0, len(frames), length):
            block = slice(start, start + length)
            moved = self._whole(frames.positions[block], frames.box[block])
            if moved is not None:
                positions = positions.copy() if positions is frames.positions else positions
                positions[block] = moved
        return frames.replace(positions=positions, whole=True)

    def _whole(
        self, positions: Float[np.ndarray, "frame particle 3"], box: Float[np.ndarray, "frame 3 3"]
    ) -> Float[np.ndarray, "frame particle 3"] | None:
        """Return whole positions, or None where nothing is broken."""
        half = np.diagonal(box, axis1=1, axis2=2)[:, None] / 2
        legs = positions[:, self.children] - positions[:, self.parents]
        broken = np.flatnonzero((np.abs(legs) > half).any(axis=(1, 2)))
        if len(broken):
            near = minimum_image(legs[broken], box[broken, None])
            positions = positions.copy()
            positions[broken] = self._shift_pieces(positions[broken], near - legs[broken])
            legs[broken] = near
        self._check(legs, half, np.stack([self.parents, self.children], axis=1))
        if len(self.closures):
            rings = positions[:, self.closures[:, 1]] - positions[:, self.closures[:, 0]]
            self._check(rings, half, self.closures)
        return positions if len(broken) else None

    def _shift_pieces(
        self, positions: Float[np.ndarray, "frame particle 3"], steps: np.ndarray
    ) -> Float[np.ndarray, "frame particle 3"]:
        """Add up the lattice vectors along each tree, level by level."""
        shift = np.zeros_like(positions)
        for start, stop in zip(self.levels[:-1], self.levels[1:], strict=True):
            level = slice(start, stop)
            shift[:, self.children[level]] = shift[:, self.parents[level]] + steps[:, level]
        return positions + shift

    def _check(self, legs: np.ndarray, half: np.ndarray, pairs: Int[np.ndarray, "pair 2"]) -> None:
        squares = np.einsum("fek,fek->fe", legs, legs)
        limit = half.min(axis=2)
        if np.any(squares > limit**2):
            frame, edge = np.argwhere(squares > limit**2)[0]
            i, j = pairs[edge]
            raise ValueError(
                f"particles {i} and {j} of one molecule are {squares[frame, edge] ** 0.5:.3f} nm "
                f"apart, more than half the box ({limit[frame, 0]:.3f} nm), so the molecule cannot "
                "be made whole: check the topology's bonds and molecules, or that it belongs to "
                "this trajectory; for a molecule bonded to its own image pass `whole=False` to "
                "molscape.io.prepare(molscape.io.read(...))"
            )


def make_whole(topology: Topology, frames: Frames) -> Frames:
    """Return the frames with every molecule in one piece; see `MoleculeTrees`."""
    return MoleculeTrees.build(topology)(frames)


def _key(pairs: Int[np.ndarray, "pair 2"], n: int) -> Int[np.ndarray, " pair"]:
    return pairs.min(axis=1, initial=n) * n + pairs.max(axis=1, initial=0)


def _links(topology: Topology) -> Int[np.ndarray, "link 2"]:
    """Bonds, constraints and the ties of virtual sites to their first parents, each once."""
    found = [topology.bonds, topology.constraints]
    if (sites := topology.virtual_sites) is not None:
        found.append(np.stack([sites.sites, sites.parents[:, 0]], axis=1))
    links = np.sort(np.concatenate(found), axis=1)
    links = links[topology.molecules[links[:, 0]] == topology.molecules[links[:, 1]]]
    return np.unique(links, axis=0)


def _chain(
    molecules: Int[np.ndarray, " particle"], links: Int[np.ndarray, "link 2"]
) -> Int[np.ndarray, "edge 2"]:
    """Tie each unlinked piece of a molecule to the particle before its first one."""
    n = len(molecules)
    graph = coo_matrix((np.ones(len(links), dtype=np.int8), (links[:, 0], links[:, 1])), (n, n))
    piece = connected_components(graph, directed=False)[1]
    order = np.argsort(molecules, kind="stable")
    is_first = np.zeros(n, dtype=bool)
    is_first[np.unique(piece, return_index=True)[1]] = True
    joined = (molecules[order[1:]] == molecules[order[:-1]]) & is_first[order[1:]]
    return np.stack([order[:-1][joined], order[1:][joined]], axis=1).astype(np.int64)
