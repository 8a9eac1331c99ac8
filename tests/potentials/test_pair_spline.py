"""Splines against scipy's, the end conditions, the wall and the basis of forces."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import BSpline

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import PairSpline
from molscape.potentials.pair_spline import blending, end_condition

PAIRS = (("A", "A"), ("A", "B"))
START, CUTOFF, SPACING, INTERVALS = 0.3, 0.7, 0.05, 8


def make(degree=4, seed=0, **changes):
    parameters = np.random.default_rng(seed).normal(size=(2, INTERVALS + degree - 2))
    options = {"start": START, "cutoff": CUTOFF, "spacing": SPACING, "pairs": PAIRS}
    return PairSpline(**{**options, "degree": degree, "parameters": parameters, **changes})


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def scipy_spline(potential, row):
    """The same by scipy: coefficient m belongs to the knots from start + (m - degree) h."""
    degree = potential.degree
    knots = START + SPACING * np.arange(-degree, INTERVALS + degree + 1)
    return BSpline(knots, np.asarray(potential.coefficients)[row], degree, extrapolate=False)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("degree", [3, 4, 5])
def test_energy_and_slope_are_those_of_scipy(degree, row):
    potential = make(degree)
    r = np.linspace(START, CUTOFF - 1e-9, 200)
    reference = scipy_spline(potential, row)
    np.testing.assert_allclose(potential.pair_energy(jnp.asarray(r), row), reference(r), atol=1e-12)
    slope = potential.pair_slope(jnp.asarray(r), row)
    np.testing.assert_allclose(slope, reference.derivative()(r), atol=1e-9)
    np.testing.assert_array_equal(slope, potential.pair_slope(jnp.asarray(r), jnp.asarray(row)))


@pytest.mark.parametrize("degree", [3, 4, 5])
@pytest.mark.parametrize("intervals", [1, 2, 3, 10])
def test_the_end_is_flat_and_zero(degree, intervals):
    size = intervals + degree - 2
    potential = PairSpline(
        start=0.5,
        cutoff=0.5 + 0.1 * intervals,
        spacing=0.1,
        pairs=(("A", "A"),),
        degree=degree,
        parameters=np.random.default_rng(0).normal(size=(1, size)),
    )
    end = jnp.asarray([potential.cutoff])
    assert float(potential.pair_energy(end, 0)[0]) == pytest.approx(0, abs=1e-12)
    assert float(potential.pair_slope(end, 0)[0]) == pytest.approx(0, abs=1e-11)
    assert end_condition(intervals, degree).shape == (size + 2, size)


def test_blending_is_a_partition_of_unity():
    for degree in (3, 4, 5):
        matrix = np.array(blending(degree))
        np.testing.assert_allclose(matrix.sum(axis=1), np.eye(degree + 1)[0], atol=1e-13)


def test_below_the_start_the_energy_is_the_osculating_parabola():
    potential = make()
    at = jnp.asarray([START])
    _, curvature = jax.jvp(partial(slope_of, potential, 0), (at,), (jnp.ones(1),))
    r = jnp.asarray([0.05, 0.2, 0.299])
    expected = (
        potential.pair_energy(at, 0)
        + potential.pair_slope(at, 0) * (r - START)
        + 0.5 * curvature * (r - START) ** 2
    )
    np.testing.assert_allclose(potential.pair_energy(r, 0), expected, rtol=1e-9)


def test_basis_forces_are_the_jacobian_and_counts_are_those_of_a_histogram():
    random = np.random.default_rng(1)
    box = np.diag([1.5, 1.6, 1.7])
    x = jnp.asarray(random.uniform(size=(20, 3)) @ box)
    types = np.where(np.arange(20) % 3 == 0, "B", "A")
    topology = Topology.build(types, masses=np.ones(20))
    system, potential = System.build(topology, 300.0), make()
    _, neighbours = allocate(system, x, jnp.asarray(box), CUTOFF)

    def forces(parameters):
        spline = make(parameters=parameters)
        return spline.forces(system, x, jnp.asarray(box), neighbours)

    jacobian = jax.jit(jax.jacfwd(forces))(potential.parameters)
    basis, counts = eqx.filter_jit(potential.basis_forces)(system, x, jnp.asarray(box), neighbours)
    expected = np.moveaxis(np.asarray(jacobian).reshape(20, 3, -1), -1, 0)
    np.testing.assert_allclose(basis, expected, atol=1e-9)
    d = np.asarray(x)[:, None] - np.asarray(x)
    d -= np.round(d / np.diag(box)) * np.diag(box)
    i, j = np.triu_indices(20, 1)
    r, b = np.linalg.norm(d, axis=-1)[i, j], (types[i] == "B").astype(int) + (types[j] == "B")
    for row in range(2):
        mine = np.clip(r[(b == row) & (r < CUTOFF)], START, None)
        histogram = np.histogram(mine, START + SPACING * np.arange(INTERVALS + 1))[0]
        np.testing.assert_array_equal(counts[row], histogram)


def test_a_straight_force_is_not_rough():
    # The energy (cutoff - r)^2 is in the spline's space, and its force is a straight line.
    potential = make()
    r = START + SPACING * (np.arange(INTERVALS * 8) + 0.5) / 8
    parameters = np.zeros_like(potential.parameters)
    unit = [
        np.asarray(make(parameters=np.eye(10)[[k, k]]).pair_energy(jnp.asarray(r), 0))
        for k in range(10)
    ]
    parameters[:] = np.linalg.lstsq(np.array(unit).T, (CUTOFF - r) ** 2, rcond=None)[0]
    fitted = make(parameters=parameters)
    np.testing.assert_allclose(fitted.pair_energy(jnp.asarray(r), 1), (CUTOFF - r) ** 2, atol=1e-12)
    flat, rough = parameters.ravel(), potential.roughness()
    other = np.asarray(potential.parameters).ravel()
    assert flat @ rough @ flat < 1e-12 * (other @ rough @ other)


@pytest.mark.parametrize(("degree", "stiffness"), [(3, 1e4), (4, 10.0), (4, 1e5), (5, 1e4)])
def test_the_wall_is_at_least_as_stiff_as_asked(degree, stiffness):
    potential = make(degree)
    walled = potential.extrapolated(np.array([3, 0]), np.array([9, 9]), stiffness)
    outside = jnp.asarray(np.linspace(START + 3 * SPACING + 1e-9, CUTOFF, 40))
    np.testing.assert_allclose(
        walled.pair_energy(outside, 0), potential.pair_energy(outside, 0), atol=1e-9
    )
    everywhere = jnp.asarray(np.linspace(START, CUTOFF, 40))
    np.testing.assert_allclose(
        walled.pair_energy(everywhere, 1), potential.pair_energy(everywhere, 1), atol=1e-9
    )
    # The curvature blends over degree - 2 intervals; further in it is the wall's alone.
    for row, end in ((0, 3 - (degree - 2)), (1, -(degree - 2))):
        inside = jnp.asarray(np.linspace(0.02, START + end * SPACING, 30))
        _, curvature = jax.jvp(partial(slope_of, walled, row), (inside,), (jnp.ones(30),))
        assert np.all(np.asarray(curvature) >= stiffness * (1 - 1e-6))


def slope_of(potential, row, r):
    return potential.pair_slope(r, row)


def test_lowered_tables_are_the_potential():
    potential = make()
    table = potential.lower()[1]
    assert table.types == ("A", "B")
    r = jnp.asarray(table.distance)
    np.testing.assert_allclose(table.energy, potential.pair_energy(r, 1), atol=1e-10)
    np.testing.assert_allclose(table.force, -potential.pair_slope(r, 1), atol=1e-8)
    assert table.cutoff == pytest.approx(CUTOFF)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spacing": 0.07}, r"there are 5\.71429 spacings of 0\.07 nm"),
        ({"start": 0.8}, "whole number of at least 1"),
        ({"start": -0.1}, "whole number of at least 1"),
        ({"degree": 2}, "degree 2 of a pair spline: use 3, 4 or 5"),
        ({"pairs": (("A", "A"),)}, "1 type pairs but 2 rows"),
        ({"parameters": np.zeros((2, 4))}, "4 parameters a pair, this spline has 10"),
    ],
)
def test_wrong_ranges(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_pairs_default_to_all_of_the_bead_types(build):
    spline = build({"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1})
    assert spline.pairs == (("A", "A"), ("A", "B"), ("B", "B"))
