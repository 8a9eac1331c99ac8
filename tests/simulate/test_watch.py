import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.ensemble import NVE, Brownian, Langevin
from molscape.core.units import thermal_energy
from molscape.simulate.chunks import Chunk, EngineState
from molscape.simulate.schedule import Schedule
from molscape.simulate.watch import (
    HOT,
    TOO_HOT,
    explain_blow_up,
    find_fault,
    hottest,
    ideal_pressure,
    observed_motion,
    share_outside,
    stop_outside,
)


def test_beads_may_be_hot_but_not_too_hot():
    assert hottest(Langevin(300.0)) == HOT * 300.0
    assert hottest(NVE(0.0)) == HOT
    assert hottest(Langevin(300.0), 400.0) == HOT * 400.0
    assert hottest(Brownian(300.0)) == np.inf
    x = np.zeros((2, 3))
    assert find_fault(x, 1.0, 5999.0, 6000.0) == ""
    assert find_fault(x, 1.0, 6001.0, 6000.0) == TOO_HOT
    for positions, energy in ((x + np.inf, 1.0), (x, np.nan)):
        assert "infinite or not a number" in find_fault(positions, energy, 300.0, 6000.0)


def test_a_blow_up_names_steps_and_remedies():
    told = explain_blow_up(TOO_HOT, 20, 40, 0.01)
    assert told.startswith("the beads became hotter than 20 times the temperature asked for betw")
    assert "between step 20 and 40: use a time step shorter than 0.01 ps" in told


@pytest.mark.parametrize("arrays", [np, jnp])
def test_without_velocities_momenta_are_those_of_equilibrium(arrays):
    kinetic, kT = arrays.asarray([3.0, 4.0]), thermal_energy(300.0)
    seen, felt = observed_motion(Langevin(300.0), kinetic, 10, kT)
    assert seen is kinetic
    assert felt is kinetic
    seen, felt = observed_motion(Brownian(300.0), kinetic, 10, kT)
    assert np.isnan(seen).all()
    np.testing.assert_allclose(felt, 30 * kT, rtol=1e-6)
    volumes = np.array([2.0, 4.0])
    pressures = ideal_pressure(Brownian(300.0), 10, volumes)
    np.testing.assert_allclose(pressures, 30 * kT / (3 * volumes))


def test_a_chunk_that_left_the_training_range_ends_its_run():
    x = np.zeros((1, 2, 3))
    seen = {"outside": np.array([[0.0], [2.0], [1.0], [0.0]])}
    chunk = Chunk(np.zeros((4, 1, 2, 3)), seen, EngineState(x, x, None, 120), 1.0)
    assert share_outside(seen) == 0.5
    assert share_outside({"outside": np.zeros((0, 1))}) == 0.0
    assert stop_outside(chunk, Schedule(steps=200), 40) is chunk
    assert stop_outside(chunk, Schedule(steps=200, outside_stop=0.5), 40) is chunk
    told = stop_outside(chunk, Schedule(steps=200, outside_stop=0.4), 40).blow_up
    assert told.startswith("50% of the frames of steps 40 to 120 have a feature outside the range")
