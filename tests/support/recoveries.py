"""Energies of a gas that is solved exactly, for every iterative fit to find."""

import numpy as np

from molscape.core.state import State
from molscape.fit import IterationOptions, boltzmann
from molscape.potentials import AngleSpline, BondSpline, DihedralSpline, PairSpline, Sum

STATE = State(temperature=120.0)


def well(r, depth=1.0):
    """A soft core and a well in kJ/mol, zero with its slope from 0.8 nm on."""
    u = 2 * np.exp((0.3 - r) / 0.08) - depth * np.exp(-(((r - 0.5) / 0.1) ** 2))
    return np.where(r < 0.8, u * (1 - (r / 0.8) ** 4) ** 2, 0.0)


def error_of(fit, pair, truth):
    r = np.linspace(0.3, 0.79, 300)
    return np.abs(fit.potential.tabulate(r, pair)[0] - truth(r)).max()


def pairs_of_two_types(gas, method):
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


def bonds_angles_and_dihedrals(gas, method):
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


def two_state_points(gas, method):
    states = (State(temperature=120.0), State(temperature=200.0))
    truth = {"A-A": well}
    data = [(gas.trajectory(f"data {k}", truth, state.kT), state) for k, state in enumerate(states)]
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.025, pairs=(("A", "A"),))
    fit = method(spline, data, gas.sampler(states), IterationOptions(iterations=6, start="given"))
    assert error_of(fit, ("A", "A"), well) < 0.02 * STATE.kT
    assert set(fit.history[0].distances) == {"rdf.A-A@0", "rdf.A-A@1"}


RECOVERIES = (pairs_of_two_types, bonds_angles_and_dihedrals, two_state_points)
