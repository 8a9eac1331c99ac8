"""Exchanges between temperatures against exact acceptances and populations."""

import numpy as np
import pytest
from scipy.special import betainc

from molscape.core.ensemble import Brownian, Langevin
from molscape.core.frames import Frames
from molscape.core.units import thermal_energy
from molscape.simulate import Jax, Schedule
from molscape.simulate.tempering import Tempering
from support.fields import BEAD, Field


def test_acceptance_is_that_of_the_energies_distributions(harmonic):
    # Energies are gamma distributed: P = 2 I(3/2, 3/2; T_low / (T_low + T_high)).
    temperatures = np.array(harmonic.ladder.temperatures)
    exact = 2 * betainc(1.5, 1.5, temperatures[:-1] / (temperatures[:-1] + temperatures[1:]))
    attempts = harmonic.ladder.attempts
    # Even and odd pairs take turns: 650 attempts of 200 copies.
    np.testing.assert_array_equal(attempts, [325 * 200, 325 * 200])
    error = np.sqrt(exact * (1 - exact) / attempts)
    assert np.all(np.abs(harmonic.ladder.acceptance - exact) < 5 * error)


def test_each_temperature_has_its_own_energy_and_kinetic_temperature(harmonic):
    for temperature, run in zip((300.0, 450.0, 900.0), harmonic.ladder.runs, strict=True):
        assert run.observables["potential_energy"].shape == (120, 200)
        energies = run.observables["potential_energy"].mean(axis=0)
        error = energies.std() / np.sqrt(200)
        assert abs(energies.mean() - 1.5 * thermal_energy(temperature)) < 4 * error
        assert error < 0.03 * energies.mean()
        kinetic = run.observables["temperature"].mean(axis=0)
        assert abs(kinetic.mean() - temperature) < 4 * kinetic.std() / np.sqrt(200)


def right(run):
    return np.mean(run.trajectory.load().positions[:, 0, 0] > 0)


@pytest.mark.parametrize("ensemble", [Langevin(300.0, 5.0), Brownian(300.0, 20.0)])
def test_a_high_barrier_is_crossed_where_plain_dynamics_fails(ensemble):
    # 12 kT at 300 K; all begin in the upper, left well.
    kT, replicas = thermal_energy(300.0), 60
    model = Field(0.0, 12 * kT)
    call = (model, BEAD, Frames(np.array([[[-1.0, 0.0, 0.0]]])), ensemble)
    timestep = 0.02
    plain = Jax(replicas=replicas).run(*call, Schedule(steps=10_000, timestep=timestep, every=500))
    assert right(plain) < 0.05
    tempering = Tempering.ladder(300.0, 3600.0, 6, every=50)
    schedule = Schedule(steps=30_000, timestep=timestep, every=500, equilibration=15_000)
    run = Jax(replicas=replicas, tempering=tempering).run(*call, schedule)
    fine = np.linspace(-2.5, 2.5, 20001)
    weight = np.exp(-12 * ((fine**2 - 1) ** 2 - 0.05 * fine))
    exact = weight[fine > 0].sum() / weight.sum()
    shares = (run.trajectory.load().positions[:, 0, 0] > 0).reshape(-1, replicas).mean(axis=0)
    error = shares.std() / np.sqrt(replicas)
    assert exact == pytest.approx(0.77, abs=0.01)
    assert abs(shares.mean() - exact) < 4 * error
    assert error < 0.045
    assert np.all(run.ladder.acceptance > 0.3)
