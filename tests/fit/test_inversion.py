"""Energies from counts: calm where counts are few."""

from dataclasses import replace

import numpy as np

from molscape.core.state import State
from molscape.fit.inversion import compare_row
from molscape.fit.projection import Counted, StructureProblem
from molscape.potentials import BondSpline

STATE = State(temperature=300.0)


def bond_problem(gas, blocks=10):
    truth = {"A-B": lambda r: 0.5 * 30_000 * (r - 0.15) ** 2}
    spline = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=20)
    gas.frames = 100_000
    data = [(gas.trajectory("data", truth, STATE.kT), STATE)]
    return StructureProblem.make(spline, data, blocks, 50.0)


def counted(reference, random):
    """The same structure, counted with the scatter of independent samples."""
    return replace(reference, counts=random.poisson(reference.counts).astype(float))


def test_noise_at_the_sparse_edges_does_not_blow_up_a_change(gas):
    problem = bond_problem(gas)
    random = np.random.default_rng(3)
    reference = counted(problem.references[0], random)
    noisy = replace(problem, references=(reference,))
    largest = []
    for _ in range(30):
        sample = Counted(counted(problem.references[0], random), None, float("nan"))
        change = compare_row(noisy, noisy.rows[0], [sample])
        active = noisy.rows[0].active
        largest.append(np.abs(change[active] - np.mean(change[active])).max())
    assert max(largest) < 1.0 * STATE.kT
