"""Thermostat and barostat against exact averages, and state through a file."""

import numpy as np
import pytest

from molscape.core.store import write_arrays
from molscape.core.topology import Topology
from molscape.core.units import BAR, thermal_energy
from molscape.reference.assembly import Interactions, assemble, lattice_box
from molscape.reference.dynamics import MotionState, PartResult, Thermostat, minimise, run_part
from molscape.reference.engine import Hardware
from molscape.reference.schedule import Part
from molscape.reference.system import AllAtomSystem

openmm = pytest.importorskip("openmm", reason="openmm is not installed")
REFERENCE = Hardware("Reference")


def pair_of_waters():
    box = lattice_box({"spce": 2}, interactions=Interactions(cutoff=0.1))
    return assemble({"spce": 2}, box.positions)


def ideal_gas(count, edge):
    system = openmm.System()
    for _ in range(count):
        system.addParticle(10.0)
    nothing = openmm.NonbondedForce()
    nothing.setNonbondedMethod(nothing.CutoffPeriodic)
    nothing.setCutoffDistance(0.1)
    for _ in range(count):
        nothing.addParticle(0.0, 0.1, 0.0)
    system.addForce(nothing)
    box = edge * np.eye(3)
    system.setDefaultPeriodicBoxVectors(*box.tolist())
    topology = Topology.build(["A"] * count, masses=np.full(count, 10.0))
    positions = np.random.default_rng(0).uniform(0, edge, (count, 3))
    return AllAtomSystem("gas", topology, system, positions, box)


def test_the_barostat_gives_an_ideal_gas_its_exact_volume():
    """<V> = (N + 1) kT / P, and the pressure arrives in the right unit."""
    count, pressure = 20, 300 * BAR
    expected = (count + 1) * thermal_energy(300.0) / pressure
    gas = ideal_gas(count, expected ** (1 / 3))
    start = MotionState(gas.positions, None, gas.box)
    thermostat = Thermostat(300.0, 10.0, 0.002, pressure)
    result, frames = run_part(gas, start, Part("pressure", 60_000, 50), thermostat, REFERENCE, 3)
    assert frames is None
    blocks = result.volumes.reshape(10, -1).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(10)
    assert error < 0.08 * expected
    assert abs(blocks.mean() - expected) < 4 * error


def test_the_thermostat_gives_rigid_water_its_temperature():
    system = pair_of_waters()
    start = minimise(system, MotionState(system.positions, None, None), REFERENCE)
    part, thermostat = Part("kept", 20_000, 20), Thermostat(250.0, 20.0, 0.001)
    result, frames = run_part(system, start, part, thermostat, REFERENCE, 5)
    blocks = result.temperatures.reshape(10, -1).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(10)
    assert error < 12.0
    assert abs(blocks.mean() - 250.0) < 4 * error
    assert frames is not None
    a, b = system.topology.constraints.T
    lengths = np.linalg.norm(frames.positions[:, a] - frames.positions[:, b], axis=-1)
    wanted = np.broadcast_to(system.topology.constraint_lengths, lengths.shape)
    np.testing.assert_allclose(lengths, wanted, atol=2e-6)
    np.testing.assert_allclose(frames.forces.sum(axis=1), 0.0, atol=1e-6)


def test_seeds_decide_everything():
    system = pair_of_waters()
    start = MotionState(system.positions, None, None)
    ends = [
        run_part(
            system, start, Part("volume", 20, 10), Thermostat(300.0, 1.0, 0.0005), REFERENCE, seed
        )[0].state.positions
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert np.abs(ends[0] - ends[2]).max() > 1e-6


def test_a_result_comes_back_from_its_file_bit_by_bit(tmp_path):
    random = np.random.default_rng(0)
    state = MotionState(random.normal(size=(4, 3)), random.normal(size=(4, 3)), np.eye(3))
    saved = PartResult(state, *random.normal(size=(3, 5)), seconds=1.5)
    write_arrays(tmp_path / "0000.npz", saved.to_arrays())
    read = PartResult.load(tmp_path / "0000.npz")
    np.testing.assert_array_equal(read.state.positions, state.positions)
    np.testing.assert_array_equal(read.state.velocities, state.velocities)
    np.testing.assert_array_equal(read.state.box, state.box)
    np.testing.assert_array_equal(read.volumes, saved.volumes)
    assert read.seconds == 1.5


def test_dynamics_that_breaks_down_is_told():
    system = pair_of_waters()
    start = MotionState(system.positions, None, None)
    with pytest.raises(RuntimeError, match="smaller `timestep`"):
        run_part(system, start, Part("volume", 200, 10), Thermostat(300.0, 1.0, 1.0), REFERENCE, 1)
