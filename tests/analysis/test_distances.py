import numpy as np
import pytest

from molscape.analysis.blocks import Blocks
from molscape.analysis.distances import (
    distance_with_error,
    distribution_distance,
    floor,
    halves,
)
from molscape.analysis.pair_distribution import rdf, rdf_blocks
from molscape.core.curve import Curve

CUBE = 2.0 * np.eye(3)


def curve(x, y, unit="nm"):
    return Curve(x, y, np.zeros_like(y), "r", unit, "g", "")


def gaussians(blocks, seed, shift=0.0, bins=100):
    """Block curves of independent noise around a Gaussian peak."""
    x = 0.01 * (np.arange(bins) + 0.5)
    noise = np.random.default_rng(seed).normal(size=(blocks, bins)) * 0.1
    values = np.exp(-((x - 0.4 - shift) ** 2) / 0.02) + noise
    ones = np.ones_like(values)
    at = np.arange(blocks)
    return Blocks(x, values, ones, np.zeros(blocks, dtype=np.int64), at, "r", "nm", "g", "")


def test_step_functions():
    x = 0.005 * (np.arange(200) + 0.5)
    a, b = (x > 0.3).astype(float), (x > 0.4).astype(float)
    assert distribution_distance(curve(x, a), curve(x, b)) == pytest.approx(0.1)
    assert distribution_distance(curve(x, a), curve(x, b), low=0.35) == pytest.approx(0.05)
    assert distribution_distance(curve(x, 2 * a), curve(x, a)) == pytest.approx(0.6)
    assert distribution_distance(curve(x, 2 * a), curve(x, a), high=1.0) == pytest.approx(0.7)


def test_different_grids_are_interpolated():
    fine, coarse = 0.002 * (np.arange(500) + 0.5), 0.01 * (np.arange(90) + 0.5)
    a, b = np.sin(3 * fine) + 1, np.sin(3 * coarse) + 1.5
    assert distribution_distance(curve(fine, a), curve(coarse, b), low=0.1) == pytest.approx(
        0.4, rel=1e-3
    )


def test_angles_are_normalised():
    x = (np.arange(90) + 0.5) * np.pi / 90
    a = curve(x, np.sin(x), "rad")
    assert distribution_distance(a, curve(x, 7 * np.sin(x), "rad")) == pytest.approx(0, abs=1e-12)
    flat = distribution_distance(a, curve(x, np.ones(90), "rad"))
    angle = np.arcsin(2 / np.pi)
    exact = 2 * (np.cos(angle) - (np.pi / 2 - angle) * 2 / np.pi)
    assert flat == pytest.approx(exact, rel=1e-3)


def test_bootstrap_error_is_the_scatter_of_repeated_experiments():
    found = [
        distance_with_error(gaussians(20, 2 * k), gaussians(20, 2 * k + 1, 0.05)) for k in range(60)
    ]
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.3)
    assert distance_with_error(gaussians(20, 0), gaussians(20, 1), seed=4) == (
        distance_with_error(gaussians(20, 0), gaussians(20, 1), seed=4)
    )


def test_floor_of_noise_in_closed_form():
    """Halves of n blocks of noise s differ by s sqrt(4 / n) per bin, |.| by sqrt(2 / pi) of it."""
    found = [floor(gaussians(40, seed), low=0.0, high=1.0)[0] for seed in range(20)]
    assert np.mean(found) == pytest.approx(0.1 * np.sqrt(4 / 40) * np.sqrt(2 / np.pi), rel=0.05)


def test_floor_falls_with_the_root_of_the_frames(ideal_gas):
    def mean_floor(frames):
        return np.mean(
            [floor(ideal_gas(frames, 60, CUBE, seed=s), rdf_blocks, low=0.3)[0] for s in range(8)]
        )

    assert mean_floor(16) / mean_floor(64) == pytest.approx(2, rel=0.15)


def test_floor_from_blocks_from_halves_and_from_curves(ideal_gas):
    trajectory = ideal_gas(40, 40, CUBE)
    value, error = floor(rdf_blocks(trajectory), low=0.3)
    assert floor(trajectory, rdf_blocks, low=0.3) == (value, error)
    first, second = (rdf(half) for half in halves(trajectory))
    assert distribution_distance(first, second, low=0.3) == pytest.approx(value)
    by_curves = floor(trajectory, lambda part: rdf(part, blocks=2), low=0.3)
    assert by_curves == pytest.approx((value, error))


def test_mistakes_are_named(ideal_gas):
    x = 0.01 * (np.arange(50) + 0.5)
    with pytest.raises(ValueError, match="cannot be compared"):
        distribution_distance(curve(x, x), curve(x, x, "rad"))
    with pytest.raises(ValueError, match="leaves the curves"):
        distribution_distance(curve(x, x), curve(x, x), high=0.9)
    with pytest.raises(ValueError, match="cannot be halved"):
        halves(ideal_gas(1, 3, CUBE))
    with pytest.raises(ValueError, match="needs an `analysis`"):
        floor(ideal_gas(4, 3, CUBE))
    with pytest.raises(ValueError, match="cannot be halved"):
        floor(ideal_gas(1, 3, CUBE), rdf)
