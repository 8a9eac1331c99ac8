"""Walls of angle splines, and what they are near a straight angle."""

import jax
import numpy as np
import pytest

from molscape.potentials import AngleSpline


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def filled(spline, seed=0):
    size = spline.parameters.size
    return spline.with_parameters(np.random.default_rng(seed).normal(size=size) * 5)


def test_angles_far_from_straight_get_a_wall():
    spline = filled(AngleSpline(types=("A-B-A",), intervals=64), 2)
    rising = spline.with_parameters(np.asarray(spline.parameters) + np.arange(68) ** 2)
    walled = rising.extrapolated(np.array([10]), np.array([40]), 1e3)
    theta = np.array([3.1, np.pi])
    slope = -np.diff(walled.tabulate(theta, "A-B-A")[1])[0] / np.diff(theta)[0]
    own = np.asarray(rising.parameters[0])[42:45]
    assert slope == pytest.approx(max(np.diff(own, 2)[0] / spline.spacing**2, 1e3), rel=1e-6)


@pytest.mark.parametrize("last", [63, 62, 60])
def test_energies_of_angles_that_come_near_to_straight_are_even_there(last):
    """No force at pi, where any other would be infinite in space, and nothing is forbidden."""
    spline = filled(AngleSpline(types=("A-B-A",), intervals=64, degree=4), 2)
    rising = spline.with_parameters(np.asarray(spline.parameters) + 0.01 * np.arange(68) ** 2)
    walled = rising.extrapolated(np.array([10]), np.array([last]), 1e3)
    x = np.array([0.0, 1e-4, 2e-4, 0.03])
    energy, force = walled.tabulate(np.pi - x, "A-B-A")
    np.testing.assert_allclose(force[0], 0, atol=1e-9)
    assert force[2] == pytest.approx(2 * force[1], rel=0.02, abs=1e-5)
    assert abs(energy[0] - energy[-1]) < 3
    # In the sampled range nothing changes but in its last intervals.
    theta = np.linspace(10 / 64 * np.pi, (last - 1) / 64 * np.pi, 500)
    np.testing.assert_allclose(
        walled.tabulate(theta, "A-B-A")[1], rising.tabulate(theta, "A-B-A")[1], atol=1e-7
    )
