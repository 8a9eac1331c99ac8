"""The loss of force matching against plain sums and the linear fit's own loss."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.neighbours import NeighbourSearch, allocate
from molscape.core.state import State
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.fit.normal_equations import accumulate
from molscape.objectives import ForceMatching
from molscape.objectives.objective import Batch
from molscape.potentials import PairSpline

N, FRAMES = 20, 4


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
    x = jnp.asarray(random.uniform(0, 1.5, (FRAMES, N, 3)))
    box = jnp.asarray(np.repeat(np.eye(3)[None] * 1.5, FRAMES, axis=0))
    search, _ = allocate(system, x[0], box[0], 0.7)
    roomy = NeighbourSearch(cutoff=0.7, skin=0.0, capacity=N - 1, cells=None, cell_capacity=0)
    assert search.capacity <= N + 12
    forces = jnp.asarray(random.normal(size=x.shape))
    return Batch(system, x, forces, box, jnp.ones(FRAMES), roomy)


@pytest.fixture(scope="module")
def loss():
    return eqx.filter_jit(ForceMatching())


def test_the_loss_is_that_of_the_normal_equations(potential, batch, loss):
    topology = Topology.build(["A"] * N, masses=np.ones(N))
    frames = Frames(
        np.asarray(batch.positions), box=np.asarray(batch.box), forces=np.asarray(batch.forces)
    )
    (sums,) = accumulate(potential, [(Trajectory.from_frames(topology, frames), State(300))], 1)
    value, terms = loss(potential, batch)
    parameters = np.asarray(potential.parameters).ravel()
    assert float(value) == pytest.approx(sums.loss(parameters), rel=1e-10)
    assert float(terms["zero_loss"]) == pytest.approx(float(np.mean(batch.forces**2)))
    assert float(terms["overflow"]) == 0


def test_padding_frames_and_beads_do_not_count(potential, batch, loss):
    spoilt = eqx.tree_at(
        lambda b: (b.forces, b.weight),
        batch,
        (batch.forces.at[2].set(1e6), batch.weight.at[2].set(0.0)),
    )
    keep = jnp.asarray([0, 1, 3])
    fewer = [
        loss(potential, eqx.tree_at(lambda b: b.weight, batch, jnp.eye(FRAMES)[k])) for k in keep
    ]
    mean = np.mean([float(value) for value, _ in fewer])
    assert float(loss(potential, spoilt)[0]) == pytest.approx(mean)
    mask = jnp.arange(N) < N - 5
    masked = eqx.tree_at(lambda b: b.system.mask, batch, mask)
    changed = eqx.tree_at(lambda b: b.forces, masked, masked.forces.at[:, N - 5 :].set(1e6))
    assert float(loss(potential, changed)[0]) == float(loss(potential, masked)[0])
    zero = float(loss(potential, masked)[1]["zero_loss"])
    assert zero == pytest.approx(float(np.mean(np.asarray(batch.forces)[:, : N - 5] ** 2)))


def test_a_list_that_is_too_short_is_reported(potential, batch):
    tight = NeighbourSearch(cutoff=0.7, skin=0.0, capacity=2, cells=None, cell_capacity=0)
    short = Batch(batch.system, batch.positions, batch.forces, batch.box, batch.weight, tight)
    _, terms = eqx.filter_jit(ForceMatching())(potential, short)
    assert float(terms["overflow"]) == 1


def test_the_gradient_vanishes_at_the_solution(potential, batch):
    own = eqx.filter_jit(
        jax.vmap(
            lambda x, box: potential.forces(
                batch.system, x, box, batch.search(batch.system, x, box)
            )
        )
    )(batch.positions, batch.box)
    exact = eqx.tree_at(lambda b: b.forces, batch, own)
    (value, _), gradient = eqx.filter_jit(eqx.filter_value_and_grad(ForceMatching(), has_aux=True))(
        potential, exact
    )
    assert float(value) < 1e-20
    assert float(jnp.max(jnp.abs(gradient.parameters))) < 1e-9
