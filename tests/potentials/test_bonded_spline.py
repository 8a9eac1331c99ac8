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
