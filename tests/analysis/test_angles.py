import numpy as np
import pytest
from scipy import stats

from molscape.analysis.angles import (
    angular_blocks,
    angular_distribution,
    first_minimum,
)
from molscape.analysis.distances import floor
from molscape.core.curve import Curve

TRICLINIC = np.array([[2.0, 0, 0], [0.7, 1.8, 0], [-0.6, 0.5, 1.9]])


@pytest.mark.parametrize("box", [2 * np.eye(3), TRICLINIC])
def test_random_points_follow_the_sine(ideal_gas, box):
    trajectory = ideal_gas(40, 120, box, seed=1)
    curve = angular_distribution(trajectory, cutoff=0.5, bins=30)
    width = np.pi / 30
    assert curve.y.sum() * width == pytest.approx(1)
    edges = width * np.arange(31)
    exact = (np.cos(edges[:-1]) - np.cos(edges[1:])) / 2 / width
    score = (curve.y - exact)[1:-1] / curve.error[1:-1]
    assert stats.kstest(score, stats.t(df=9).cdf).pvalue > 1e-3


def test_angles_of_a_square_lattice_layer(particles):
    """Six legs of a cubic lattice: 12 right angles, 3 straight ones."""
    sites = np.stack(np.meshgrid(*[np.arange(5) * 0.4] * 3), -1).reshape(1, -1, 3)
    curve = angular_distribution(particles(sites, 2 * np.eye(3)), cutoff=0.45, bins=9)
    assert (curve.samples / 125).tolist() == [0, 0, 0, 0, 12, 0, 0, 0, 3]


def test_types_bonds_and_no_box(particles):
    water = np.array([[[0.0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [-0.1, 0, 0]]])
    types = ["O", "H", "H", "N"]
    free = particles(water, types=types)

    def count(triple, trajectory=free, **more):
        curve = angular_distribution(trajectory, triple, cutoff=0.12, bins=4, **more)
        return dict(zip([45, 90, 135, 180], np.round(curve.samples).astype(int), strict=True))

    # angles sit on bin edges: 90 degrees falls into the third bin, 180 into the last
    assert count(("H", "O", "H")) == {45: 0, 90: 0, 135: 1, 180: 0}
    assert count(("H", "O", "N")) == {45: 0, 90: 0, 135: 1, 180: 1}
    assert count(("N", "O", "H")) == count(("H", "O", "N"))
    bonded = particles(water, types=types, bonds=np.array([[0, 1]]))
    assert count(("H", "O", "N"), bonded) == {45: 0, 90: 0, 135: 1, 180: 0}
    with pytest.raises(ValueError, match="no triplet"):
        count(("H", "O", "H"), bonded)
    assert count(("H", "O", "H"), bonded, exclude_bonded=False)[135] == 1


def test_a_leg_may_cross_the_boundary(particles):
    positions = np.array([[[0.05, 1, 1], [1.95, 1, 1], [0.05, 3.1, 1], [1.0, 0.1, 0.2]]])
    curve = angular_distribution(particles(positions, 2 * np.eye(3)), cutoff=0.12, bins=3)
    assert curve.samples.tolist() == [0, 1, 0]


def test_first_minimum_of_a_known_curve():
    x = 0.005 * (np.arange(180) + 0.5)
    y = np.where(x > 0.25, 1 + np.cos(2 * np.pi * (x - 0.28) / 0.3) * np.exp(-x), 0.0)
    noisy = y + np.random.default_rng(0).normal(size=180) * 0.02
    exact = x[50:110][np.argmin(y[50:110])]
    curve = Curve(x, noisy, np.zeros(180), "r", "nm", "g", "")
    assert first_minimum(curve) == pytest.approx(exact, abs=0.01)
    flat = Curve(x, np.ones(180), np.zeros(180), "r", "nm", "g", "")
    with pytest.raises(ValueError, match="no first peak"):
        first_minimum(flat)


def test_default_cutoff_is_the_first_minimum(particles):
    """A noisy lattice of 0.4 nm: the first shell ends between 0.4 and 0.566 nm."""
    sites = np.stack(np.meshgrid(*[np.arange(6) * 0.4] * 3), -1).reshape(1, -1, 3)
    noise = np.random.default_rng(0).normal(size=(30, 216, 3)) * 0.02
    trajectory = particles(sites + noise, 2.4 * np.eye(3))
    default = angular_distribution(trajectory)
    assert np.allclose(default.y, angular_distribution(trajectory, cutoff=0.48).y, atol=0.01)


def test_floor_of_angles(ideal_gas):
    blocks = angular_blocks(ideal_gas(20, 60, 2 * np.eye(3)), cutoff=0.6, bins=20)
    value, error = floor(blocks)
    triplets = blocks.samples.sum() / 2
    probability = np.sin(blocks.x) * np.pi / 40
    expected = np.sum(np.sqrt(2 * probability / triplets * 2 / np.pi))
    assert value == pytest.approx(expected, rel=0.8)
    assert 0 < error < value


def test_mistakes_are_named(ideal_gas):
    trajectory = ideal_gas(2, 20, 2 * np.eye(3), types=["A"] * 10 + ["B"] * 10)
    with pytest.raises(ValueError, match="no particle of type 'W'"):
        angular_distribution(trajectory, cutoff=0.3)
    with pytest.raises(ValueError, match="exceeds half the box"):
        angular_distribution(trajectory, ("A", "A", "A"), cutoff=1.2)
    with pytest.raises(ValueError, match="give a `cutoff`"):
        angular_distribution(trajectory, ("A", "B", "B"))
