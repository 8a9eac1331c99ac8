"""Boltzmann inversion where it is exact: two particles, and chains of free coordinates."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit import boltzmann
from molscape.potentials import (
    AngleSpline,
    BondSpline,
    Coulomb,
    DihedralSpline,
    HarmonicAngles,
    HarmonicBonds,
    LennardJones,
    PairSpline,
    PeriodicDihedrals,
    Sum,
)

STATE = State(temperature=120.0)


def well(r):
    """A soft core and a well in kJ/mol that end with zero slope at 0.8 nm; kT is 1 kJ/mol."""
    u = 2 * np.exp(-(((r - 0.3) / 0.1) ** 2)) - np.exp(-(((r - 0.5) / 0.1) ** 2))
    return np.where(r < 0.8, u * (1 - (r / 0.8) ** 4) ** 2, 0.0)


def spline(**more):
    options = {"start": 0.3, "cutoff": 0.8, "spacing": 0.02, "pairs": (("A", "A"),)}
    return PairSpline(**{**options, **more})


def test_the_pair_energy_of_a_dilute_gas_is_recovered(dilute):
    data = [(dilute().draw(well).trajectory, STATE)]
    fit = boltzmann(spline(), data, minimum_samples=10)
    r = np.linspace(0.3, 0.8, 400)
    assert np.all(np.exp(-well(r) / STATE.kT) > 0.1)
    error = fit.potential.tabulate(r, ("A", "A"))[0] - well(r)
    assert np.abs(error).max() < 0.05 * STATE.kT
    assert fit.method == "boltzmann"
    assert fit.frames == 20_000


def test_wall_and_support_are_those_of_the_samples(dilute):
    data = [(dilute().draw(lambda r: np.where(r < 0.36, 1e3, well(r))).trajectory, STATE)]
    fit = boltzmann(spline(start=0.2), data)
    support = fit.supports[0]
    assert support.label == "A-A"
    assert support.start + support.spacing * support.first == pytest.approx(0.36)
    assert np.all(support.poor[: support.first])
    assert np.all(support.samples[support.first :] >= 50)
    r = np.linspace(0.15, 0.3, 30)
    energy = fit.potential.tabulate(r, ("A", "A"))[0]
    assert np.all(np.diff(energy) < 0)
    assert energy[0] > 20 * STATE.kT


def test_jackknife_errors_cover_the_truth(gas):
    gas.frames, gas.blocks, gas.random = 1e6, 10, np.random.default_rng(7)
    r, deviations = np.linspace(0.36, 0.7, 12), []
    for _ in range(12):
        fit = boltzmann(spline(), [(gas.trajectory("data", {"A-A": well}), STATE)])
        each = np.array([replica.tabulate(r, ("A", "A"))[0] for replica in fit.replicas])
        error = np.sqrt((len(each) - 1) * each.var(axis=0))
        deviations.append((fit.potential.tabulate(r, ("A", "A"))[0] - well(r)) / error)
    # Student's t of 9 degrees of freedom has a variance of 9/7.
    assert np.mean(np.square(deviations)) == pytest.approx(9 / 7, rel=0.6)


def test_the_jacobians_of_bonds_angles_and_dihedrals_are_taken_out(gas):
    truth = {
        "A-B": lambda r: 0.5 * 20_000 * (r - 0.15) ** 2,
        "B-B": lambda r: 0.5 * 10_000 * (r - 0.2) ** 2,
        "A-B-B": lambda t: 0.5 * 20 * (t - 2.0) ** 2,
        "A-B-B-A": lambda p: 1.5 * (1 + np.cos(3 * p)),
    }
    potential = Sum(
        BondSpline(types=("A-B", "B-B"), start=0.1, end=0.26, intervals=16),
        AngleSpline(types=("A-B-B",), intervals=24),
        DihedralSpline(types=("A-B-B-A",), intervals=24),
    )
    fit = boltzmann(potential, [(gas.trajectory("data", truth), STATE)])
    ranges = {"A-B": (0.12, 0.18), "B-B": (0.16, 0.24), "A-B-B": (1.5, 2.5), "A-B-B-A": (-3, 3)}
    for term in fit.potential.terms():
        for label in term.types:
            x = np.linspace(*ranges[label], 200)
            x = x[truth[label](x) < 5 * STATE.kT]
            error = term.tabulate(x, label)[0] - truth[label](x)
            assert np.ptp(error) < 0.015 * STATE.kT
    assert [support.label for support in fit.supports] == ["A-B", "B-B", "A-B-B", "A-B-B-A"]


def test_what_is_held_of_a_pair_is_subtracted(dilute):
    core = LennardJones(
        epsilon=[0.5], sigma=[0.34], pairs=(("A", "A"),), cutoff=0.6, smooth="force"
    )

    def total(r):
        return well(r) + core.tabulate(r, ("A", "A"))[0]

    data = [(dilute().draw(total).trajectory, STATE)]
    fit = boltzmann(Sum(spline(), core), data, minimum_samples=10)
    fitted, kept = fit.potential.terms()
    assert kept.epsilon.tolist() == [0.5]
    r = np.linspace(0.345, 0.8, 400)
    error = fitted.tabulate(r, ("A", "A"))[0] - well(r)
    assert np.abs(error).max() < 0.05 * STATE.kT
    # What is held is worth several times that.
    assert np.abs(core.tabulate(r, ("A", "A"))[0]).max() > 0.3 * STATE.kT


def test_what_is_held_of_bonds_angles_and_dihedrals_is_subtracted(gas):
    truth = {
        "A-B": lambda r: 0.5 * 20_000 * (r - 0.15) ** 2 + 0.6 * np.sin(80 * r),
        "A-B-B": lambda t: 0.5 * 20 * (t - 2.0) ** 2 + 0.5 * np.cos(7 * t),
        "A-B-B-A": lambda p: 1.5 * (1 + np.cos(3 * p)) + 0.8 * np.cos(p),
    }
    held = (
        HarmonicBonds(types=("A-B",), stiffness=20_000.0, length=0.15),
        HarmonicAngles(types=("A-B-B",), stiffness=20.0, angle=2.0),
        PeriodicDihedrals(types=("A-B-B-A",), stiffness=1.5, multiplicity=(3,), phase=0.0),
    )
    potential = Sum(
        BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=16),
        AngleSpline(types=("A-B-B",), intervals=24),
        DihedralSpline(types=("A-B-B-A",), intervals=24),
        *held,
    )
    fit = boltzmann(potential, [(gas.trajectory("data", truth), STATE)])
    ranges = {"A-B": (0.12, 0.18), "A-B-B": (1.5, 2.5), "A-B-B-A": (-3, 3)}
    for term, fixed in zip(fit.potential.terms()[:3], held, strict=True):
        (label,) = term.types
        x = np.linspace(*ranges[label], 200)
        x = x[truth[label](x) - truth[label](x).min() < 5 * STATE.kT]
        own = truth[label](x) - fixed.tabulate(x, label)[0]
        assert np.ptp(term.tabulate(x, label)[0] - own) < 0.02 * STATE.kT
        assert np.ptp(own) > 0.5 * STATE.kT


def test_held_terms_of_more_than_one_coordinate_are_refused(dilute):
    data = [(dilute(2000).draw(well).trajectory, STATE)]
    with pytest.raises(ValueError, match="cannot subtract the fixed term coulomb"):
        boltzmann(Sum(spline(), Coulomb(cutoff=0.8)), data, minimum_samples=1)


def test_potentials_without_a_spline_are_refused(dilute):
    lj = LennardJones(epsilon=[1.0], sigma=[0.34], pairs=(("A", "A"),), cutoff=0.8)
    with pytest.raises(ValueError, match="no part of this potential"):
        boltzmann(lj, [(dilute(100).draw(well).trajectory, STATE)])


def test_too_few_samples_are_refused(dilute):
    with pytest.raises(ValueError, match="too few samples"):
        boltzmann(spline(), [(dilute(200).draw(well).trajectory, STATE)])


def test_no_data_is_refused():
    with pytest.raises(ValueError, match="no data"):
        boltzmann(spline(), [])
