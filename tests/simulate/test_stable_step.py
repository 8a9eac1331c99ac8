import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.simulate.stable_step import LARGEST, flexible_bonds, stable_step

STATE = State(300.0)


def dimers(stiffness, lengths, masses=(12.0, 4.0), frames=4000, **more):
    """Dimers of one type of bond whose lengths are Gaussian about means of their own."""
    random = np.random.default_rng(2)
    count = len(lengths)
    topology = Topology.build(
        ["A", "B"] * count,
        masses=list(masses) * count,
        residues=np.repeat(np.arange(count), 2),
        molecules=np.repeat(np.arange(count), 2),
        molecule_names=[f"M{k}" for k in range(count)],
        bonds=np.arange(2 * count).reshape(-1, 2),
    ).replace(**more)
    positions = np.zeros((frames, 2 * count, 3))
    width = np.sqrt(STATE.kT / stiffness)
    positions[:, 1::2, 0] = np.array(lengths) + width * random.normal(size=(frames, count))
    return Trajectory.from_frames(topology, Frames(positions=positions))


def test_a_harmonic_bond_gives_a_tenth_of_its_period():
    value, error = stable_step(dimers(2.0e5, [0.2]), STATE)
    exact = 0.1 * 2 * np.pi * np.sqrt(3.0 / 2.0e5)
    assert value == pytest.approx(exact, rel=0.03)
    assert 0 < error < 0.03 * exact
    assert abs(value - exact) < 4 * error


def test_bonds_of_one_type_and_different_lengths_stay_stiff():
    value, _ = stable_step(dimers(2.0e5, [0.15, 0.25]), STATE)
    assert value == pytest.approx(0.1 * 2 * np.pi * np.sqrt(3.0 / 2.0e5), rel=0.05)


def test_soft_or_rigid_bonds_leave_the_largest_step():
    assert stable_step(dimers(50.0, [2.0]), STATE) == (LARGEST, 0.0)
    rigid = dimers(2.0e5, [0.2], constraints=np.array([[1, 0]]), constraint_lengths=np.array([0.2]))
    assert len(flexible_bonds(rigid.topology)) == 0
    assert stable_step(rigid, STATE) == (LARGEST, 0.0)
