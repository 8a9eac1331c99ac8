import numpy as np
import pytest
from scipy import stats

from molscape.analysis.displacement import (
    MILLIPASCAL_SECOND,
    diffusion,
    displacement_blocks,
    mean_squared_displacement,
    yeh_hummer_correction,
)
from molscape.core.units import thermal_energy

D, INTERVAL = 0.0024, 0.5


def walk(frames, count, seed, replicas=1):
    """Brownian motion, (frame, replica, particle, 3), of diffusion coefficient D."""
    random = np.random.default_rng(seed)
    steps = random.normal(size=(frames, replicas, count, 3)) * np.sqrt(2 * D * INTERVAL)
    return np.cumsum(steps, axis=0)


def trajectory_of(particles, steps, **fields):
    frames, replicas, count, _ = steps.shape
    times = np.repeat(np.arange(frames) * INTERVAL + 3.0, replicas)
    owners = np.tile(np.arange(replicas), frames)
    positions = steps.reshape(-1, count, 3)
    return particles(positions, times=times, replicas=owners, **fields)


def test_every_lag_equals_the_plain_average(particles):
    steps = walk(40, 5, 0)
    curve = mean_squared_displacement(trajectory_of(particles, steps), blocks=1, maximum_lag=10.0)
    assert np.allclose(curve.x, INTERVAL * np.arange(1, 21))
    path = steps[:, 0]
    plain = [np.mean(np.sum((path[k:] - path[:-k]) ** 2, axis=-1)) for k in range(1, 21)]
    assert np.allclose(curve.y, plain)
    assert curve.samples[0] == 39 * 5


def test_brownian_walk(particles):
    """6 D t, with scores of D over many walks as Student's t predicts."""
    scores = []
    for seed in range(30):
        trajectory = trajectory_of(particles, walk(200, 20, seed))
        curve = mean_squared_displacement(trajectory)
        assert np.all(np.abs(curve.y - 6 * D * curve.x) < 12 * curve.error)
        found, error = diffusion(trajectory, window=(0.5, 3.0))
        scores.append((found - D) / error)
    assert stats.kstest(scores, stats.t(df=4).cdf).pvalue > 1e-3


def test_wrapped_replicas_give_the_same(particles):
    steps = walk(100, 10, 3, replicas=3)
    free = displacement_blocks(trajectory_of(particles, steps))
    wrapped = trajectory_of(particles, steps % 1.5, box=1.5 * np.eye(3))
    found = displacement_blocks(wrapped)
    assert len(found) == 6
    assert np.allclose(found.numerator, free.numerator)
    assert diffusion(found) == pytest.approx(diffusion(free))


def test_types_and_drift(particles):
    steps = walk(60, 4, 5)
    steps[:, :, :2] = 0
    wind = 0.1 * np.arange(60)[:, None, None, None]
    still = trajectory_of(particles, steps + wind, types=["A", "A", "B", "B"])
    assert np.allclose(
        mean_squared_displacement(still, types=("A",)).y, 0.03 * np.arange(1, 7) ** 2
    )
    uniform = trajectory_of(particles, np.zeros((60, 1, 4, 3)) + wind)
    assert np.allclose(mean_squared_displacement(uniform, remove_drift=True).y, 0, atol=1e-12)


def test_finite_size_correction_of_water():
    """Water at 298 K, 0.89 mPa s, in a box of 2.2 nm, against the formula in SI units."""
    found = yeh_hummer_correction(2.2, thermal_energy(298.0), 0.89 * MILLIPASCAL_SECOND)
    in_si = 2.837297 * 1.380649e-23 * 298 / (6 * np.pi * 0.89e-3 * 2.2e-9)
    assert found == pytest.approx(in_si * 1e18 / 1e12, rel=1e-9)
    with pytest.raises(ValueError, match="must be positive"):
        yeh_hummer_correction(2.2, 2.5, 0.0)


def test_mistakes_are_named(particles):
    trajectory = trajectory_of(particles, walk(20, 2, 0))
    with pytest.raises(ValueError, match="does not fit into blocks of 4"):
        mean_squared_displacement(trajectory, maximum_lag=3.0)
    with pytest.raises(ValueError, match="holds 1 lags"):
        diffusion(trajectory, window=(0.5, 0.6))
    without = particles(np.zeros((9, 2, 3)))
    with pytest.raises(ValueError, match="has no times"):
        mean_squared_displacement(without)
    assert mean_squared_displacement(without, interval=1.0, blocks=1).y.tolist() == [0] * 4
    uneven = particles(np.zeros((4, 2, 3)), times=np.array([0.0, 1, 2, 4]))
    with pytest.raises(ValueError, match="equal intervals"):
        mean_squared_displacement(uneven, blocks=1)
