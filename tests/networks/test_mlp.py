"""The multilayer perceptron."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.networks import MLP


def test_it_equals_plain_numpy():
    network = MLP.draw((3, 7, 5, 2), jax.random.key(0))
    x = np.random.default_rng(1).normal(size=(4, 6, 3)).astype(np.float32)
    arrays = network.arrays()
    y = x
    for k in range(3):
        y = y @ arrays[f"weights.{k}"].T + arrays[f"biases.{k}"]
        y = np.tanh(y) if k < 2 else y
    np.testing.assert_allclose(network(jnp.asarray(x)), y, atol=1e-5)
    assert network.sizes == (3, 7, 5, 2)


def test_glorot_weights_keep_to_their_limit():
    network = MLP.draw((40, 60, 1), jax.random.key(2))
    limit = np.sqrt(6 / 100)
    weight = np.asarray(network.weights[0])
    assert np.abs(weight).max() <= limit
    np.testing.assert_allclose(weight.var(), limit**2 / 3, rtol=0.05)
    assert not np.any(network.biases[0])


def test_arrays_rebuild_it():
    network = MLP.draw((3, 4, 1), jax.random.key(0), "silu")
    again = MLP.rebuild("silu", network.arrays())
    x = jnp.ones((2, 3))
    np.testing.assert_array_equal(network(x), again(x))


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="activation 'relu': use tanh"):
        MLP.draw((3, 4, 1), jax.random.key(0), "relu")
    with pytest.raises(ValueError, match="give at least an input and an output"):
        MLP.draw((3,), jax.random.key(0))
    with pytest.raises(ValueError, match="do not follow"):
        MLP([np.ones((4, 3)), np.ones((1, 5))], [np.ones(4), np.ones(1)])
