"""The Kalman filter on linear models, where it is Bayesian regression."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.fit import Kalman
from molscape.fit.kalman import LARGEST
from support.regression import MATRIX, TARGET, regression

ONE = np.float64(1.0)


def step(own, free, state, rate=ONE):
    return own.step(regression(), free, state, None, jnp.asarray(rate))


def test_one_step_is_the_posterior_of_bayesian_regression():
    own = Kalman(memory=1.0, noise=0.3, process=0.0, variance=2.0)
    free = jnp.zeros(3)
    moved, state, loss = step(own, free, own.init(free))
    precision = MATRIX.T @ MATRIX / 0.3 + np.eye(3) / 2.0
    np.testing.assert_allclose(state.matrix, np.linalg.inv(precision), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved, np.linalg.solve(precision, MATRIX.T @ TARGET / 0.3))
    assert float(loss) == pytest.approx(np.mean(TARGET**2))


def test_steps_on_the_same_data_are_one_step_with_less_noise():
    twice = Kalman(memory=1.0, noise=0.6, process=0.0, variance=2.0)
    free, state = jnp.zeros(3), twice.init(jnp.zeros(3))
    for _ in range(2):
        free, state, _ = step(twice, free, state)
    once = Kalman(memory=1.0, noise=0.3, process=0.0, variance=2.0)
    moved, after, _ = step(once, jnp.zeros(3), once.init(jnp.zeros(3)))
    np.testing.assert_allclose(free, moved, rtol=1e-8)
    np.testing.assert_allclose(state.matrix, after.matrix, rtol=1e-8, atol=1e-12)


def test_memory_grows_and_process_noise_is_added():
    own = Kalman(memory=0.9, growth=0.5, noise=0.3, process=0.25, variance=2.0)
    quiet = Kalman(memory=0.9, growth=0.5, noise=0.3, process=0.0, variance=2.0)
    free = jnp.zeros(3)
    _, state, _ = step(own, free, own.init(free))
    _, other, _ = step(quiet, free, quiet.init(free))
    np.testing.assert_allclose(state.matrix - other.matrix, 0.25 * np.eye(3), atol=1e-12)
    np.testing.assert_array_equal(state.matrix, state.matrix.T)
    assert float(state.memory) == pytest.approx(0.5 * 0.9 + 0.5)


def test_the_rate_scales_the_step_alone():
    own, free = Kalman(), jnp.ones(3)
    whole, state, _ = step(own, free, own.init(free))
    half, same, _ = step(own, free, own.init(free), np.float64(0.5))
    np.testing.assert_allclose(half - free, 0.5 * (whole - free))
    np.testing.assert_array_equal(same.matrix, state.matrix)


def test_too_many_parameters_are_refused():
    text = f"a Kalman filter over {LARGEST + 1} parameters .* use at most {LARGEST}, by smaller"
    with pytest.raises(ValueError, match=text):
        Kalman().init({"weights": np.zeros(LARGEST), "bias": np.zeros(1)})
