"""Spectral norms of layers, and the projection that bounds them."""

import jax
import numpy as np
import pytest

from molscape.networks import MLP, project, spectral_norms


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


def test_close_singular_values_are_told_from_the_largest():
    random = np.random.default_rng(0)
    left, right = (np.linalg.qr(random.normal(size=(30, 30)))[0] for _ in range(2))
    for second in (0.0, 0.9, 0.99, 1.0):
        values = np.concatenate([[2.0], 2.0 * second * np.linspace(1, 0, 29)])
        weight = (left * values) @ right
        network = MLP([weight], [np.zeros(30)])
        np.testing.assert_allclose(spectral_norms(network), [2.0], rtol=1e-3)
    assert float(spectral_norms(MLP([np.zeros((3, 2))], [np.zeros(3)]))[0]) == 0.0


def test_a_bound_must_be_positive():
    for bound in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"spectral bound {bound:g}: give a positive number"):
            project(MLP.draw((3, 1), jax.random.key(0)), bound)
