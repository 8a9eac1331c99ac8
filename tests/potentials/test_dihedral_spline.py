"""Dihedral splines across pi, against scipy's B-splines."""

import jax
import numpy as np
import pytest
from scipy.interpolate import BSpline

from molscape.potentials import DihedralSpline


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def test_a_dihedral_goes_on_across_pi():
    spline = DihedralSpline(types=("A-B-B-A",), intervals=9)
    spline = spline.with_parameters(np.random.default_rng(0).normal(size=9) * 5)
    step = 1e-7
    energy, force = spline.tabulate(
        np.array([np.pi - step, -np.pi + step, -np.pi, np.pi]), "A-B-B-A"
    )
    assert energy[2] == pytest.approx(energy[3], abs=1e-10)
    assert force[2] == pytest.approx(force[3], abs=1e-8)
    assert energy[0] - energy[1] == pytest.approx(2 * step * force[2], rel=1e-4)
    knots = np.linspace(-np.pi, np.pi, 10)
    knots = np.concatenate([knots[:-1] - 2 * np.pi, knots, knots[1:] + 2 * np.pi])[5:-5]
    parameters = np.asarray(spline.parameters[0])
    theirs = BSpline(knots, np.concatenate([parameters, parameters[:4]]), 4)
    phi = np.linspace(-np.pi, np.pi, 50)
    np.testing.assert_allclose(spline.tabulate(phi, "A-B-B-A")[0], theirs(phi), atol=1e-10)
