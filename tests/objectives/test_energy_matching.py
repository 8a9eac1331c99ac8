"""Energies and forces together: plain sums, the free zero of energy, and what is refused."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.objectives import EnergyAndForceMatching, ForceMatching
from molscape.objectives.objective import Batch
from molscape.potentials import PairSpline

N, FRAMES = 6, 5


@pytest.fixture(scope="module", autouse=True)
def double():
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def potential():
    parameters = np.random.default_rng(0).normal(size=(1, 7))
    return PairSpline(
        start=0.2, cutoff=0.7, spacing=0.1, pairs=(("A", "A"),), parameters=parameters
    )


@pytest.fixture(scope="module")
def batch():
    random = np.random.default_rng(1)
    system = System.build(Topology.build(["A"] * N, masses=np.ones(N)), 300.0)
    x = jnp.asarray(random.uniform(0, 0.8, (FRAMES, N, 3)))
    search = NeighbourSearch(cutoff=0.7, skin=0.0, capacity=8, cells=None, cell_capacity=0)
    forces, energies = random.normal(size=x.shape), random.normal(size=FRAMES)
    weight = jnp.asarray([1.0, 1, 1, 1, 0])
    return Batch(
        system, x, jnp.asarray(forces), None, weight, search, energies=jnp.asarray(energies)
    )


def test_the_loss_is_the_plain_sum(potential, batch):
    objective = EnergyAndForceMatching(weight=3.0)
    loss, terms = eqx.filter_jit(objective)(potential, batch)
    found = np.array(
        [
            potential(batch.system, x, None, batch.search(batch.system, x, None))
            for x in batch.positions
        ]
    )
    error = ((found - np.asarray(batch.energies)) / N)[:4]
    energy = np.mean((error - error.mean()) ** 2)
    forces, _ = ForceMatching()(potential, batch)
    assert float(terms["energy_loss"]) == pytest.approx(energy)
    assert float(loss) == pytest.approx(float(forces) + 3.0 * N * energy)
    residuals = np.asarray(objective.residuals(potential, batch)).reshape(FRAMES, -1)
    assert np.mean(residuals[:4] ** 2) == pytest.approx(float(loss))
    assert np.all(residuals[4] == 0)


def test_the_zero_of_energy_is_free(potential, batch):
    objective = eqx.filter_jit(EnergyAndForceMatching())
    shifted = eqx.tree_at(lambda b: b.energies, batch, batch.energies - 4321.0)
    loss, moved = objective(potential, batch)[0], objective(potential, shifted)[0]
    assert float(moved) == pytest.approx(float(loss))


def test_energies_are_needed(potential, batch):
    without = Batch(batch.system, batch.positions, batch.forces, None, batch.weight, batch.search)
    with pytest.raises(ValueError, match="the data has no energies"):
        EnergyAndForceMatching()(potential, without)
