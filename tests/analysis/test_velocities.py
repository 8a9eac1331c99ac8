"""Ornstein-Uhlenbeck velocities, whose correlation is exp(-gamma t) and diffusion s^2/gamma."""

import numpy as np
import pytest

from molscape.analysis import (
    diffusion_from_velocities,
    velocity_autocorrelation,
    velocity_blocks,
)
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

FRICTION, STEP, SPEED = 2.0, 0.05, 0.3


def walkers(frames=4000, count=30, seed=0, drift=0.0, **fields):
    random = np.random.default_rng(seed)
    keep = np.exp(-FRICTION * STEP)
    v = np.empty((frames, count, 3))
    v[0] = random.normal(0, SPEED, (count, 3))
    for k in range(1, frames):
        v[k] = keep * v[k - 1] + SPEED * np.sqrt(1 - keep**2) * random.normal(size=(count, 3))
    topology = Topology.build(["A"] * (count - 1) + ["B"], masses=np.ones(count))
    times = STEP * np.arange(frames)
    return Trajectory.from_frames(
        topology, Frames(np.zeros_like(v), velocities=v + drift, times=times, **fields)
    )


def test_correlation_decays_exponentially():
    curve = velocity_autocorrelation(walkers(), maximum_lag=2.0)
    assert curve.y[0] == pytest.approx(1.0)
    assert curve.error[0] == pytest.approx(0.0, abs=1e-12)
    expected = np.exp(-FRICTION * curve.x)
    # Five blocks: a deviation over its error follows Student's t with four degrees of freedom.
    assert np.abs(curve.y - expected)[1:].max() < 0.02
    assert np.mean(np.abs(curve.y - expected)[1:] / curve.error[1:]) < 3
    assert (curve.x_unit, curve.y_unit) == ("ps", "")


def test_sums_equal_those_of_plain_loops():
    trajectory = walkers(40, 3)
    blocks = velocity_blocks(trajectory, maximum_lag=0.2, blocks=2)
    v = trajectory.load().velocities
    for b, part in enumerate((v[:20], v[20:])):
        for lag in range(5):
            product = np.sum(part[: 20 - lag] * part[lag:])
            assert blocks.numerator[b, lag] == pytest.approx(product)
            assert blocks.denominator[b, lag] == (20 - lag) * 3
    only = velocity_blocks(trajectory, types=("B",), maximum_lag=0.2, blocks=2)
    assert only.numerator[0, 0] == pytest.approx(np.sum(v[:20, 2] ** 2))


def test_diffusion_is_the_integral():
    value, error = diffusion_from_velocities(
        velocity_blocks(walkers(8000), maximum_lag=3.0, blocks=10)
    )
    # The trapezoids of a sampled exponential: s^2 h coth(gamma h / 2) / 2.
    expected = SPEED**2 * STEP / np.tanh(FRICTION * STEP / 2) / 2
    assert expected == pytest.approx(SPEED**2 / FRICTION, rel=2e-3)
    assert abs(value - expected) < 4 * error
    assert error < 0.05 * expected
    half, _ = diffusion_from_velocities(
        velocity_blocks(walkers(8000), maximum_lag=3.0), maximum_lag=np.log(2) / FRICTION
    )
    assert half == pytest.approx(expected / 2, rel=0.1)


def test_drift_and_chunks(monkeypatch):
    still, moving = walkers(400, 5), walkers(400, 5, drift=3.0)
    a, b = (velocity_blocks(t, remove_drift=True) for t in (still, moving))
    np.testing.assert_allclose(a.numerator, b.numerator, rtol=1e-9)
    monkeypatch.setattr(Trajectory, "chunk_length", lambda self: 33)
    np.testing.assert_allclose(velocity_blocks(still, remove_drift=True).numerator, a.numerator)


def test_what_is_refused():
    trajectory = walkers(40, 3)
    bare = Trajectory.from_frames(trajectory.topology, trajectory.load().replace(velocities=None))
    with pytest.raises(ValueError, match="no velocities: write them with the positions"):
        velocity_blocks(bare)
    with pytest.raises(ValueError, match="does not fit into blocks of 8 frames"):
        velocity_blocks(trajectory, maximum_lag=1.0)
    frozen = trajectory.map(lambda frames: frames.replace(velocities=0 * frames.velocities))
    with pytest.raises(ValueError, match="nothing moves"):
        velocity_autocorrelation(frozen)
    with pytest.raises(ValueError, match="no interval to integrate"):
        diffusion_from_velocities(velocity_blocks(trajectory), maximum_lag=0.01)
