"""A Lennard-Jones fluid, sampled and its forces summed by plain numpy."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest
import scipy.linalg

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.objectives.structure import Histograms
from support.lessons import lesson, network

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


class ExactGas:
    """One pair, bond, angle and dihedral of each type, counted without noise.

    Takes the place of `measure`: a trajectory's name is the key of its energies by label, and
    counts are n p(bin) with p from the Boltzmann distribution, covariances those of n frames.
    """

    frames, edge, blocks = 1e9, 4.0, 4

    def __init__(self):
        self.energies, self.pressure, self.random = {}, None, None
        self.topology = Topology.build(["A", "B", "A", "B"], masses=np.ones(4))

    def trajectory(self, name, energies, kT=STATE.kT):
        """Register energies by label and return the trajectory that stands for their gas."""
        self.energies[name] = energies, kT
        frames = Frames(np.zeros((1, 4, 3)), box=np.eye(3)[None] * self.edge)
        return Trajectory.from_frames(self.topology, frames, name=name)

    def sampler(self, states=(STATE,)):
        """Return the sampler of models."""

        def run(potential, iteration, state):
            terms = {}
            for term in potential.terms():
                for label in term.labels:
                    key = tuple(label.split("-")) if "cutoff" in vars(term) else label
                    terms[label] = lambda x, term=term, key=key: term.tabulate(x, key)[0]
            kT = states[state].kT
            made = self.trajectory(f"{iteration}-{state}", terms, kT)
            observables = {}
            if self.pressure is not None:
                observables["pressure"] = np.full((20, 1), self.pressure(terms))
            return SimpleNamespace(
                trajectory=made, observables=observables, blow_up=None, seconds=100.0
            )

        return run

    def measure(self, trajectory, distributions, *, blocks=10, products=True):
        """Stand in for `objectives.structure.measure`."""
        energies, kT = self.energies[trajectory.name]
        shares = [self._shares(each, energies[each.label], kT) for each in distributions]
        p = np.concatenate([share for share, _ in shares])
        free = np.concatenate([share for _, share in shares])
        outer = scipy.linalg.block_diag(*[np.outer(q, q) for q, _ in shares])
        count = self.frames / self.blocks
        counts = np.tile(count * p, (self.blocks, 1))
        if self.random is not None:
            counts = self.random.poisson(counts).astype(float)
        return Histograms(
            distributions=tuple(distributions),
            counts=counts,
            ideal=np.tile(count * free, (self.blocks, 1)),
            frames=np.full(self.blocks, count),
            products=self.frames * (np.diag(p) - outer + np.outer(p, p)) if products else None,
            volume=self.edge**3,
            replica=np.zeros(self.blocks, dtype=np.int64),
            part=np.arange(self.blocks),
        )

    def _shares(self, which, energy, kT):
        points, weights = np.polynomial.legendre.leggauss(6)
        half = np.diff(which.edges)[:, None] / 2
        x = which.x[:, None] + half * points
        u = energy(x.ravel()).reshape(x.shape)
        if which.kind != "rdf":
            u = u - u.min()
        p = np.sum(weights * half * which.jacobian(x) * np.exp(-u / kT), axis=1)
        if which.kind != "rdf":
            return p / p.sum(), which.measure / which.measure.sum()
        away = self.edge**3 - which.measure.sum()
        return p / (p.sum() + away), which.measure / self.edge**3


@pytest.fixture
def gas(monkeypatch):
    """An exactly solvable stand-in for dynamics and counting."""
    exact = ExactGas()
    for room in ("projection", "comparison"):
        monkeypatch.setattr(f"molscape.fit.{room}.measure", exact.measure)
    return exact


@pytest.fixture
def dilute():
    """A sampler of two particles."""
    return DilutePair


@pytest.fixture(scope="session")
def taught():
    """Frames with the forces of a teacher."""
    return lesson()


@pytest.fixture(scope="session")
def student(taught):
    """A network that has not learned yet."""
    return network((8,), 2, taught)
