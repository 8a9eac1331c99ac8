"""From energies in bins to spline parameters: exact without noise, calm with it."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit.projection import INSET, StructureProblem, inset
from molscape.potentials import BondSpline, DihedralSpline, PairSpline

STATE = State(temperature=300.0)


def bond_problem(gas, blocks=10):
    truth = {"A-B": lambda r: 0.5 * 30_000 * (r - 0.15) ** 2}
    spline = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=20)
    gas.frames = 100_000
    data = [(gas.trajectory("data", truth, STATE.kT), STATE)]
    return StructureProblem.make(spline, data, blocks, 50.0)


def test_energies_in_the_span_of_the_splines_come_back(gas):
    problem = bond_problem(gas)
    row = problem.rows[0]
    parameters = np.where(row.active, np.random.default_rng(0).normal(size=24), 0.0)
    energy = problem.basis[row.bins, row.parameters] @ parameters
    found = problem.project(row, energy, problem.references[0].mean[row.bins])
    back = problem.basis[row.bins, row.parameters] @ found
    np.testing.assert_allclose(back[row.fitted], energy[row.fitted], atol=2e-3)


def test_a_smooth_curve_is_seen_through_noise(gas):
    spline = DihedralSpline(types=("A-B-B-A",), intervals=36)
    data = [(gas.trajectory("data", {"A-B-B-A": np.zeros_like}, STATE.kT), STATE)]
    problem = StructureProblem.make(spline, data, 4, 50.0)
    row, x = problem.rows[0], problem.distributions[0].x
    random = np.random.default_rng(5)
    energy = np.cos(3 * x) + random.normal(scale=0.5, size=len(x))
    found = problem.project(row, energy, np.full(len(x), 4.0))
    error = problem.basis @ found - np.cos(3 * x)
    assert np.sqrt(np.mean(error**2)) < 0.2


def test_what_a_few_bins_say_clearly_is_not_bent_away(gas):
    """White noise of known size everywhere, and a step of many errors in one knot interval."""
    spline = DihedralSpline(types=("A-B-B-A",), intervals=36)
    data = [(gas.trajectory("data", {"A-B-B-A": np.zeros_like}, STATE.kT), STATE)]
    problem = StructureProblem.make(spline, data, 4, 50.0)
    row = problem.rows[0]
    random = np.random.default_rng(6)
    error = 0.02
    step = np.where(row.interval == 7, 0.12, 0.0)
    energy = step + error * random.normal(size=len(step))
    weight = np.full(len(step), error**-2)

    def left(**options):
        found = problem.project(row, energy, weight, **options)
        fitted = problem.basis[row.bins, row.parameters] @ found
        return np.mean((fitted - step)[row.interval == 7])

    bins = np.sum(row.interval == 7)
    assert abs(left()) > 4 * error / np.sqrt(bins)
    assert abs(left(errors_known=True)) < 4 * error / np.sqrt(bins)


def test_the_built_potential_ends_with_the_parameters(gas):
    problem = bond_problem(gas)
    parameters = 0.3 * (np.arange(24.0) - 11.5) ** 2
    built = problem.build(parameters)
    first, last = problem.rows[0].support.first, problem.rows[0].support.last
    x = np.linspace(0.1 + 0.005 * first, 0.1 + 0.005 * (last + 1), 50)
    own = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=20, parameters=parameters[None])
    difference = built.tabulate(x, "A-B")[0] - own.tabulate(x, "A-B")[0]
    assert np.ptp(difference) < 1e-9


def test_bins_are_finer_than_knots_and_curves_have_bins_of_five_picometres(gas):
    truth = {"A-A": lambda r: np.zeros_like(r)}
    spline = PairSpline(start=0.25, cutoff=0.9, spacing=0.01, pairs=(("A", "A"),))
    problem = StructureProblem.make(spline, [(gas.trajectory("data", truth), STATE)], 4, 50.0)
    curve = problem.references[0].blocks(0).curve()
    assert np.diff(curve.x) == pytest.approx(0.005)
    np.testing.assert_allclose(curve.y, curve.y[0], rtol=1e-9)
    assert np.diff(problem.distributions[0].edges) == pytest.approx(0.0025)


def test_ends_that_bend_down_go_to_the_wall():
    spline = BondSpline(types=("A-A", "A-B"), start=0.1, end=0.26, intervals=16)
    x = np.arange(spline.parameters.shape[1], dtype=float)
    convex = np.stack([(x - 9) ** 2, (x - 9) ** 2])
    first, last = np.array([2, 1]), np.array([13, 14])

    def moved(rows, first=first, last=last):
        return [each.tolist() for each in inset(spline, rows.ravel(), first, last)]

    assert moved(convex) == [[2, 1], [13, 14]]
    # One coefficient too low at the left end of the first type, and at the right of the second.
    bent = convex.copy()
    bent[0, 2] -= 30
    bent[1, 14 + spline.degree] -= 30
    assert moved(bent) == [[2 + INSET, 1], [13, 14 - INSET]]
    # Bends in the middle, and outside the range, are none of its business.
    other = convex.copy()
    other[0, 9] += 30
    other[1, 0] -= 30
    assert moved(other) == [[2, 1], [13, 14]]
    # A range too short to lose its ends keeps them.
    short = np.array([2, 8]), np.array([9, 14])
    bent[1, 8] -= 30
    assert moved(bent, *short) == [[2, 8], [9, 14]]
