"""The multilayer perceptron and its spectral bound."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.networks import MLP, project, spectral_norms


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


def test_the_projection_bounds_every_layer_and_leaves_small_ones():
    network = MLP.draw((5, 30, 30, 1), jax.random.key(3))
    norms = np.asarray(spectral_norms(network))
    exact = [np.linalg.svd(w, compute_uv=False)[0] for w in map(np.asarray, network.weights)]
    np.testing.assert_allclose(norms, exact, rtol=1e-5)
    bound = float(np.sort(norms)[1])
    projected = project(network, bound)
    np.testing.assert_allclose(spectral_norms(projected), np.minimum(norms, bound), rtol=1e-5)
    slopes = jax.vmap(jax.grad(lambda x: project(network, 0.5)(x)[0]))(
        jax.random.normal(jax.random.key(4), (200, 5))
    )
    assert np.linalg.norm(slopes, axis=1).max() <= 0.5**3 + 1e-6


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="activation 'relu': use tanh"):
        MLP.draw((3, 4, 1), jax.random.key(0), "relu")
    with pytest.raises(ValueError, match="give at least an input and an output"):
        MLP.draw((3,), jax.random.key(0))
    with pytest.raises(ValueError, match="do not follow"):
        MLP([np.ones((4, 3)), np.ones((1, 5))], [np.ones(4), np.ones(1)])
    with pytest.raises(ValueError, match="positive number"):
        project(MLP.draw((3, 1), jax.random.key(0)), 0.0)


def test_close_singular_values_are_told_from_the_largest():
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(30, 30)))[0] for _ in range(2))
    for second in (0.0, 0.9, 0.99, 1.0):
        values = np.concatenate([[2.0], 2.0 * second * np.linspace(1, 0, 29)])
        weight = (left * values) @ right
        network = MLP([weight], [np.zeros(30)])
        np.testing.assert_allclose(spectral_norms(network), [2.0], rtol=1e-3)
    assert float(spectral_norms(MLP([np.zeros((3, 2))], [np.zeros(3)]))[0]) == 0.0
