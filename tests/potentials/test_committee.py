"""A committee: its mean, its disagreement, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import Committee, HarmonicBonds


def bond(length):
    return HarmonicBonds(types=("A-A",), stiffness=[100.0], length=[length])


@pytest.fixture
def pair():
    topology = Topology.build(
        ["A", "A"], masses=np.ones(2), molecules=np.zeros(2, int), bonds=np.array([[0, 1]])
    )
    system = System.build(topology, 300.0)
    positions = jnp.array([[0.0, 0, 0], [0.3, 0, 0]])
    return system, positions, allocate(system, positions, None, 0.1)[1]


def test_mean_and_spread_are_those_of_the_members(pair):
    system, positions, neighbours = pair
    with jax.enable_x64(True):
        committee = Committee([bond(0.1), bond(0.2), bond(0.27)])
        energy = committee(system, positions, None, neighbours)
        forces = committee.forces(system, positions, None, neighbours)
        spread, each = committee.deviation(system, positions, None, neighbours)
    stretch = 0.3 - np.array([0.1, 0.2, 0.27])
    assert float(energy) == pytest.approx(np.mean(50 * stretch**2), rel=1e-6)
    assert float(forces[0, 0]) == pytest.approx(np.mean(100 * stretch), rel=1e-6)
    assert float(spread) == pytest.approx(np.std(50 * stretch**2, ddof=1), rel=1e-5)
    assert float(each[1]) == pytest.approx(np.std(100 * stretch, ddof=1) / np.sqrt(3), rel=1e-5)


def test_members_are_alike_and_several():
    with pytest.raises(ValueError, match="at least two potentials of the same kind"):
        Committee([bond(0.1)])
