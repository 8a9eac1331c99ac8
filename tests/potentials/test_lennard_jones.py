"""Lennard-Jones against its closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core import terms
from molscape.potentials import LennardJones

PAIRS = (("A", "A"), ("A", "B"))
R = np.linspace(0.29, 0.7, 20)


def make(smooth="shift", **changes):
    options = {"epsilon": [1.0, 2.0], "sigma": [0.3, 0.25], "pairs": PAIRS, "cutoff": 0.75}
    return LennardJones(**{**options, "smooth": smooth, **changes})


def bare(r, epsilon, sigma):
    return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)


def bare_slope(r, epsilon, sigma):
    return 4 * epsilon * (-12 * sigma**12 / r**13 + 6 * sigma**6 / r**7)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("smooth", ["none", "shift", "force"])
def test_closed_form(smooth, row):
    epsilon, sigma = [(1.0, 0.3), (2.0, 0.25)][row]
    energy, slope = bare(R, epsilon, sigma), bare_slope(R, epsilon, sigma)
    if smooth != "none":
        energy = energy - bare(0.75, epsilon, sigma)
    if smooth == "force":
        energy = energy - (R - 0.75) * bare_slope(0.75, epsilon, sigma)
        slope = slope - bare_slope(0.75, epsilon, sigma)
    with jax.enable_x64(True):
        potential, r = make(smooth), jnp.asarray(R)
        np.testing.assert_allclose(potential.pair_energy(r, row), energy, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(potential.pair_slope(r, row), slope, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("smooth", "declared"), [("none", -1), ("shift", 0), ("force", 1)])
def test_smoothness_is_exactly_what_is_declared(smooth, declared):
    with jax.enable_x64(True):
        potential, end = make(smooth), jnp.asarray([0.75])
        values = [float(potential.pair_energy(end, 0)[0]), float(potential.pair_slope(end, 0)[0])]
    continuous = [abs(value) < 1e-12 for value in values]
    assert potential.smoothness == declared
    assert continuous == [declared >= 0, declared >= 1]


def test_lower():
    assert make("force").lower()[1] == terms.LennardJones(
        ("A", "B"), 2.0, 0.25, cutoff=0.75, smooth="force"
    )


def test_errors():
    with pytest.raises(ValueError, match="smooth 'soft' of Lennard-Jones"):
        make("soft")
    with pytest.raises(ValueError, match="2 type pairs but 1 rows"):
        make(epsilon=1.0)
    with pytest.raises(ValueError, match="named twice"):
        make(pairs=(("A", "B"), ("B", "A")))
