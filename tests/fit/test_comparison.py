"""A run that is the reference is at no distance from it; states and pressures have their names."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit.comparison import Sampled, distances_of, floors_of, pressures_of, sample_of
from molscape.fit.projection import Counted, StructureProblem
from molscape.potentials import PairSpline

STATE = State(temperature=120.0)


def well(r):
    return 40 * (r - 0.35) ** 2 - 1.0


def made(gas, states=1):
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.05, pairs=(("A", "A"),))
    data = [(gas.trajectory(f"data{k}", {"A-A": well}), STATE) for k in range(states)]
    return StructureProblem.make(spline, data, 4, 50.0)


def counted(gas, problem, energy):
    run = gas.trajectory("model", {"A-A": energy})
    return Counted(gas.measure(run, problem.distributions), None, 0.0)


def test_the_distance_from_itself_is_nothing_and_grows_with_the_energy_that_differs(gas):
    problem = made(gas)
    floors = floors_of(problem)

    def distance(lacking):
        sample = counted(gas, problem, lambda r: well(r) + lacking * (r < 0.5))
        return distances_of(problem, [sample], floors)["rdf.A-A"]

    same, near, far = (distance(share * STATE.kT) for share in (0.0, 0.2, 0.4))
    assert same.value == pytest.approx(0.0, abs=1e-9)
    assert 0 < near.value < far.value
    assert same.floor == floors["rdf.A-A"]
    assert far.unit == "nm"


def test_several_states_are_numbered(gas):
    problem = made(gas, states=2)
    assert list(floors_of(problem)) == ["rdf.A-A@0", "rdf.A-A@1"]
    samples = [counted(gas, problem, well)] * 2
    assert list(distances_of(problem, samples, floors_of(problem))) == ["rdf.A-A@0", "rdf.A-A@1"]
    pressures = [replace(sample, pressure=2.0 + k, pressure_error=0.1) for k, sample in
                 enumerate(samples)]  # fmt: skip
    assert pressures_of(pressures) == {
        "pressure@0": 2.0, "pressure_error@0": 0.1, "pressure@1": 3.0, "pressure_error@1": 0.1
    }  # fmt: skip


def test_a_reference_of_one_block_has_no_floor(gas):
    problem = made(gas)
    one = problem.references[0].without(0).without(0).without(0)
    assert np.isnan(floors_of(replace(problem, references=(one,)))["rdf.A-A"])


def run_of(gas, **observables):
    return SimpleNamespace(
        trajectory=gas.trajectory("model", {"A-A": well}),
        observables=observables,
        blow_up=None,
        seconds=1.0,
    )


def test_a_sample_has_the_mean_pressure_of_its_run(gas):
    problem = made(gas)
    series = np.random.default_rng(2).normal(5.0, 0.5, size=(400, 1))
    run = run_of(gas, pressure=series)
    assert isinstance(run, Sampled)
    sample = sample_of(problem, run, 4)
    assert sample.pressure == pytest.approx(series.mean())
    # Independent values: the error of their mean, which blocks estimate to a third or so.
    assert sample.pressure_error == pytest.approx(0.5 / np.sqrt(400), rel=0.5)
    assert pressures_of([sample]) == {
        "pressure": sample.pressure, "pressure_error": sample.pressure_error
    }  # fmt: skip


@pytest.mark.parametrize("observables", [{}, {"pressure": np.full((3, 1), np.nan)}])
def test_a_run_without_a_pressure_has_none(gas, observables):
    sample = sample_of(made(gas), run_of(gas, **observables), 4)
    assert sample.pressure is None
    assert pressures_of([sample]) == {}
