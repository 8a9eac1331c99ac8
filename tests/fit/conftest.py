"""A Lennard-Jones fluid, sampled and its forces summed by plain numpy."""

from types import SimpleNamespace

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


def strata(density, count, random):
    """Values at the middle of `count` strata of a density on a fine grid (x, p), shuffled."""
    x, p = density
    total = np.concatenate([[0.0], np.cumsum((p[1:] + p[:-1]) / 2 * np.diff(x))])
    return random.permutation(np.interp((np.arange(count) + 0.5) / count * total[-1], total, x))


def sampled(topology, positions, edge=None):
    """What a sampler returns."""
    box = None if edge is None else np.repeat(np.eye(3)[None] * edge, len(positions), axis=0)
    trajectory = Trajectory.from_frames(topology, Frames(positions, box=box))
    return SimpleNamespace(trajectory=trajectory, observables={}, blow_up=None, seconds=100.0)


class DilutePair:
    """Two particles in a cube: g = exp(-u/kT) up to a constant, sampled in strata of r."""

    topology = Topology.build(["A", "A"], masses=np.ones(2))
    edge = 1.7

    def __init__(self, frames=20_000):
        self.frames, self.calls = frames, []

    def __call__(self, potential, iteration, state):
        self.calls.append(iteration)
        return self.draw(lambda r: potential.tabulate(r, ("A", "A"))[0], seed=iteration)

    def draw(self, energy, seed=0, kT=STATE.kT):
        random = np.random.default_rng(seed)
        r = np.linspace(1e-3, self.edge / 2, 20_000)
        density = r**2 * np.exp(-energy(r) / kT)
        near = 4 * np.pi * np.sum((density[1:] + density[:-1]) / 2) * (r[1] - r[0])
        away = self.edge**3 - 4 / 3 * np.pi * (self.edge / 2) ** 3
        inside = round(self.frames * near / (near + away))
        direction = random.normal(size=(self.frames, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        step = np.full((self.frames, 3), self.edge / 2)
        step[:inside] = strata((r, density), inside, random)[:, None] * direction[:inside]
        first = random.uniform(0, self.edge, (self.frames, 3))
        pairs = random.permutation(np.stack([first, first + step], axis=1))
        return sampled(self.topology, pairs, self.edge)


class FreeChains:
    """Chains A-B-B-A whose bonds, angles and dihedrals are independent, sampled in strata."""

    chains = 50

    def __init__(self, frames=100):
        self.frames = frames
        start = 4 * np.arange(self.chains)[:, None]
        bonds = np.concatenate([start + np.arange(k, k + 2) for k in range(3)])
        self.topology = Topology.build(
            ["A", "B", "B", "A"] * self.chains,
            masses=np.ones(4 * self.chains),
            molecules=np.repeat(np.arange(self.chains), 4),
            bonds=bonds,
            angles=np.concatenate([start + np.arange(k, k + 3) for k in range(2)]),
            dihedrals=start + np.arange(4),
        )

    def __call__(self, potential, iteration, state):
        tables = {}
        for term in potential.terms():
            for label in term.types:
                tables[label] = lambda x, term=term, label=label: term.tabulate(x, label)[0]
        return self.draw(tables, seed=iteration)

    def draw(self, energies, seed=0, kT=STATE.kT):
        """Sample from energies by label, zero where there is none."""
        random = np.random.default_rng(seed)
        count = self.chains * self.frames
        grids = {
            "A-B": (np.linspace(0.05, 0.4, 20_001), lambda r: r**2),
            "B-B": (np.linspace(0.05, 0.4, 20_001), lambda r: r**2),
            "A-B-B": (np.linspace(0, np.pi, 20_001), np.sin),
            "A-B-B-A": (np.linspace(-np.pi, np.pi, 20_001), np.ones_like),
        }

        def values(label, number):
            x, jacobian = grids[label]
            u = energies[label](x) if label in energies else np.zeros_like(x)
            p = jacobian(x) * np.exp(-(u - u.min()) / kT)
            return strata((x, p), number * count, random).reshape(number, count)

        bond, angle = values("A-B", 2), values("A-B-B", 2)
        middle, phi = values("B-B", 1)[0], values("A-B-B-A", 1)[0]
        x = np.zeros((count, 4, 3))
        x[:, 2, 2] = middle
        x[:, 0] = bond[0, :, None] * _direction(angle[0], np.zeros(count))
        turned = _direction(np.pi - angle[1], phi)
        x[:, 3] = x[:, 2] + bond[1, :, None] * turned
        x = x.reshape(self.frames, self.chains, 4, 3) + 3 * np.arange(self.chains)[:, None, None]
        return sampled(self.topology, x.reshape(self.frames, -1, 3))


def _direction(polar, azimuth):
    sine = np.sin(polar)
    return np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), np.cos(polar)], axis=-1)


@pytest.fixture
def dilute():
    """A sampler of two particles."""
    return DilutePair


@pytest.fixture
def chains():
    """A sampler of ideal chains."""
    return FreeChains
