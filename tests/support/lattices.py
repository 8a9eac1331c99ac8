"""Noisy lattices of beads, and pair splines that hold them together."""

import numpy as np

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import PairSpline


def lattice(cells, spacing, noise, skew=0.0, seed=0):
    """Positions (n, 3) of a noisy cubic lattice and its box, sheared if asked."""
    grid = np.stack(np.meshgrid(*[np.arange(k) for k in cells], indexing="ij"), axis=-1)
    box = np.diag(np.array(cells) * spacing)
    box[1, 0], box[2, 0], box[2, 1] = skew * box[0, 0], -0.5 * skew * box[0, 0], skew * box[1, 1]
    random = np.random.default_rng(seed)
    positions = (grid.reshape(-1, 3) / cells) @ box
    return positions + noise * random.normal(size=positions.shape), box


def spline(pairs=(("A", "A"), ("A", "B"), ("B", "B"))):
    empty = PairSpline(start=0.24, cutoff=0.8, spacing=0.02, pairs=pairs)
    r = 0.24 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    scale = np.array([3.0, 5.0, 4.0])[: len(pairs), None]
    return empty.with_parameters(scale * ((0.28 / r) ** 8 - (0.28 / r) ** 4) * (1 - r / 0.8) ** 2)


def water_like(cells=(6, 6, 6)):
    """Topology, start and potential of a fluid of one type."""
    positions, box = lattice(cells, 0.32, 0.01)
    topology = Topology.build(["W"] * len(positions), masses=np.full(len(positions), 18.0))
    return topology, Frames(positions[None], box[None]), spline((("W", "W"),))


def small_fluid(cells=(4, 4, 4), skew=0.0):
    """Topology, start and potential of a small fluid, in a box that may be sheared."""
    positions, box = lattice(cells, 0.36, 0.01, skew)
    topology = Topology.build(["W"] * len(positions), masses=np.full(len(positions), 18.0))
    empty = PairSpline(start=0.24, cutoff=0.6, spacing=0.02, pairs=(("W", "W"),))
    r = 0.24 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = 3.0 * ((0.28 / r) ** 8 - (0.28 / r) ** 4) * (1 - r / 0.6) ** 2
    return topology, Frames(positions[None], box[None]), empty.with_parameters(curve[None])
