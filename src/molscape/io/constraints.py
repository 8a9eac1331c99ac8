"""Rigid bonds found by distances that do not vary, for files that do not carry constraints."""

from __future__ import annotations

import hashlib

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix

from molscape.core.frames import Frames
from molscape.core.space import minimum_image
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

RIGID = 1e-4
"""A distance is rigid if its standard deviation is below this share of its mean."""

SAMPLES = 20
FEWEST = 4
"""Frames that differ, below which nothing is said of rigid bonds."""

_SMALL = 5


def sample(trajectory: Trajectory, count: int = SAMPLES) -> Frames:
    """Read evenly spaced frames, the first and the last among them."""
    chosen = np.unique(np.linspace(0, len(trajectory) - 1, count).round().astype(int))
    return Frames.concatenate([trajectory[int(k)] for k in chosen])


def infer_constraints(trajectory: Trajectory) -> Topology:
    """Return the topology with constraints where distances do not vary.

    Bonds and pairs two bonds apart are tried (H-H of a rigid water too); in molecules of up to
    five particles without bonds, all pairs. Rounding in the file is allowed for. Lengths are
    averaged over like pairs. A topology that has constraints is returned as it is.

    Args:
        trajectory: at least four frames that differ; 20 are read.
    """
    return constraints_of(trajectory.topology, sample(trajectory))


def constraints_of(topology: Topology, frames: Frames) -> Topology:
    """Return the topology with constraints where distances do not vary between these frames."""
    frames = frames[~copies(frames)]
    if len(topology.constraints) or len(frames) < FEWEST:
        return topology
    pairs = _candidates(topology)
    kept, means = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0)]
    for start in range(0, len(pairs), 100_000):
        some = pairs[start : start + 100_000]
        legs = frames.positions[:, some[:, 1]] - frames.positions[:, some[:, 0]]
        legs = minimum_image(legs, None if frames.box is None else frames.box[:, None])
        lengths = np.linalg.norm(legs, axis=2)
        mean = lengths.mean(axis=0)
        rigid = (lengths.std(axis=0) < RIGID * mean + resolution(frames.positions)) & (mean > 0)
        kept.append(some[rigid])
        means.append(mean[rigid])
    found, lengths = np.concatenate(kept), np.concatenate(means)
    return topology.replace(
        constraints=found, constraint_lengths=_average_lengths(topology, found, lengths)
    )


def copies(frames: Frames) -> Bool[np.ndarray, " frame"]:
    """Mark frames that repeat an earlier one; in copies everything would look rigid."""
    seen: set[bytes] = set()
    marked = np.zeros(len(frames), dtype=bool)
    for k, positions in enumerate(frames.positions):
        key = hashlib.sha256(np.ascontiguousarray(positions).tobytes()).digest()
        marked[k] = key in seen
        seen.add(key)
    return marked


def _candidates(topology: Topology) -> Int[np.ndarray, "pair 2"]:
    n = len(topology)
    bonds = topology.bonds
    graph = csr_matrix((np.ones(len(bonds)), (bonds[:, 0], bonds[:, 1])), shape=(n, n))
    graph = graph + graph.T
    near = (graph + graph @ graph).tocoo()
    found = np.stack([near.row, near.col], axis=1).astype(np.int64)
    sizes = np.bincount(topology.molecules)
    bonded = np.zeros(len(sizes), dtype=bool)
    bonded[topology.molecules[bonds.ravel()]] = True
    small = np.flatnonzero((~bonded & (sizes <= _SMALL))[topology.molecules])
    order = small[np.argsort(topology.molecules[small], kind="stable")]
    close = [np.stack([order[:-k], order[k:]], axis=1) for k in range(1, _SMALL)]
    same = [
        pair[topology.molecules[pair[:, 0]] == topology.molecules[pair[:, 1]]] for pair in close
    ]
    pairs = np.concatenate([found[found[:, 0] < found[:, 1]], *same])
    massive = (topology.masses[pairs] > 0).all(axis=1)
    return np.unique(np.sort(pairs[massive], axis=1), axis=0)


def resolution(positions: Float[np.ndarray, "frame particle 3"]) -> float:
    """Return the distance in nm between neighbouring numbers that the file could hold.

    The last decimal where the numbers are rounded to some, otherwise the spacing of single
    precision at the largest coordinate.
    """
    sizes = np.abs(positions)
    largest = positions[sizes > 0.9 * sizes.max()][:1000]
    for decimals in range(2, 7):
        scaled = largest * 10.0**decimals
        # Rounded numbers may have passed through single precision, as those of XTC files have.
        allowed = 1e-4 + 2.4e-7 * np.abs(scaled)
        if np.all((np.abs(scaled - np.round(scaled)) < allowed) & (allowed < 0.1)):
            return 10.0**-decimals
    return float(np.spacing(np.float32(sizes.max())))


def _average_lengths(
    topology: Topology, pairs: Int[np.ndarray, "pair 2"], lengths: Float[np.ndarray, " pair"]
) -> Float[np.ndarray, " pair"]:
    """Replace each length by the mean over pairs of the same names in the same molecules."""
    if not len(pairs):
        return lengths
    names = np.sort(topology.names[pairs], axis=1)
    molecules = topology.molecule_names[topology.molecules[pairs[:, 0]]]
    label = np.char.add(np.char.add(names[:, 0], "|"), np.char.add(names[:, 1], "|"))
    group = np.unique(np.char.add(label, molecules), return_inverse=True)[1]
    return (np.bincount(group, lengths) / np.bincount(group))[group]


def describe_constraints(topology: Topology) -> str:
    """Return the kinds of constraints with their lengths: "HW1-OW 0.1000 nm (x 300), ..."."""
    pairs = np.sort(topology.names[topology.constraints], axis=1)
    kinds = np.char.add(np.char.add(pairs[:, 0], "-"), pairs[:, 1])
    names, group = np.unique(kinds, return_inverse=True)
    counts = np.bincount(group)
    lengths = np.bincount(group, topology.constraint_lengths) / counts
    parts = [
        f"{name} {length:.4f} nm (x {count})"
        for name, length, count in zip(names, lengths, counts, strict=True)
    ]
    return ", ".join(parts[:8]) + (f" and {len(parts) - 8} more kinds" if len(parts) > 8 else "")
