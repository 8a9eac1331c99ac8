"""The rippled quartic against its closed form and quadrature."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad

from molscape import potentials
from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials.rippled_quartic import force_noise, quartic, quartic_force, ripple

KNOWN = {-3.5: 1.2383, -3: 0.6195, -2.5: 0.4733, 0: 1.5795, 2.5: 0.2483, 3: 0.0195, 3.5: 0.0833}
"""Free energy in kT above the deeper minimum, at x = 3.170 nm."""


def test_quartic_has_the_known_values_and_minima():
    lowest = quartic(3.170)
    for x, value in KNOWN.items():
        assert quartic(x) - lowest == pytest.approx(value, abs=1e-4)
    assert quartic_force(np.array([3.170, -2.545, 0.125])) == pytest.approx(0, abs=5e-3)
    assert lowest - np.log(20 * np.pi) / 2 == pytest.approx(-2.69, abs=5e-3)


def test_quartic_is_the_free_energy():
    """Integrated over y by a quadrature that knows nothing of it."""
    for x in (-3.9, -2.0, 0.3, 3.5):
        total = quad(lambda y, x=x: np.exp(-ripple(x, y)), -25, 25, limit=2000, epsabs=1e-12)[0]
        free = quad(lambda y: np.exp(-(y**2) / 20), -25, 25, epsabs=1e-12)[0]
        # Second order in the ripple: the same at every x.
        assert -np.log(total / free) == pytest.approx(-(0.04**2) / 4, abs=1e-6)


def test_mean_force_is_the_slope_of_the_quartic():
    x = np.linspace(-8, 8, 33)
    slope_of = (quartic(x + 1e-5) - quartic(x - 1e-5)) / 2e-5
    assert quartic_force(x) == pytest.approx(-slope_of, abs=1e-6)


def test_noise_of_the_force_by_another_quadrature():
    for x in (-2.5, 1.0):

        def mean(power, x=x):
            def integrand(y):
                g = -0.12 * (y - 6) * np.cos(3 * (x + 5) * (y - 6))
                return g**power * np.exp(-ripple(x, y))

            return quad(integrand, -25, 25, limit=4000, epsabs=1e-11)[0]

        expected = mean(2) / mean(0) - (mean(1) / mean(0)) ** 2
        assert force_noise(np.array([x]))[0] == pytest.approx(expected, rel=1e-6)


def test_energy_is_the_scale_times_the_formula():
    field = potentials.RippledQuartic(scale=2.0)
    system = System.build(Topology.build(["A", "A"], masses=[1.0, 1.0]), 300.0)
    search = NeighbourSearch(cutoff=0.1, skin=0.0, capacity=1, cells=None, cell_capacity=0)
    x = np.array([[0.5, -1.0, 7.0], [-2.0, 2.0, 0.0]])
    with jax.enable_x64(True):
        positions = jax.numpy.asarray(x)
        energy = field(system, positions, None, search(system, positions, None))
    expected = 2 * np.sum(quartic(x[:, 0]) + ripple(x[:, 0], x[:, 1]))
    assert float(energy) == pytest.approx(expected, rel=1e-6)
    assert not any(jax.tree.leaves(field.trainable()))
