"""Beads placed at random around a line, alone or as a chain."""

import numpy as np

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

TOPOLOGY = Topology.build(["A", "B", "A", "B"], masses=np.ones(4))


def placed(topology, frames=8):
    """Return frames of beads at random around a line, 0.3 nm apart."""
    random = np.random.default_rng(1)
    line = np.arange(len(topology))[:, None] * np.array([0.3, 0.0, 0.0])
    positions = line + 0.02 * random.normal(size=(frames, len(topology), 3))
    return Trajectory.from_frames(topology, Frames(positions=positions, whole=True))


CHAIN = Topology.build(
    ["A", "B", "C", "A"],
    masses=np.ones(4),
    molecules=[0, 0, 0, 0],
    bonds=np.array([[1, 0], [1, 2], [2, 3]]),
    angles=np.array([[0, 1, 2], [1, 2, 3]]),
    dihedrals=np.array([[0, 1, 2, 3]]),
)
