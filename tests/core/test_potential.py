"""The virial, and what `Potential` itself defines."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.potential import Potential, cast, virial
from molscape.core.system import System
from molscape.core.topology import Topology


class SpringPairs(Potential):
    """U = sum over pairs of (1 - r^2)^3 inside r < 1 nm: the smallest pair potential."""

    kind = "spring_pairs"
    strength: jax.Array

    @property
    def reach(self):
        return 1.0

    def __call__(self, system, positions, box, neighbours):
        d = neighbours.displacements(positions, box)
        square = jnp.sum(d * d, axis=-1)
        energy = jnp.where(neighbours.valid, jnp.maximum(1 - square, 0.0) ** 3, 0.0)
        return 0.5 * self.strength * jnp.sum(energy)

    def lower(self):
        return ()


BOX = np.array([[2.2, 0, 0], [0.6, 2.1, 0], [-0.5, 0.4, 2.3]])
N = 24


@pytest.fixture(scope="module")
def case():
    """Potential, system, positions and box in double precision."""
    with jax.enable_x64(True):
        system = System.build(Topology.build(["A"] * N, masses=np.ones(N)), 300.0)
        x = jnp.asarray(np.random.default_rng(0).uniform(size=(N, 3)) @ BOX)
        yield SpringPairs(jnp.asarray(3.0)), system, x, jnp.asarray(BOX)


def energy_of(case, positions, box):
    potential, system, _, _ = case
    _, neighbours = allocate(system, positions, box, potential.reach)
    return float(potential(system, positions, box, neighbours))


def virial_of(case):
    potential, system, x, box = case
    _, neighbours = allocate(system, x, box, potential.reach)
    return np.asarray(virial(potential, system, x, box, neighbours))


def test_trace_is_the_derivative_by_volume(case):
    _, _, x, box = case
    h = 1e-5
    # dU/dV at V = L^3: the trace is -3 V dU/dV = -dU/d(ln L).
    slope = energy_of(case, x * (1 + h), box * (1 + h)) - energy_of(
        case, x * (1 - h), box * (1 - h)
    )
    assert np.trace(virial_of(case)) == pytest.approx(-slope / (2 * h), rel=1e-7)


def test_whole_tensor_is_that_of_the_pairs(case):
    potential, system, x, box = case
    _, neighbours = allocate(system, x, box, potential.reach)
    d = np.asarray(neighbours.displacements(x, box))
    square = np.sum(d * d, axis=-1)
    slope_over_r = np.where(
        np.asarray(neighbours.valid) & (square < 1), -6.0 * 3.0 * (1 - square) ** 2, 0.0
    )
    expected = -0.5 * np.einsum("ij,ija,ijb->ab", slope_over_r, d, d)
    np.testing.assert_allclose(virial_of(case), expected, rtol=1e-10, atol=1e-10)
    assert abs(expected[0, 1]) > 1e-3


def test_forces_are_minus_the_gradient(case):
    potential, system, x, box = case
    _, neighbours = allocate(system, x, box, potential.reach)
    forces = potential.forces(system, x, box, neighbours)
    h = 1e-5
    moved = [energy_of(case, x.at[4, 1].add(step), box) for step in (h, -h)]
    assert float(forces[4, 1]) == pytest.approx(-(moved[0] - moved[1]) / (2 * h), rel=1e-6)


def test_defaults(case):
    potential = case[0]
    assert potential.terms() == (potential,)
    assert potential.symmetries == {"translation", "rotation", "permutation", "periodic"}
    assert potential.smoothness == 1
    assert eqx.tree_equal(potential.trainable(), SpringPairs(True))


def test_cast_touches_floating_arrays_only(case):
    _, system, _, _ = case
    single = cast(system, jnp.float32)
    assert single.masses.dtype == jnp.float32
    assert single.species.dtype == system.species.dtype
    assert single.types == system.types
