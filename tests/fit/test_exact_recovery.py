"""Iterative fits find the energies behind the structure of a gas that is solved exactly."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit import (
    IterationOptions,
    inverse_monte_carlo,
    iterative_boltzmann,
    relative_entropy,
)
from molscape.potentials import AngleSpline, BondSpline, DihedralSpline, PairSpline, Sum

STATE = State(temperature=120.0)
METHODS = pytest.mark.parametrize(
    "method", [iterative_boltzmann, inverse_monte_carlo, relative_entropy]
)


def well(r, depth=1.0):
    """A soft core and a well in kJ/mol, zero with its slope from 0.8 nm on."""
    u = 2 * np.exp((0.3 - r) / 0.08) - depth * np.exp(-(((r - 0.5) / 0.1) ** 2))
    return np.where(r < 0.8, u * (1 - (r / 0.8) ** 4) ** 2, 0.0)


def error_of(fit, pair, truth):
    r = np.linspace(0.3, 0.79, 300)
    return np.abs(fit.potential.tabulate(r, pair)[0] - truth(r)).max()


@METHODS
def test_the_pair_energies_of_a_dilute_gas_of_two_types(gas, method):
    depths = {"A-A": 1.0, "A-B": 0.5, "B-B": 0.0}
    truth = {label: lambda r, d=depth: well(r, d) for label, depth in depths.items()}
    pairs = (("A", "A"), ("A", "B"), ("B", "B"))
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.025, pairs=pairs)
    data = [(gas.trajectory("data", truth), STATE)]
    fit = method(spline, data, gas.sampler(), IterationOptions(iterations=6, start="given"))
    assert fit.method == method.__name__
    for pair in pairs:
        assert error_of(fit, pair, truth["-".join(pair)]) < 0.02 * STATE.kT
    first, last = fit.history[0].distances, fit.history[-1].distances
    assert set(first) == {"rdf.A-A", "rdf.A-B", "rdf.B-B"}
    assert all(last[name].value < 0.02 * first[name].value for name in first)


@METHODS
def test_bonds_angles_and_dihedrals(gas, method):
    truth = {
        "A-B": lambda r: 0.5 * 20_000 * (r - 0.15) ** 2,
        "A-B-B": lambda t: 0.5 * 20 * (t - 2.0) ** 2,
        "A-B-B-A": lambda p: 1.0 * (1 + np.cos(3 * p)),
    }
    start = {
        "A-B": lambda r: 0.5 * 15_000 * (r - 0.16) ** 2,
        "A-B-B": lambda t: 0.5 * 15 * (t - 1.9) ** 2,
        "A-B-B-A": lambda p: 0.5 * (1 + np.cos(3 * p)),
    }
    bond = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=10)
    angle = AngleSpline(types=("A-B-B",), intervals=24)
    dihedral = DihedralSpline(types=("A-B-B-A",), intervals=24)
    from molscape.fit import boltzmann

    made = boltzmann(Sum(bond, angle, dihedral), [(gas.trajectory("start", start), STATE)])
    # The walls of the inversion stay outside of what the fit determines.
    given = Sum(*made.potential.terms())
    data = [(gas.trajectory("data", truth), STATE)]
    fit = method(given, data, gas.sampler(), IterationOptions(iterations=8, start="given"))
    ranges = {"A-B": (0.13, 0.17), "A-B-B": (1.6, 2.4), "A-B-B-A": (-3.1, 3.1)}
    for term in fit.potential.terms():
        for label in term.types:
            x = np.linspace(*ranges[label], 200)
            error = term.tabulate(x, label)[0] - truth[label](x)
            assert np.ptp(error) < 0.05 * STATE.kT
    assert set(fit.history[0].distances) == {"bond.A-B", "angle.A-B-B", "dihedral.A-B-B-A"}


@METHODS
def test_two_state_points_at_once(gas, method):
    states = (State(temperature=120.0), State(temperature=200.0))
    truth = {"A-A": well}
    data = [(gas.trajectory(f"data {k}", truth, state.kT), state) for k, state in enumerate(states)]
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.025, pairs=(("A", "A"),))
    fit = method(spline, data, gas.sampler(states), IterationOptions(iterations=6, start="given"))
    assert error_of(fit, ("A", "A"), well) < 0.02 * STATE.kT
    assert set(fit.history[0].distances) == {"rdf.A-A@0", "rdf.A-A@1"}


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
