"""The ramp on pair energies against linear response in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit.pressure_ramp import LARGEST, pressure_change
from molscape.fit.projection import Counted, StructureProblem
from molscape.potentials import BondSpline, PairSpline

CUTOFF = 0.8
STATE = State(temperature=120.0, pressure=1.0)


def well(r):
    return 40 * (r - 0.35) ** 2 - 1.0


@pytest.fixture
def problem(gas):
    spline = PairSpline(start=0.2, cutoff=CUTOFF, spacing=0.025, pairs=(("A", "A"),))
    data = [(gas.trajectory("data", {"A-A": well}, STATE.kT), STATE)]
    return StructureProblem.make(spline, data, 4, 50.0)


def sample(problem, pressure):
    return Counted(problem.references[0], pressure, 0.0)


def answer(problem):
    """d P / d A of an energy A (1 - r/cutoff): sum over pairs of r / (3 V cutoff)."""
    own, x = problem.references[0], problem.distributions[0].x
    used = problem.rows[0].fitted
    return float(np.sum((own.mean * x)[used]) / (3 * own.volume * CUTOFF))


@pytest.mark.parametrize("lacking", [1.0, -0.5])
def test_a_small_lack_of_pressure_is_met_by_linear_response(problem, lacking):
    lacking = lacking * 0.05 * problem.kT * answer(problem)
    change, height = pressure_change(problem, [sample(problem, 1.0 - lacking)])
    assert height == pytest.approx(lacking / answer(problem), rel=0.02)
    row, x = problem.rows[0], problem.distributions[0].x
    inside = row.fitted & (x < CUTOFF - 0.03)
    energy = problem.basis[row.bins, row.parameters] @ change
    expected = height * (1 - x / CUTOFF)
    np.testing.assert_allclose(energy[inside], expected[inside], atol=0.02 * abs(height))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_ramp_is_never_higher_than_a_tenth_of_kt(problem, sign):
    change, height = pressure_change(problem, [sample(problem, 1.0 - sign * 1e3)])
    assert height == sign * LARGEST * problem.kT
    assert problem.largest(change) < LARGEST * problem.kT


def test_several_states_are_met_by_least_squares(problem):
    states = (STATE, State(temperature=120.0, pressure=3.0))
    two = replace(problem, states=states, references=2 * problem.references)
    slope = answer(problem)
    lacking = np.array([0.02, 0.04]) * problem.kT * slope
    found = [sample(problem, 1.0 - lacking[0]), sample(problem, 3.0 - lacking[1])]
    _, height = pressure_change(two, found)
    assert height == pytest.approx(lacking.mean() / slope, rel=0.02)


def test_what_is_missing_is_named(problem, gas):
    with pytest.raises(ValueError, match="the sampler reports no pressure, or has no box: use an"):
        pressure_change(problem, [sample(problem, None)])
    open_ = Counted(replace(problem.references[0], volume=None), 1.0, 0.0)
    with pytest.raises(ValueError, match="has no box: use another engine"):
        pressure_change(problem, [open_])
    aimless = replace(problem, states=(State(120.0),))
    with pytest.raises(ValueError, match=r"target pressure is missing: give State\(temperature, p"):
        pressure_change(aimless, [sample(problem, 1.0)])
    bonds = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=20)
    truth = {"A-B": lambda r: 15_000 * (r - 0.15) ** 2}
    bonded = StructureProblem.make(bonds, [(gas.trajectory("bonds", truth), STATE)], 4, 50.0)
    with pytest.raises(ValueError, match="corrected by pair energies: this potential has none"):
        pressure_change(bonded, [sample(bonded, 1.0)])
