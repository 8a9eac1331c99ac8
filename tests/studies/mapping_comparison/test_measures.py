"""What mappings of the chain keep, against what is known of it."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.mapping import by_graph, by_preset
from molscape.studies.mapping_comparison.measures import USUAL_STEP, AtomData, lead, measure


def test_atoms_as_beads_keep_everything_and_explain_all(data):
    found = measure(data, by_preset(data.atoms.topology, "atoms"), 100, noise_floor=True)
    assert found.kept.error.value < 1e-7
    assert found.kept.kept.value == pytest.approx(1.0)
    assert found.kept.modes.value == pytest.approx(1.0)
    # Bonds and angles made these forces, so that splines of them leave next to nothing.
    assert found.explained.value > 0.99
    assert (found.noise.value, found.beads) == (0.0, 6)
    square = np.mean(data.atoms.load().forces ** 2)
    assert found.force.value == pytest.approx(square)
    assert found.force.error < 0.2 * square
    # k = 1e5 and mu = 6: 0.1 * 2 pi sqrt(mu/k); angles do not change the width of a bond.
    exact = 0.1 * 2 * np.pi * np.sqrt(12.011 / 2e5)
    assert abs(found.step.value - exact) < 4 * found.step.error < 0.25 * exact
    assert found.speed.value == pytest.approx(1.0)
    assert data.step == found.step


def test_one_bead_keeps_nothing_and_runs_at_the_largest_step(data):
    found = measure(data, by_preset(data.atoms.topology, "com"), 100, noise_floor=True)
    assert found.kept.kept.value == pytest.approx(0.0, abs=1e-9)
    assert found.explained is None
    assert any("nothing to interact with" in note for note in found.notes)
    assert found.step.value == 0.02
    assert found.speed.value == pytest.approx(6 * 0.02 / data.step.value)


def test_pairs_of_beads_lie_between(data):
    found = measure(data, by_graph(data.atoms.topology, beads=3), 100, noise_floor=False)
    assert 0.5 < found.kept.kept.value < 1.0
    assert 0 < found.kept.error.error < 0.2 * found.kept.error.value
    assert found.step.value > data.step.value
    assert found.noise is None


def test_without_forces_or_flexible_bonds_the_rest_is_measured(chain_trajectory):
    topology = chain_trajectory.topology
    rigid = topology.replace(
        constraints=topology.bonds, constraint_lengths=np.full(len(topology.bonds), 0.15)
    )
    bare = chain_trajectory.map(
        lambda frames: frames.replace(forces=None), rigid, frozenset({"positions"})
    )
    data = AtomData.of(bare, State(300.0), lambda *_: None)
    assert data.step.value == USUAL_STEP
    found = measure(data, by_preset(rigid, "com"), 100, noise_floor=True)
    assert (found.force, found.noise, found.explained) == (None, None, None)
    assert found.notes == ("no forces: nothing is measured of them",)


def test_a_lead_needs_as_many_beads_of_the_same_molecule(data):
    topology = data.atoms.topology
    three = by_graph(topology, beads=3)
    assert lead(data, three, by_preset(topology, "com")) is None
    same = lead(data, three, three)
    assert (same.value, same.error) == (0.0, 0.0)
