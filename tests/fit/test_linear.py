"""Linear force matching where the answer is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.statistics import jackknife_error
from molscape.core.units import thermal_energy
from molscape.fit import LinearOptions, linear
from molscape.fit.normal_equations import accumulate
from molscape.fit.supports import WALL
from molscape.objectives import ForceMatching
from molscape.potentials import LennardJones, PairSpline, Sum

LENGTH = 4 * 0.39

AA = (("A", "A"),)


def spline(start=0.3, spacing=0.02, cutoff=0.78, pairs=AA, **more):
    return PairSpline(start=start, cutoff=cutoff, spacing=spacing, pairs=pairs, **more)


def slope_of(potential, r, row=0):
    return np.asarray(potential.pair_slope(jnp.asarray(r), row))


def match(potential, data, **options):
    return linear(potential, ForceMatching(), data, LinearOptions(**options))


@pytest.mark.parametrize(("start", "spacing"), [(0.3, 0.02), (0.24, 0.02), (0.28, 0.01)])
def test_lennard_jones_is_recovered_where_it_was_sampled(fluid, make, start, spacing):
    fit = match(spline(start, spacing), fluid)
    edge = start + spacing * fit.supports[0].first
    r = np.linspace(edge, make.cutoff, 300)
    error = np.abs(slope_of(fit.potential, r) - make.slope(r))
    assert edge < 0.34
    # A few pairs inwards of the edge must not bend the spline beside it.
    assert np.max(error) < 0.005 * np.max(np.abs(make.slope(r)))
    assert fit.force_loss.fit < 1e-3 * fit.force_loss.zero
    assert fit.force_loss.explained > 0.999


@pytest.mark.parametrize("ridge", [0.0, "auto"])
def test_a_spline_is_recovered_exactly(positions, make, ridge):
    truth = spline(parameters=np.random.default_rng(1).normal(size=(1, 26)))
    data = positions[:30]
    d = data[:, :, None] - data[:, None]
    d -= np.round(d / LENGTH) * LENGTH
    r = np.linalg.norm(d, axis=-1) + 9 * np.eye(data.shape[1])
    force = -np.where(r < 0.78, slope_of(truth, r.ravel()).reshape(r.shape), 0.0)
    data = [(make.trajectory(data, np.einsum("fij,fijk->fik", force / r, d)), make.state)]
    fit = match(spline(), data, ridge=ridge, minimum_samples=5)
    where = np.linspace(0.3 + 0.02 * fit.supports[0].first, 0.78, 200)
    scale = np.max(np.abs(slope_of(truth, where)))
    tolerance = 1e-6 * scale
    np.testing.assert_allclose(
        slope_of(fit.potential, where), slope_of(truth, where), atol=tolerance
    )


def error_of_slope(fit, r):
    return jackknife_error([slope_of(replica, r) for replica in fit.replicas])


def test_error_bars_cover_the_truth(positions, forces, make):
    r, deviations, losses = np.array([0.36, 0.42, 0.5, 0.6, 0.7]), [], []
    for seed in range(30):
        noise = np.random.default_rng(seed).normal(scale=20.0, size=forces.shape)
        data = [(make.trajectory(positions, forces + noise), make.state)]
        fit = match(spline(0.3, 0.04), data, ridge=0.0)
        deviations.append((slope_of(fit.potential, r) - make.slope(r)) / error_of_slope(fit, r))
        losses.append((fit.force_loss.fit, fit.force_loss.validation, fit.force_loss.error))
    deviations = np.array(deviations)
    # Student's t of 9 degrees of freedom has a variance of 9/7; 150 correlated values.
    assert np.mean(deviations**2) == pytest.approx(9 / 7, rel=0.35)
    assert np.mean(np.abs(deviations) < 1) == pytest.approx(0.66, abs=0.12)
    loss, validation, error = np.array(losses).T
    count = forces.size
    assert np.mean(loss) == pytest.approx(400 * (1 - 14 / count), rel=0.01)
    assert np.mean(validation) == pytest.approx(400 * (1 + 14 / count), rel=0.01)
    assert np.mean(error) == pytest.approx(np.std(validation), rel=0.5)


def test_the_wall_repels_where_there_are_no_samples(fluid, make):
    fit = match(spline(0.1, 0.02, 0.78), fluid)
    first = fit.supports[0].first
    assert first > 5
    assert np.all(fit.supports[0].poor[: first - 1])
    assert np.all(fit.supports[0].samples[first : first + 3] >= 50)
    # Two intervals in, the curvature has become the wall's.
    r = np.linspace(0.01, 0.1 + 0.02 * (first - 2), 60)
    force = slope_of(fit.potential, r)
    least = WALL * thermal_energy(120.0) / 0.02**2
    assert np.all(force < 0)
    assert np.all(np.diff(force) / np.diff(r) > 0.999 * least)


def test_two_types(positions, make):
    types = np.where(np.arange(64) % 3 == 0, "B", "A")
    table = {"AA": 1.0, "AB": 0.6, "BB": 1.5}
    epsilon = np.array([[table["".join(sorted(a + b))] for b in types] for a in types])
    forces = np.array([make.pair_forces(x, epsilon) for x in positions])
    pairs = (("A", "A"), ("B", "A"), ("B", "B"))
    data = [(make.trajectory(positions, forces, types), make.state)]
    fit = match(spline(pairs=pairs), data, minimum_samples=20)
    for row, name in enumerate(("AA", "AB", "BB")):
        r = np.linspace(0.3 + 0.02 * fit.supports[row].first, 0.78, 100)
        expected = make.slope(r, table[name])
        error = np.abs(slope_of(fit.potential, r, row) - expected)
        assert np.max(error) < 0.01 * np.max(np.abs(expected))


def test_a_prior_stays_as_it_is(fluid, make):
    prior = LennardJones(epsilon=0.7, sigma=0.34, pairs=AA, cutoff=0.78, smooth="force")
    fit = match(Sum(prior, spline()), fluid)
    kept, fitted = fit.potential.terms()
    assert kept.kind == "lennard_jones"
    assert float(kept.epsilon[0]) == pytest.approx(0.7)
    r = np.linspace(0.3 + 0.02 * fit.supports[0].first, 0.78, 100)
    np.testing.assert_allclose(
        slope_of(fitted, r), 0.3 * make.slope(r), atol=0.003 * np.max(np.abs(make.slope(r)))
    )


def test_the_automatic_ridge_brings_the_forces_nearer_to_the_truth(positions, forces, fluid, make):
    (clean,) = accumulate(spline(0.3, 0.005), fluid, 1)
    losses = {"auto": [], 0.0: []}
    for seed in range(2):
        noise = np.random.default_rng(seed).normal(scale=150.0, size=(40, 64, 3))
        data = [(make.trajectory(positions[:40], forces[:40] + noise), make.state)]
        for ridge, found in losses.items():
            fit = match(spline(0.3, 0.005), data, ridge=ridge, minimum_samples=5)
            parameters = fit.potential.arrays()["parameters"][0, -len(clean.moment) :]
            found.append(clean.loss(parameters))
    assert np.mean(losses["auto"]) < 0.75 * np.mean(losses[0.0])


def test_several_trajectories_count_alike(positions, forces, make):
    whole = match(spline(), [(make.trajectory(positions, forces), make.state)], ridge=1e-9)
    parts = [
        (make.trajectory(positions[k], forces[k]), make.state)
        for k in (slice(0, 30), slice(30, 80))
    ]
    split = match(spline(), parts, ridge=1e-9)
    assert split.frames == whole.frames == 80
    assert split.force_loss.fit == pytest.approx(whole.force_loss.fit, rel=1e-6)
    np.testing.assert_array_equal(split.supports[0].samples, whole.supports[0].samples)


def test_too_few_samples(positions, forces, make):
    data = [(make.trajectory(positions[:1], forces[:1]), make.state)]
    with pytest.raises(ValueError, match="too few samples for the A-A spline"):
        match(spline(0.3, 0.005), data)


def test_options_are_checked(fluid):
    with pytest.raises(ValueError, match="ridge -1: give a number of at least 0"):
        match(spline(), fluid, ridge=-1)
    with pytest.raises(ValueError, match="ridge 'much'"):
        match(spline(), fluid, ridge="much")
    with pytest.raises(ValueError, match="blocks 1: error bars need at least 2"):
        match(spline(), fluid, blocks=1)
    prior = LennardJones(epsilon=0.7, sigma=0.34, pairs=AA, cutoff=0.78)
    with pytest.raises(ValueError, match=r"\(lennard_jones\) is linear in its parameters"):
        match(prior, fluid)
