"""Beads that walk: what most observables can be measured on."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def _walkers(step=0.01, box=True, bonds=None):
    """Beads of two types on jittered lattices that take small random steps."""
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 0.4
    walk = np.cumsum(random.normal(0, step, (40, len(grid), 3)), axis=0)
    topology = Topology.build(["A"] * 65 + ["B"] * 60, masses=np.ones(len(grid)))
    if bonds is not None:
        topology = topology.replace(bonds=bonds).with_connected_angles()
    frames = Frames(
        positions=grid + random.normal(0, 0.03, walk.shape) + walk,
        box=np.repeat(2.0 * np.eye(3)[None], 40, axis=0) if box else None,
        times=np.arange(40.0),
        whole=True,
    )
    return Sample(Trajectory.from_frames(topology, frames))


@pytest.fixture
def walkers():
    """Make a sample of walkers: how far they step (nm), with a box or not, and their bonds."""
    return _walkers


@pytest.fixture
def chains(walkers):
    """A sample whose beads are bonded along short chains, without a box."""
    bonds = [[i, i + 1] for i in range(0, 125, 5)] + [[1, 2], [2, 3], [3, 4], [66, 67]]
    return walkers(box=False, bonds=np.array(bonds))


@pytest.fixture
def moving(walkers):
    """A sample with velocities that are pure noise, without a box."""
    frames = walkers(box=False).trajectory.load()
    noise = np.random.default_rng(0).normal(size=frames.positions.shape)
    topology = walkers().trajectory.topology
    return Sample(Trajectory.from_frames(topology, frames.replace(velocities=noise)))
