"""Parallel tempering against exact acceptances and populations."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float
from scipy.special import betainc

from molscape.core import terms
from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.simulate import Jax, Schedule
from molscape.simulate.tempering import Tempering, round_trips

BEAD = Topology.build(["A"], masses=[12.0])


class Field(Potential):
    """U = stiffness r^2 / 2 + height ((x^2 - 1)^2 - 1/2 x), one bead, nm."""

    kind: ClassVar[str] = "field"

    stiffness: Float[Array, ""]
    height: Float[Array, ""]

    def __init__(self, stiffness, height):
        self.stiffness, self.height = jnp.asarray(stiffness), jnp.asarray(height)

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset()

    def __call__(self, system, positions, box, neighbours):
        x = positions[:, 0]
        well = (x**2 - 1) ** 2 - 0.05 * x
        return jnp.sum(0.5 * self.stiffness * jnp.sum(positions**2, axis=1) + self.height * well)

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"stiffness": np.asarray(self.stiffness), "height": np.asarray(self.height)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(arrays["stiffness"], arrays["height"])


@pytest.fixture(scope="module")
def harmonic():
    """A bead in a harmonic well at three temperatures, 200 copies of each."""
    return Jax(replicas=200, tempering=Tempering((300.0, 450.0, 900.0), every=10)).run(
        Field(500.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3))), Langevin(300.0, 5.0),
        Schedule(steps=6000, timestep=0.02, every=50, equilibration=500, chunks=3),
    )  # fmt: skip


class TestHarmonicWells:
    def test_acceptance_is_that_of_the_energies_distributions(self, harmonic):
        # Energies are gamma distributed: P = 2 I(3/2, 3/2; T_low / (T_low + T_high)).
        temperatures = np.array(harmonic.ladder.temperatures)
        exact = 2 * betainc(1.5, 1.5, temperatures[:-1] / (temperatures[:-1] + temperatures[1:]))
        attempts = harmonic.ladder.attempts
        # Even and odd pairs take turns: 650 attempts of 200 copies.
        np.testing.assert_array_equal(attempts, [325 * 200, 325 * 200])
        error = np.sqrt(exact * (1 - exact) / attempts)
        assert np.all(np.abs(harmonic.ladder.acceptance - exact) < 5 * error)

    def test_each_temperature_has_its_own_energy_and_kinetic_temperature(self, harmonic):
        for temperature, run in zip((300.0, 450.0, 900.0), harmonic.ladder.runs, strict=True):
            assert run.observables["potential_energy"].shape == (120, 200)
            energies = run.observables["potential_energy"].mean(axis=0)
            error = energies.std() / np.sqrt(200)
            assert abs(energies.mean() - 1.5 * thermal_energy(temperature)) < 4 * error
            assert error < 0.03 * energies.mean()
            kinetic = run.observables["temperature"].mean(axis=0)
            assert abs(kinetic.mean() - temperature) < 4 * kinetic.std() / np.sqrt(200)

    def test_the_run_is_that_of_its_own_temperature(self, harmonic):
        low = harmonic.ladder.runs[0]
        for name, values in low.observables.items():
            np.testing.assert_array_equal(harmonic.observables[name], values)
        frames = harmonic.trajectory.load()
        assert len(frames) == 120 * 200
        assert sorted(set(frames.replicas.tolist())) == list(range(200))
        r2 = np.sum(frames.positions[:, 0] ** 2, axis=1)
        np.testing.assert_allclose(
            250.0 * r2, harmonic.observables["potential_energy"].reshape(-1), rtol=1e-4
        )
        np.testing.assert_allclose(harmonic.trajectory[4321].positions, frames.positions[4321:4322])
        assert harmonic.steps == 6500 * 200
        assert harmonic.ladder.round_trips > 1000


def right(run):
    return np.mean(run.trajectory.load().positions[:, 0, 0] > 0)


@pytest.mark.parametrize("ensemble", [Langevin(300.0, 5.0), Brownian(300.0, 20.0)])
def test_a_high_barrier_is_crossed_where_plain_dynamics_fails(ensemble):
    # 12 kT at 300 K; all begin in the upper, left well.
    kT, replicas = thermal_energy(300.0), 60
    model = Field(0.0, 12 * kT)
    call = (model, BEAD, Frames(np.array([[[-1.0, 0.0, 0.0]]])), ensemble)
    timestep = 0.02
    plain = Jax(replicas=replicas).run(*call, Schedule(steps=20_000, timestep=timestep, every=500))
    assert right(plain) < 0.05
    tempering = Tempering.ladder(300.0, 3600.0, 6, every=50)
    schedule = Schedule(steps=60_000, timestep=timestep, every=500, equilibration=20_000)
    run = Jax(replicas=replicas, tempering=tempering).run(*call, schedule)
    fine = np.linspace(-2.5, 2.5, 20001)
    weight = np.exp(-12 * ((fine**2 - 1) ** 2 - 0.05 * fine))
    exact = weight[fine > 0].sum() / weight.sum()
    shares = (run.trajectory.load().positions[:, 0, 0] > 0).reshape(-1, replicas).mean(axis=0)
    error = shares.std() / np.sqrt(replicas)
    assert exact == pytest.approx(0.77, abs=0.01)
    assert abs(shares.mean() - exact) < 4 * error
    assert error < 0.03
    assert np.all(run.ladder.acceptance > 0.3)


def test_a_tempered_run_is_resumed_to_the_bit(tmp_path):
    call = (
        Field(500.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3))), Langevin(300.0, 5.0),
        Schedule(steps=400, timestep=0.02, every=20, chunks=4),
    )  # fmt: skip
    more = {"replicas": 3, "tempering": Tempering((300.0, 400.0), every=10)}
    run = Jax(**more).run(*call, folder=tmp_path)
    (tmp_path / "chunk-0003.npz").unlink()
    (tmp_path / "chunk-0002.npz").unlink()
    again = Jax(**more).run(*call, folder=tmp_path)
    np.testing.assert_array_equal(again.observables["walker"], run.observables["walker"])
    np.testing.assert_array_equal(
        again.ladder.runs[1].trajectory.load().positions,
        run.ladder.runs[1].trajectory.load().positions,
    )
    np.testing.assert_array_equal(again.ladder.acceptance, run.ladder.acceptance)
    assert run.ladder.attempts.tolist() == [40 * 3]
    with pytest.raises(ValueError, match="holds another run"):
        Jax(replicas=3, tempering=Tempering((300.0, 500.0), every=10)).run(*call, folder=tmp_path)


def test_round_trips_are_counted_from_the_lowest_temperature():
    # One ladder of three: the copy of the middle goes down, up, down, up, down: two round trips.
    walkers = np.array([[1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [1, 0, 2]])
    assert round_trips(walkers, 3).tolist() == [0, 2, 0]


def test_a_ladder_has_equal_ratios():
    rungs = Tempering.ladder(300.0, 600.0, 5).temperatures
    assert rungs[0] == 300.0
    assert rungs[-1] == 600.0
    np.testing.assert_allclose(np.diff(np.log(rungs)), np.log(2) / 4, rtol=1e-3)


@pytest.mark.parametrize(
    ("temperatures", "ensemble", "words"),
    [
        ((300.0,), Langevin(300.0), "give at least two"),
        ((300.0, 280.0), Langevin(300.0), "each higher than the one before"),
        ((310.0, 380.0), Langevin(300.0), "300 K, which is not among the temperatures"),
        ((300.0, 380.0), NVE(300.0), "Langevin and Brownian dynamics at constant volume"),
        ((300.0, 380.0), Langevin(300.0, 1.0, Barostat(1.0)), "constant volume"),
    ],
)
def test_what_is_not_tempered_is_refused(temperatures, ensemble, words):
    with pytest.raises(ValueError, match=words):
        Jax(tempering=Tempering(temperatures)).run(
            Field(1.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3)), box=np.eye(3)[None]), ensemble,
            Schedule(steps=200),
        )  # fmt: skip
