"""A Lennard-Jones fluid, sampled and its forces summed by plain numpy."""

import jax
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

SIGMA, CUTOFF, EDGE, SIDE = 0.34, 0.78, 0.39, 4
LENGTH = EDGE * SIDE
STATE = State(temperature=120.0)


def slope(r, epsilon=1.0):
    """u'(r) of Lennard-Jones with the force shifted to zero at the cutoff, kJ/mol/nm."""

    def bare(r):
        return 4 * epsilon * (-12 * SIGMA**12 / r**13 + 6 * SIGMA**6 / r**7)

    return np.where(r < CUTOFF, bare(r) - bare(CUTOFF), 0.0)


def pair_forces(positions, epsilon):
    """Forces (particle, 3); `epsilon` is one number or (particle, particle)."""
    d = positions[:, None] - positions
    d -= np.round(d / LENGTH) * LENGTH
    r = np.linalg.norm(d, axis=-1) + 9 * np.eye(len(d))
    return -np.einsum("ij,ijk->ik", slope(r, epsilon) / r, d)


def energy(r):
    """Plain Lennard-Jones energy of one particle with its neighbours at r (nm)."""
    return np.sum(np.where(r < CUTOFF, 4 * ((SIGMA / r) ** 12 - (SIGMA / r) ** 6), 0.0))


def distances(positions, centre, own):
    d = positions - centre
    d -= np.round(d / LENGTH) * LENGTH
    r = np.linalg.norm(d, axis=1)
    r[own] = LENGTH
    return r


def configurations(frames, seed=0):
    """A dense fluid at 120 K by Metropolis moves, so that distances occur as they should."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(SIDE)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    x, kept = grid * EDGE, []
    for _ in range(frames):
        for i in np.tile(np.arange(len(x)), 4):
            new = x[i] + random.uniform(-0.05, 0.05, 3)
            rise = energy(distances(x, new, i)) - energy(distances(x, x[i], i))
            if random.uniform() < np.exp(-rise / STATE.kT):
                x[i] = new
        kept.append(x.copy())
    return np.array(kept)


def trajectory_of(positions, forces, types=None):
    count, particles, _ = positions.shape
    box = np.repeat(np.eye(3)[None] * LENGTH, count, axis=0)
    topology = Topology.build(
        ["A"] * particles if types is None else types, masses=np.ones(particles)
    )
    return Trajectory.from_frames(topology, Frames(positions, box=box, forces=forces), name="made")


@pytest.fixture(scope="session")
def positions():
    return configurations(80)


@pytest.fixture(scope="session")
def forces(positions):
    return np.array([pair_forces(x, 1.0) for x in positions])


@pytest.fixture
def fluid(positions, forces):
    """(trajectory, state) pairs, as a fit takes them."""
    return [(trajectory_of(positions, forces), STATE)]


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


@pytest.fixture
def make():
    """The functions that make data, for tests that need other data."""

    class Make:
        slope = staticmethod(slope)
        pair_forces = staticmethod(pair_forces)
        configurations = staticmethod(configurations)
        trajectory = staticmethod(trajectory_of)
        state = STATE
        cutoff = CUTOFF

    return Make
