"""Iterative Boltzmann inversion against a gas that is solved exactly."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit import IterationOptions, iterative_boltzmann
from molscape.potentials import PairSpline
from support.recoveries import RECOVERIES, STATE, well


@pytest.mark.parametrize("check", RECOVERIES, ids=lambda check: check.__name__)
def test_the_energies_behind_a_structure_are_found(gas, check):
    check(gas, iterative_boltzmann)


def test_rows_in_turn_change_one_at_a_time(gas):
    truth = {"A-A": well, "B-B": lambda r: well(r, 0.5)}
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.025, pairs=(("A", "A"), ("B", "B")))
    tried, run = [], gas.sampler()

    def noted(potential, iteration, state):
        tried.append(np.asarray(potential.parameters))
        return run(potential, iteration, state)

    data = [(gas.trajectory("data", truth), STATE)]
    iterative_boltzmann(
        spline, data, noted, IterationOptions(iterations=3, start="given"), alternate=True
    )
    first, second = np.abs(np.diff(tried, axis=0)).max(axis=2)
    assert first[0] > 0.1
    assert first[1] == 0
    assert second[0] == 0
    assert second[1] > 0.1


def test_the_pressure_is_brought_to_its_target(gas):
    truth = {"A-A": well}
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.025, pairs=(("A", "A"),))
    r = np.linspace(0.1, 0.8, 4001)

    def pressure(energies):
        """The virial pressure of one pair in the box, less the ideal part."""
        u = energies["A-A"](r)
        weight = 4 * np.pi * r**3 * np.gradient(u, r) * np.exp(-u / STATE.kT)
        return float(-np.sum(weight) * (r[1] - r[0]) / (3 * gas.edge**6))

    gas.pressure = pressure
    target = pressure(truth) - 1e-6
    state = State(temperature=120.0, pressure=target)
    data = [(gas.trajectory("data", truth), state)]
    # Structure pulls back at each iteration, so that its share is kept small here.
    fit = iterative_boltzmann(
        spline, data, gas.sampler(), IterationOptions(iterations=5, scale=1e-6), pressure=True
    )
    off = [abs(step.numbers["pressure"] - target) for step in fit.history]
    assert off[-1] < 0.02 * off[0]
    assert fit.history[0].numbers["ramp"] < 0
    with pytest.raises(ValueError, match="target pressure is missing"):
        iterative_boltzmann(spline, [(data[0][0], STATE)], gas.sampler(), pressure=True)
