"""Forces of a small network on three beads, for others to learn."""

import equinox as eqx
import jax
import numpy as np

import molscape as ms
from molscape.core.frames import Frames
from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.features import MoleculeGeometry
from molscape.potentials import CGnet

STATE = ms.State(temperature=300.0)
FEATURES = MoleculeGeometry(beads=3, pairs=[(0, 1), (1, 2), (0, 2)], angles=[(0, 1, 2)])
TOPOLOGY = ms.Topology.build(["A", "B", "C"], masses=np.ones(3), molecules=np.zeros(3, int))


def frames(count, seed=0):
    start = np.array([[0, 0, 0], [0.15, 0, 0], [0.2, 0.14, 0]])
    noise = np.random.default_rng(seed).normal(scale=0.02, size=(count, 3, 3))
    return Frames(start + noise, forces=np.zeros((count, 3, 3)))


def network(hidden, seed, given):
    data = [(ms.Trajectory.from_frames(TOPOLOGY, given), STATE)]
    return CGnet.draw(FEATURES, data, jax.random.key(seed), hidden=hidden)


def lesson(count=160):
    """Frames with the forces of a teacher."""
    given = frames(count)
    teacher = network((6,), 1, given)
    system = System.build(TOPOLOGY, 300.0)
    search = NeighbourSearch(cutoff=0.0, skin=0.0, capacity=8, cells=None, cell_capacity=0)
    forces = eqx.filter_jit(
        jax.vmap(lambda x: teacher.forces(system, x, None, search(system, x, None)))
    )
    return given.replace(forces=np.asarray(forces(given.positions), dtype=np.float64))


def data(given):
    return [(ms.Trajectory.from_frames(TOPOLOGY, given), STATE)]
