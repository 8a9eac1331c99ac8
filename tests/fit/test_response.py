"""Linear response: the step to a neighbouring energy is that energy, and noise moves nothing."""

from dataclasses import replace

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit.projection import Counted, StructureProblem
from molscape.fit.response import (
    LARGEST,
    active_counts,
    active_functions,
    bounded_step,
    fits_without_blocks,
    goal,
    likely_step,
    response,
    smooth_covariance,
)
from molscape.potentials import PairSpline

STATE = State(temperature=120.0)
KT = STATE.kT


def well(r):
    return 40 * (r - 0.35) ** 2 - 1.0


def anything(step):
    return True


@pytest.fixture
def problem(gas):
    spline = PairSpline(start=0.2, cutoff=0.8, spacing=0.05, pairs=(("A", "A"),))
    return StructureProblem.make(spline, [(gas.trajectory("data", {"A-A": well}), STATE)], 4, 50.0)


def counted(gas, problem, energy):
    made = gas.trajectory("model", {"A-A": energy})
    return Counted(gas.measure(made, problem.distributions), None, 0.0)


def test_energies_vary_smoothly_within_a_row_and_not_between_rows():
    matrix = smooth_covariance([3, 2], 2.0)
    d = np.sqrt(3) / 2
    expected = [1.0, (1 + d) * np.exp(-d), (1 + 2 * d) * np.exp(-2 * d)]
    np.testing.assert_allclose(matrix[0, :3], expected, atol=1e-8)
    np.testing.assert_array_equal(matrix[:3, 3:], 0.0)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[3, 4] == pytest.approx(expected[1])


def test_the_goal_has_the_structure_of_the_reference_at_the_density_of_the_model(gas, problem):
    reference = problem.references[0]
    denser = replace(reference, ideal=2 * reference.ideal, counts=3 * reference.counts)
    np.testing.assert_allclose(goal(denser, reference), 2 * reference.mean)
    nothing = replace(reference, ideal=0 * reference.ideal)
    assert not goal(denser, nothing).any()


def test_a_c_is_b_for_the_energy_that_the_model_lacks(gas, problem):
    lacking = 0.01 * KT
    sample = counted(gas, problem, lambda r: well(r) + lacking * (r < 0.5))
    functions = (problem.distributions[0].x < 0.5).astype(float)[:, None]
    matrix, vector = response(problem, [sample], functions)
    assert matrix.shape == (1, 1)
    # The model must lose what it has too much.
    assert vector[0] / matrix[0, 0] == pytest.approx(-lacking, rel=0.02)
    _, nothing = response(problem, [counted(gas, problem, well)], functions)
    assert nothing[0] == pytest.approx(0.0, abs=1e-9 * abs(vector[0]))


def test_what_is_well_determined_is_solved_and_nothing_is_left_alone():
    c = 0.3 * KT * np.cos(np.linspace(0, 2, 12))
    matrix = 1e6 * np.eye(12)
    step, size = likely_step(matrix, matrix @ c, [12], KT, anything)
    np.testing.assert_allclose(step, c, atol=1e-3 * KT)
    assert 0.05 < size < 1.0
    still, smallest = likely_step(matrix, np.zeros(12), [12], KT, anything)
    assert not still.any()
    assert smallest == pytest.approx(1e-4)


def test_a_step_is_shortened_until_it_is_allowed():
    c = KT * np.ones(6)
    matrix = 1e4 * np.eye(6)
    free, size = likely_step(matrix, matrix @ c, [6], KT, anything)
    assert np.abs(free).max() > 0.9 * KT
    bounded, smaller = likely_step(
        matrix, matrix @ c, [6], KT, lambda step: bool(np.abs(step).max() <= 0.2 * KT)
    )
    assert 0.1 * KT < np.abs(bounded).max() <= 0.2 * KT
    assert smaller < size


def test_a_bounded_step_changes_no_energy_by_more_than_kt(gas, problem):
    functions, _ = active_functions(problem)
    sample = counted(gas, problem, lambda r: well(r) + 5 * KT * np.sin(12 * r))
    step, _ = bounded_step(problem, [sample], functions, active_counts(problem))
    assert 0.1 * KT < np.abs(functions @ step).max() <= LARGEST * problem.kT


def test_functions_are_those_of_determined_parameters_in_determined_bins(problem):
    functions, active = active_functions(problem)
    assert functions.shape == (problem.distributions[0].bins, active.sum())
    assert active_counts(problem) == [int(active.sum())]
    assert not functions[~problem.rows[0].fitted].any()
    assert np.all(np.abs(functions).max(axis=0) > 0)


def test_blocks_that_are_alike_have_replicas_that_are_alike(gas, problem):
    sample = counted(gas, problem, well)
    parameters = np.arange(float(problem.basis.shape[1]))
    found = fits_without_blocks(problem, parameters, [sample])
    assert found.shape == (4, len(parameters))
    np.testing.assert_allclose(found, np.tile(parameters, (4, 1)), atol=1e-9)
    single = replace(problem, references=(problem.references[0].without(0).without(0).without(0),))
    assert fits_without_blocks(single, parameters, [sample]).shape == (0, len(parameters))


def test_without_the_block_that_has_most_a_replica_has_less(gas, problem):
    reference = problem.references[0]
    x = problem.distributions[0].x
    counts = reference.counts.copy()
    counts[0] *= 1 + 0.01 * (x < 0.5)
    scattered = replace(problem, references=(replace(reference, counts=counts),))
    parameters = np.zeros(problem.basis.shape[1])
    found = fits_without_blocks(scattered, parameters, [counted(gas, problem, well)])
    energy = (problem.basis @ found.T)[problem.rows[0].fitted & (x < 0.45)]
    # Fewer pairs near each other ask for a higher energy there.
    assert np.all(energy[:, 0].mean() > energy[:, 1:].mean(axis=0))
    assert energy[:, 0].mean() > 0
