"""What the compiled loop is compiled for, and how one copy or many pass through it."""

import jax.numpy as jnp
import numpy as np

from molscape.core.ensemble import NVE
from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.simulate.replicas import LoopPlan, over_replicas
from molscape.simulate.tempering import Tempering
from molscape.simulate.volume_moves import Molecules

DIMER = Topology.build(["A", "A"], masses=[2.0, 2.0], bonds=np.array([[0, 1]]))


def test_one_replica_and_many_give_the_same():
    def function(system, x, box, shift):
        return jnp.sum(x * system.masses[:, None]) + shift

    system = System.build(DIMER, 300.0)
    x, shift = jnp.arange(12.0).reshape(2, 2, 3), jnp.array([1.0, 2.0])
    many = over_replicas(function, 2)(system, x, None, shift)
    ones = [
        over_replicas(function, 1)(system, x[k : k + 1], None, shift[k : k + 1]) for k in (0, 1)
    ]
    assert np.allclose(many, np.concatenate(ones))


def plan(**changes):
    search = NeighbourSearch(cutoff=0.0, skin=0.0, capacity=1, cells=None, cell_capacity=0)
    given = {"timestep": 0.001, "room": 2, "molecules": Molecules.of(DIMER.molecules)}
    return LoopPlan(search, NVE(300.0), degrees=3, **given, **changes)


def test_copies_have_the_thermal_energy_of_their_temperature():
    assert plan().kT == thermal_energy(300.0)
    ladder = plan(tempering=Tempering((300.0, 400.0)), copies=2)
    expected = [thermal_energy(each) for each in (300.0, 300.0, 400.0, 400.0)]
    np.testing.assert_array_equal(ladder.kT, expected)
