import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory


@pytest.fixture(scope="session")
def particles():
    """Make a trajectory from positions (frame, particle, 3) nm and one box or one per frame."""

    def make(positions, box=None, types=None, **fields):
        positions = np.asarray(positions, dtype=float)
        if box is not None:
            box = np.broadcast_to(np.asarray(box, dtype=float), (len(positions), 3, 3)).copy()
        bonds = fields.pop("bonds", np.zeros((0, 2), dtype=np.int64))
        count = positions.shape[1]
        topology = Topology.build(types or ["W"] * count, masses=np.ones(count), bonds=bonds)
        return Trajectory(topology, ArraySource(Frames(positions, box, **fields)))

    return make


@pytest.fixture(scope="session")
def ideal_gas(particles):
    """Make independent uniform points in a box, some of them outside of it."""

    def make(frames, count, box, seed=0, types=None, **fields):
        random = np.random.default_rng(seed)
        inside = random.random((frames, count, 3)) + random.integers(-2, 3, (frames, count, 3))
        box = np.broadcast_to(np.asarray(box, dtype=float), (frames, 3, 3))
        positions = np.einsum("fpi,fij->fpj", inside, box)
        return particles(positions, box, types, **fields)

    return make
