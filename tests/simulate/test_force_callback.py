"""Forces that another engine asks for, and the lists behind them."""

import equinox as eqx
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory
from molscape.potentials import HarmonicBonds
from molscape.simulate.evaluation import evaluate
from molscape.simulate.force_callback import ForceCallback, is_opaque
from support.opaque import BOX, CHAIN, FLUID, ZIGZAG, fluid


def test_neighbour_lists_of_the_callback_grow_and_follow_the_beads(gaussians):
    force = ForceCallback(gaussians, FLUID, 300.0, "double")
    # The fluid is squeezed into a corner: rows fill up far beyond the first plan.
    x = fluid().positions * np.linspace(1.0, 0.4, 7)[:, None, None]
    frames = Frames(x, box=np.tile(BOX, (7, 1, 1)))
    found = evaluate(gaussians, Trajectory.from_frames(FLUID, frames))
    energies, forces = found.energies, found.forces
    capacities = set()
    for k in range(7):
        energy, own = force(x[k], BOX)
        assert energy == pytest.approx(energies[k], rel=1e-10)
        np.testing.assert_allclose(own, forces[k], atol=1e-8 * np.abs(own).max())
        capacities.add(force.search.capacity)
    assert len(capacities) > 1


def test_what_a_model_watches_is_told_beside_the_pressure(network, gaussians):
    force = ForceCallback(gaussians, FLUID, 300.0, "double")
    frames = fluid()
    pressure, outside = force.observe(frames.positions[0], BOX)
    expected = evaluate(gaussians, Trajectory.from_frames(FLUID, frames)).pressures[0]
    assert pressure == pytest.approx(expected, rel=1e-9)
    assert np.isnan(outside)
    narrow = eqx.tree_at(lambda n: n.longest, network, np.asarray(0.3))
    force = ForceCallback(narrow, CHAIN, 300.0, "double")
    pressure, outside = force.observe(ZIGZAG.positions[0], None)
    i, j = np.triu_indices(5, 1)
    x = ZIGZAG.positions[0]
    assert outside == np.sum(np.linalg.norm(x[i] - x[j], axis=1) > 0.3)
    assert np.isnan(pressure)


def test_a_model_of_terms_is_not_opaque(network):
    assert is_opaque(network)
    assert not is_opaque(HarmonicBonds(types=("A-A",), stiffness=[100.0], length=[0.3]))
