"""Bonded splines against scipy's B-splines, outside their range, and their walls and tables."""

import jax
import numpy as np
import pytest
from scipy.interpolate import BSpline

from molscape.potentials import AngleSpline, BondSpline, DihedralSpline


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def filled(spline, seed=0):
    size = spline.parameters.size
    return spline.with_parameters(np.random.default_rng(seed).normal(size=size) * 5)


@pytest.mark.parametrize("degree", [3, 4, 5])
def test_scipy_has_the_same_splines(degree):
    spline = filled(
        BondSpline(types=("A-B", "B-B"), start=0.2, end=0.4, intervals=8, degree=degree)
    )
    knots = 0.2 + 0.025 * np.arange(-degree, 9 + degree)
    r = np.linspace(0.2, 0.4, 101)
    for row, name in enumerate(("B-A", "B-B")):
        theirs = BSpline(knots, np.asarray(spline.parameters[row]), degree)
        energy, force = spline.tabulate(r, name)
        np.testing.assert_allclose(energy, theirs(r), atol=1e-10)
        np.testing.assert_allclose(force, -theirs.derivative()(r), atol=1e-8)
    energy, force = spline.tabulate(r, "A-C")
    assert not energy.any()
    assert not force.any()


def test_a_dihedral_goes_on_across_pi():
    spline = filled(DihedralSpline(types=("A-B-B-A",), intervals=9))
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


@pytest.mark.parametrize(
    "spline",
    [
        BondSpline(types=("A-B",), start=0.2, end=0.4, intervals=8),
        AngleSpline(types=("A-B-A",), start=1.0, end=2.5, intervals=8),
    ],
)
def test_outside_the_range_it_is_a_parabola(spline):
    spline, name = filled(spline, 3), spline.types[0]
    h = 0.1 * spline.spacing
    for end, side in ((spline.start, -1), (spline.end, 1)):
        energy, force = spline.tabulate(end + side * h * np.arange(-1, 8), name)
        curvature = -np.diff(force) / (side * h)
        np.testing.assert_allclose(curvature[1:], curvature[2], rtol=1e-6)
        # Energy and force go on without a step.
        rise = np.diff(energy) + side * h * (force[1:] + force[:-1]) / 2
        assert np.max(np.abs(rise[1:])) < 1e-9 * np.max(np.abs(energy))
        assert abs(rise[0]) < 0.02 * abs(side * h * force[0]) + 0.02


def test_energies_are_zero_at_their_lowest():
    spline = filled(BondSpline(types=("A-B", "B-B"), start=0.2, end=0.4, intervals=8), 2)
    # Both ends of both ranges rise.
    wells = 3.0 * (np.arange(12.0) - np.array([[5.5], [5.5]])) ** 2
    spline = spline.with_parameters(np.asarray(spline.parameters) + wells)
    walled = spline.extrapolated(np.array([2, 0]), np.array([5, 7]), 1e4)
    for name, low, high in (("A-B", 0.25, 0.35), ("B-B", 0.2, 0.4)):
        r = np.linspace(low, high, 2000)
        before, after = spline.tabulate(r, name), walled.tabulate(r, name)
        np.testing.assert_allclose(after[1], before[1], atol=1e-8)
        assert np.min(after[0]) == pytest.approx(0, abs=0.01)


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


@pytest.mark.parametrize("end", [0, 1])
def test_an_end_that_noise_bends_down_is_closed(end):
    """The last coefficients are nearly unknown; where they fall the energy rises all the same."""
    spline = BondSpline(types=("A-B",), start=0.2, end=0.4, intervals=20)
    parameters = 0.3 * (np.arange(24.0) - 11.5) ** 2
    parameters[[-1, -2]] -= [800.0, 150.0]
    if end == 0:
        parameters = parameters[::-1]
    noisy = spline.with_parameters(parameters)
    walled = noisy.extrapolated(np.array([0]), np.array([19]), 100.0)
    r = np.linspace(0.3, 0.45, 60) if end else np.linspace(0.3, 0.15, 60)
    energy, _ = walled.tabulate(r, "A-B")
    assert np.all(np.diff(energy) > 0)
    assert noisy.tabulate(r[-20:], "A-B")[0].max() < 0
    # What is known stays: all but the last three intervals.
    known = np.linspace(0.2, 0.37, 200) if end else np.linspace(0.23, 0.4, 200)
    np.testing.assert_allclose(
        walled.tabulate(known, "A-B")[1], noisy.tabulate(known, "A-B")[1], atol=1e-7
    )


def test_roughness_does_not_mind_a_straight_force():
    bond = BondSpline(types=("A-B", "B-B"), start=0.2, end=0.4, intervals=8)
    around = DihedralSpline(types=("A-B-B-A",), intervals=9)
    for spline in (bond, around):
        matrix, size = spline.roughness(), spline.parameters.size
        assert matrix.shape == (size, size)
        flat = np.ones(size)
        assert flat @ matrix @ flat == pytest.approx(0, abs=1e-9)
    parabola = np.tile(np.arange(12.0) ** 2, 2)
    assert parabola @ bond.roughness() @ parabola == pytest.approx(0, abs=1e-6)
    cubic = np.tile(np.arange(12.0) ** 3, 2)
    # Third differences of n^3 are 6; nine of them in each of two rows, over the spacing.
    assert cubic @ bond.roughness() @ cubic == pytest.approx(2 * 9 * (6 / 0.025) ** 2)


def test_tables_cover_what_an_engine_may_meet():
    bond = filled(BondSpline(types=("A-B",), start=0.2, end=0.4, intervals=8)).lower()[0]
    assert bond.types == ("A", "B")
    assert (bond.coordinate[0], bond.coordinate[-1]) == (0.0, pytest.approx(0.6))
    angle = filled(AngleSpline(types=("A-B-C",), start=1.0, end=2.5, intervals=8)).lower()[0]
    assert (angle.coordinate[0], angle.coordinate[-1]) == (0.0, np.pi)
    dihedral = filled(DihedralSpline(types=("A-B-C-D",), intervals=9)).lower()[0]
    assert (dihedral.coordinate[0], dihedral.coordinate[-1]) == (-np.pi, np.pi)
    assert dihedral.energy[0] == pytest.approx(dihedral.energy[-1])
    for table in (bond, angle, dihedral):
        assert len(table.coordinate) == 20_001
        step = np.diff(table.coordinate)
        work = -np.sum(step * (table.force[1:] + table.force[:-1]) / 2)
        assert work == pytest.approx(table.energy[-1] - table.energy[0], rel=1e-5, abs=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="degree 2 of a bond spline"):
        BondSpline(types=("A-B",), start=0.2, end=0.4, intervals=8, degree=2)
    with pytest.raises(ValueError, match=r"a bond spline from 0\.4 to 0\.2"):
        BondSpline(types=("A-B",), start=0.4, end=0.2, intervals=8)
    with pytest.raises(ValueError, match="intervals 4 of a dihedral spline of degree 4"):
        DihedralSpline(types=("A-B-B-A",), intervals=4)
    with pytest.raises(ValueError, match="an angle spline to 180: give `end` in rad"):
        AngleSpline(types=("A-B-A",), intervals=18, end=180.0)
    with pytest.raises(ValueError, match=r"parameters \(1, 3\) for 1 types and 8 intervals"):
        BondSpline(types=("A-B",), start=0.2, end=0.4, intervals=8, parameters=np.ones((1, 3)))
    with pytest.raises(ValueError, match="a bond type is named twice"):
        BondSpline(types=("A-B", "B-A"), start=0.2, end=0.4, intervals=8)
