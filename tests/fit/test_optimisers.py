"""Steps of every optimiser on a linear regression."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.fit import LBFGS, RPROP, SGD, Adam, Kalman
from support.regression import MATRIX, TARGET, regression

OPTIMISERS = [SGD(), Adam(), RPROP(), LBFGS(), Kalman()]
START = np.array([1.0, -2.0, 3.0])
SLOPE = 2 / 7 * MATRIX.T @ (MATRIX @ START - TARGET)


def step(optimiser, rate=1.0):
    """Parameters after the first step that moves them, and the loss before it."""
    free = jnp.asarray(START)
    problem, rate = regression(), jnp.asarray(rate)
    state = optimiser.init(free)
    # RPROP compares two gradients: its first step has none before it, and stays.
    for _ in range(2 if isinstance(optimiser, RPROP) else 1):
        free, state, loss = optimiser.step(problem, free, state, None, rate)
    return np.asarray(free), float(loss)


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda own: own.kind)
def test_a_step_goes_downhill_and_tells_the_loss_before_it(optimiser):
    moved, loss = step(optimiser)
    assert loss == pytest.approx(np.mean((MATRIX @ START - TARGET) ** 2))
    assert np.mean((MATRIX @ moved - TARGET) ** 2) < loss
    still, _ = step(optimiser, rate=0.0)
    np.testing.assert_array_equal(still, START)


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda own: own.kind)
def test_the_rate_of_a_schedule_scales_the_step(optimiser):
    (whole, _), (half, _) = step(optimiser), step(optimiser, rate=0.5)
    np.testing.assert_allclose(half - START, 0.5 * (whole - START), rtol=1e-9)


def test_first_steps_of_first_order_are_known():
    np.testing.assert_allclose(step(SGD(learning_rate=0.02))[0], START - 0.02 * SLOPE)
    adam = START - 0.02 * np.sign(SLOPE)
    np.testing.assert_allclose(step(Adam(learning_rate=0.02))[0], adam, atol=1e-8)
    rprop = START - 0.02 * np.sign(SLOPE)
    np.testing.assert_allclose(step(RPROP(learning_rate=0.02))[0], rprop, atol=1e-12)


def test_lbfgs_solves_a_quadratic_in_few_steps():
    optimiser, problem = LBFGS(), regression()
    free = jnp.asarray(START)
    state = optimiser.init(free)
    move = jax.jit(lambda free, state: optimiser.step(problem, free, state, None, jnp.ones(())))
    for _ in range(25):
        free, state, _ = move(free, state)
    np.testing.assert_allclose(free, np.linalg.lstsq(MATRIX, TARGET)[0], atol=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda own: own.kind)
def test_a_step_keeps_the_types_of_its_state(optimiser):
    # Weak types that turn strong have every loop compiled anew after its first pass.
    problem = regression(np.float32)
    free = jnp.zeros(3, np.float32)
    before = (free, optimiser.init(free))
    after = jax.eval_shape(
        lambda pair: optimiser.step(problem, *pair, None, jnp.float32(1)), before
    )

    def types(leaves):
        return [(leaf.shape, leaf.dtype, leaf.weak_type) for leaf in leaves]

    assert types(jax.tree.leaves(after[:2])) == types(map(jax.typeof, jax.tree.leaves(before)))
