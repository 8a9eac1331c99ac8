"""Stepwise regression finds the functions that made the forces, and their coefficients."""

import numpy as np
import pytest

from molscape import fit
from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import BasisSum

LIBRARY = BasisSum(functions=["x", "x^2", "x^3", "x^4", "sin(x)", "cos(6x)"])
NOISE = 2.0


def data(force, frames=20000, seed=3):
    random = np.random.default_rng(seed)
    positions, forces = random.uniform(-2, 2, (frames, 1, 3)), np.zeros((frames, 1, 3))
    x = positions[:, 0, 0]
    forces[:, 0, 0] = force(x) + NOISE * random.normal(size=frames)
    trajectory = Trajectory.from_frames(
        Topology.build(["A"], masses=[1.0]), Frames(positions=positions, forces=forces)
    )
    return [(trajectory, State(temperature=300.0))]


def test_the_functions_that_made_the_forces_are_found():
    found = fit.stepwise(LIBRARY, data(lambda x: -(4 * x**3 - 3.0 * np.cos(x))))
    solved = dict(zip(found.potential.functions, found.potential.coefficients, strict=True))
    assert set(solved) == {"x^4", "sin(x)"}
    spread = np.std([replica.coefficients for replica in found.replicas], axis=0)
    assert np.all(spread > 0)
    assert float(solved["x^4"]) == pytest.approx(1.0, abs=0.01)
    assert float(solved["sin(x)"]) == pytest.approx(-3.0, abs=0.06)
    loss = found.force_loss
    # The noise is in one of three components.
    assert loss.validation == pytest.approx(NOISE**2 / 3, rel=0.04)
    assert loss.fit < loss.validation < loss.zero
    assert [step.iteration for step in found.history] == [1, 2]


def test_noise_is_explained_by_nothing_or_said_so():
    with pytest.raises(ValueError, match="explains any of the forces"):
        fit.stepwise(BasisSum(functions=["cos(6x)"]), data(lambda x: 0 * x, frames=200, seed=1))


def test_the_loss_is_that_of_force_matching():
    from molscape.fit.cross_validation import mean_loss
    from molscape.fit.samples import load_all
    from molscape.objectives import ForceMatching

    given = data(lambda x: -x, frames=500)
    found = fit.stepwise(LIBRARY, given)
    expected = mean_loss(found.potential, ForceMatching(), load_all(given, 0.0))
    assert found.force_loss.fit == pytest.approx(expected, rel=1e-5)
