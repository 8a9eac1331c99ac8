"""What every differentiable objective promises of its loss and its residuals."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.objectives import EnergyAndForceMatching, ForceMatching
from molscape.objectives.objective import Batch, Objective
from molscape.potentials import LennardJones

FRAMES, BEADS = 3, 4


@pytest.fixture(scope="module", autouse=True)
def double():
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def model():
    return LennardJones(epsilon=[1.0], sigma=[0.3], pairs=(("A", "A"),), cutoff=0.9)


@pytest.fixture(scope="module")
def batch():
    random = np.random.default_rng(0)
    square = np.array([[0, 0, 0], [0.35, 0, 0], [0, 0.35, 0], [0.35, 0.35, 0]])
    return Batch(
        system=System.build(Topology.build(["A"] * BEADS, masses=np.ones(BEADS)), 300.0),
        positions=jnp.asarray(square + random.normal(scale=0.01, size=(FRAMES, BEADS, 3))),
        forces=jnp.asarray(random.normal(size=(FRAMES, BEADS, 3))),
        box=None,
        weight=jnp.ones(FRAMES),
        search=NeighbourSearch(cutoff=0.9, skin=0.0, capacity=8, cells=None, cell_capacity=0),
        energies=jnp.asarray(random.normal(size=FRAMES)),
    )


@eqx.filter_jit
def residuals_of(objective, model, batch):
    return objective.residuals(model, batch)


OBJECTIVES = [ForceMatching(), EnergyAndForceMatching(weight=2.0)]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda own: own.kind)
def test_the_loss_is_the_mean_of_squared_residuals(objective, model, batch):
    loss, terms = eqx.filter_jit(objective)(model, batch)
    residuals = np.asarray(residuals_of(objective, model, batch))
    assert float(loss) == pytest.approx(np.mean(residuals**2), rel=1e-10)
    assert float(loss) > 1.0
    assert float(terms["zero_loss"]) == pytest.approx(np.mean(np.asarray(batch.forces) ** 2))


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda own: own.kind)
def test_padding_is_zero_in_the_residuals_frame_by_frame(objective, model, batch):
    padded = eqx.tree_at(lambda b: b.weight, batch, jnp.asarray([1.0, 0.0, 1.0]))
    rows = np.asarray(residuals_of(objective, model, padded)).reshape(FRAMES, -1)
    assert not rows[1].any()
    assert np.abs(rows[[0, 2]]).max(axis=1).min() > 0.1


def test_energies_are_unknown_unless_given(batch):
    arrays = {name: value for name, value in vars(batch).items() if name != "energies"}
    assert Batch(**arrays).energies is None


def test_an_objective_has_a_loss_and_residuals():
    class Half(Objective):
        def __call__(self, potential, batch):
            return jnp.zeros(()), {}

    with pytest.raises(TypeError, match="residuals"):
        Half()
