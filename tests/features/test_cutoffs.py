"""Cutoff functions at known points, and what is continuous at their ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.features.cutoffs import cosine_cutoff, quintic_switch, tanh_cutoff


def test_the_switch_has_two_continuous_derivatives():
    with jax.enable_x64(True):
        s = lambda r: quintic_switch(r, 0.3, 0.5)  # noqa: E731
        for end, value in ((0.3, 1.0), (0.5, 0.0)):
            for side in (-1e-9, 1e-9):
                r = jnp.asarray(end + side)
                assert s(r) == pytest.approx(value, abs=1e-12)
                assert jax.grad(s)(r) == pytest.approx(0, abs=1e-6)
                assert jax.grad(jax.grad(s))(r) == pytest.approx(0, abs=1e-4)
        assert s(jnp.asarray(0.4)) == pytest.approx(0.5)
        third = jax.grad(jax.grad(jax.grad(s)))
        assert abs(third(jnp.asarray(0.5 - 1e-9))) > 1


def test_cutoff_functions_at_known_points():
    with jax.enable_x64(True):
        r = jnp.asarray([0.0, 0.25, 0.5, 0.7])
        np.testing.assert_allclose(cosine_cutoff(r, 0.5), [1, 0.5, 0, 0], atol=1e-15)
        expected = [np.tanh(1) ** 3, np.tanh(0.5) ** 3, 0, 0]
        np.testing.assert_allclose(tanh_cutoff(r, 0.5), expected, atol=1e-15)


def test_only_the_cosine_has_a_second_derivative_that_jumps():
    with jax.enable_x64(True):
        inside = jnp.asarray(0.5 - 1e-7)
        for function, curvature in ((cosine_cutoff, 0.5 * (np.pi / 0.5) ** 2), (tanh_cutoff, 0.0)):
            slope = jax.grad(function)
            assert slope(inside, 0.5) == pytest.approx(0, abs=1e-5)
            assert jax.grad(slope)(inside, 0.5) == pytest.approx(curvature, abs=1e-4)
            assert jax.grad(slope)(jnp.asarray(0.5 + 1e-7), 0.5) == 0.0
