import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.potentials._ewald import constant_energy, needed_vectors, reciprocal_energy
from molscape.potentials.coulomb import screening


def test_the_reciprocal_sum_is_the_plain_one():
    random = np.random.default_rng(0)
    x, charges, edge, alpha = random.uniform(size=(4, 3)), np.array([1.0, -1, 0.5, -0.5]), 1.0, 3.0
    numbers = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), -1).reshape(-1, 3)
    k = 2 * np.pi / edge * numbers[np.any(numbers != 0, axis=1)]
    square = np.sum(k * k, axis=1)
    structure = np.abs(np.exp(1j * k @ x.T) @ charges) ** 2
    expected = 2 * np.pi * np.sum(np.exp(-square / (4 * alpha**2)) / square * structure)
    with jax.enable_x64(True):
        box = jnp.eye(3) * edge
        found = reciprocal_energy(jnp.asarray(x), jnp.asarray(charges), box, alpha, (6, 6, 6))
    assert float(found) == pytest.approx(expected, rel=1e-10)


def test_wave_vectors_grow_with_the_box_and_the_accuracy():
    alpha, longest = screening(0.9, 1e-5)
    assert screening(0.9, 1e-7)[0] > alpha
    assert needed_vectors(np.eye(3) * 4.0, longest) > needed_vectors(np.eye(3) * 2.0, longest)


def test_a_net_charge_lowers_the_energy():
    with jax.enable_x64(True):
        neutral, charged = (jnp.array([1.0, other]) for other in (-1.0, 1.0))
        volume = jnp.asarray(8.0)
        assert constant_energy(charged, volume, 3.0) < constant_energy(neutral, volume, 3.0)
