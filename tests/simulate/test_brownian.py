"""Overdamped dynamics against exact answers: diffusion, harmonic wells, a double well."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from molscape import simulate
from molscape.core import terms
from molscape.core.ensemble import Barostat, Brownian
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.potentials import HarmonicBonds
from molscape.simulate import Jax, Schedule
from molscape.simulate.integrators import noise_block

T = 300.0
KT = thermal_energy(T)
MASSES = np.array([4.0, 16.0])
FREE = Topology.build(["A", "B"], masses=MASSES)


class Wells(Potential):
    """U = height (x^2 - 1)^2 + stiffness (y^2 + z^2) / 2 for each bead, lengths in nm."""

    kind: ClassVar[str] = "wells"

    height: Float[Array, ""]
    stiffness: Float[Array, ""]

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset({"permutation"})

    def __call__(self, system, positions, box, neighbours):
        x, y, z = positions.T
        return jnp.sum(self.height * (x**2 - 1) ** 2 + 0.5 * self.stiffness * (y**2 + z**2))

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"height": np.asarray(self.height), "stiffness": np.asarray(self.stiffness)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(jnp.asarray(arrays["height"]), jnp.asarray(arrays["stiffness"]))


def test_free_beads_diffuse_by_their_masses():
    # The noise of neighbouring steps is shared: <r^2> = 6 D (t - dt/2), exactly.
    friction, dt, replicas = 50.0, 0.01, 400
    nothing = HarmonicBonds(types=("A-B",), stiffness=[0.0], length=[0.3])
    run = Jax(replicas=replicas).run(
        nothing, FREE, Frames(np.zeros((1, 2, 3))), Brownian(T, friction),
        Schedule(steps=100, timestep=dt, every=10, chunks=2),
    )  # fmt: skip
    x = run.trajectory.load().positions.reshape(10, replicas, 2, 3)
    time = run.observables["time"][:, :1]
    # The first noise that is carried over has no common momentum: a share of one step in 10.
    expected = 6 * KT / (MASSES * friction) * (time - 0.5 * dt)
    squares = np.sum(x**2, axis=-1)
    error = squares.std(axis=1) / np.sqrt(replicas)
    assert np.all(np.abs(squares.mean(axis=1) - expected) < 4 * error)
    assert np.all(error < 0.06 * expected)


def test_the_variance_in_a_harmonic_well_is_exact_at_any_time_step():
    # k dt / (m friction) = 0.5 and 0.125: Euler's variance would be 33 and 7 % too large.
    friction, dt, stiffness, replicas = 50.0, 0.1, 1000.0, 500
    run = Jax(replicas=replicas).run(
        Wells(jnp.asarray(0.0), jnp.asarray(stiffness)), FREE, Frames(np.zeros((1, 2, 3))),
        Brownian(T, friction), Schedule(steps=3000, timestep=dt, every=30, equilibration=300),
    )  # fmt: skip
    assert stiffness * dt / (MASSES * friction) == pytest.approx([0.5, 0.125])
    y = run.trajectory.load().positions[:, :, 1:].reshape(100, replicas, 2, 2)
    ratios = np.mean(y**2, axis=(0, 3)) * stiffness / KT
    error = ratios.std(axis=0) / np.sqrt(replicas)
    assert np.all(np.abs(ratios.mean(axis=0) - 1) < 4 * error)
    assert np.all(error < 0.006)


def test_a_double_well_is_visited_as_boltzmann_says():
    height, friction, replicas = 2 * KT, 20.0, 500
    one = Topology.build(["A"], masses=[4.0])
    start = np.zeros((replicas, 1, 3))
    start[:, 0, 0] = np.where(np.arange(replicas) % 2, 1.0, -1.0)
    run = Jax().run(
        Wells(jnp.asarray(height), jnp.asarray(100.0)), one, Frames(start), Brownian(T, friction),
        Schedule(steps=20_000, timestep=0.01, every=500, equilibration=5000),
    )  # fmt: skip
    x = run.trajectory.load().positions[:, 0, 0].reshape(40, replicas)
    edges = np.linspace(-1.5, 1.5, 13)
    fine = np.linspace(-3, 3, 60001)
    weight = np.exp(-height * (fine**2 - 1) ** 2 / KT)
    exact = np.histogram(fine, edges, weights=weight)[0] / weight.sum()
    shares = np.array([np.histogram(own, edges)[0] for own in x.T]) / len(x)
    error = shares.std(axis=0) / np.sqrt(replicas)
    assert np.all(np.abs(shares.mean(axis=0) - exact) < 4.5 * error)
    assert np.max(error) < 0.006
    # Most have been in both wells: the two halves of the start are forgotten.
    assert np.mean((x.min(axis=0) < -0.5) & (x.max(axis=0) > 0.5)) > 0.6


def test_there_is_no_temperature_and_a_run_is_resumed_to_the_bit(tmp_path):
    model = HarmonicBonds(types=("A-B",), stiffness=[500.0], length=[0.3])
    topology = Topology.build(["A", "B"], masses=MASSES, bonds=np.array([[0, 1]]))
    start = Frames(np.array([[[0.0, 0, 0], [0.3, 0, 0]]]), box=np.eye(3)[None])
    schedule = Schedule(steps=400, timestep=0.01, every=20, chunks=4)
    call = (model, topology, start, Brownian(T), schedule)
    run = Jax().run(*call, folder=tmp_path / "one")
    assert run.blow_up is None
    for name in ("temperature", "total_energy"):
        assert np.isnan(run.observables[name]).all()
    assert np.isfinite(run.observables["potential_energy"]).all()
    # Two beads with a bond press like one particle, on average; the sum is finite and said.
    assert np.isfinite(run.observables["pressure"]).all()
    for name in ("chunk-0002.npz", "chunk-0003.npz"):
        (tmp_path / "one" / name).unlink()
    again = Jax().run(*call, folder=tmp_path / "one")
    np.testing.assert_array_equal(
        again.observables["potential_energy"], run.observables["potential_energy"]
    )


def test_the_ideal_gas_keeps_its_pressure_under_a_barostat():
    # <V> = (M + 1) kT / P for M molecules without interactions.
    count, pressure = 40, 2.0
    nothing = HarmonicBonds(types=("A-A",), stiffness=[0.0], length=[0.3])
    topology = Topology.build(["A"] * count, masses=np.full(count, 10.0))
    side = (count * KT / pressure) ** (1 / 3)
    start = Frames(
        np.random.default_rng(0).uniform(0, side, size=(1, count, 3)), side * np.eye(3)[None]
    )
    run = Jax(replicas=50).run(
        nothing, topology, start, Brownian(T, 50.0, Barostat(pressure, time=0.2)),
        Schedule(steps=8000, timestep=0.01, every=80, equilibration=1000),
    )  # fmt: skip
    means = run.observables["volume"].mean(axis=0)
    error = means.std() / np.sqrt(len(means))
    assert abs(means.mean() - (count + 1) * KT / pressure) < 4 * error
    assert error < 0.01 * means.mean()
    ideal = count * KT / run.observables["volume"]
    np.testing.assert_allclose(run.observables["pressure"], ideal, rtol=1e-5)


def test_a_wall_too_steep_for_the_step_breaks_the_run():
    run = Jax().run(
        Wells(jnp.asarray(5e4), jnp.asarray(10.0)), FREE, Frames(np.full((1, 2, 3), 3.0)),
        Brownian(T, 10.0), Schedule(steps=200, timestep=0.01, every=10),
    )  # fmt: skip
    assert "infinite or not a number" in run.blow_up


def test_noise_is_drawn_for_blocks_that_divide_the_interval():
    assert noise_block(Brownian(T), 15, 200) == 200
    assert noise_block(Brownian(T), 15, 5000) == 1000
    assert noise_block(Brownian(T), 10**6, 200) == 1
    assert noise_block(Brownian(T), 15, 1013) == 1013
    assert noise_block(Brownian(T), 15, 2027) == 1092


def test_a_friction_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"friction 0 1/ps of Brownian dynamics: give a positive"):
        Jax().run(
            Wells(jnp.asarray(1.0), jnp.asarray(1.0)), FREE, Frames(np.zeros((1, 2, 3))),
            Brownian(T, 0.0), Schedule(steps=200),
        )  # fmt: skip


@pytest.mark.parametrize("name", ["lammps", "openmm"])
def test_other_engines_take_eulers_step(name):
    # Springs between pairs of beads, one of each mass: D and the bias of the variance are Euler's,
    # the variance is kT/k / (1 - a/2) along the bond, a = k dt (1/m + 1/m') / friction.
    pytest.importorskip(name)
    pairs, friction, dt, stiffness, length = 200, 50.0, 0.02, 2000.0, 0.4
    n = 2 * pairs
    topology = Topology.build(
        ["A", "B"] * pairs, masses=np.tile(MASSES, pairs), bonds=np.arange(n).reshape(-1, 2)
    )
    model = HarmonicBonds(types=("A-B",), stiffness=[stiffness], length=[length])
    x = np.random.default_rng(0).uniform(0, 20, size=(1, n, 3))
    x[0, 1::2] = x[0, ::2] + [length, 0, 0]
    run = simulate.ENGINES[name]().run(
        model, topology, Frames(x, box=20 * np.eye(3)[None]), Brownian(T, friction),
        Schedule(steps=6000, timestep=dt, every=20, equilibration=1000, chunks=2),
    )  # fmt: skip
    assert run.blow_up is None
    positions = run.trajectory.load().positions
    r = np.linalg.norm(positions[:, 1::2] - positions[:, ::2], axis=-1)
    a = stiffness * dt * np.sum(1 / MASSES) / friction
    # The curvature of the sphere, 2 kT ln r, changes the variance by a share kT/(k r0^2) of 0.008.
    fluctuation = np.mean((r - r.mean()) ** 2, axis=0) * stiffness / KT
    error = fluctuation.std() / np.sqrt(pairs)
    assert abs(fluctuation.mean() * (1 - a / 2) - 1) < 4 * error + 0.03
    # Centres of friction diffuse with kT / (friction (m + m')).
    centre = np.average(positions.reshape(-1, pairs, 2, 3), axis=2, weights=MASSES)
    steps = np.diff(centre, axis=0)
    diffusion = np.mean(steps**2, axis=(0, 2)) / (2 * 20 * dt)
    expected = KT / (friction * MASSES.sum())
    assert abs(diffusion.mean() - expected) < 4 * diffusion.std() / np.sqrt(pairs)
    assert np.isnan(run.observables["temperature"]).all()
    assert np.isfinite(run.observables["potential_energy"]).all()
    ideal = n * KT / 20**3
    virial = -stiffness * np.mean(np.sum((r - length) * r, axis=1)) / (3 * 20**3)
    assert run.observables["pressure"].mean() == pytest.approx(ideal + virial, rel=0.02)


def test_the_lammps_engine_has_no_brownian_barostat():
    topology = Topology.build(["A"] * 4, masses=np.full(4, 10.0))
    start = Frames(np.random.default_rng(0).uniform(0, 2, size=(1, 4, 3)), box=2 * np.eye(3)[None])
    nothing = HarmonicBonds(types=("A-A",), stiffness=[0.0], length=[0.3])
    with pytest.raises(ValueError, match="Brownian dynamics in LAMMPS is at constant volume"):
        simulate.Lammps().run(
            nothing, topology, start, Brownian(T, 50.0, Barostat(1.0)), Schedule(200)
        )
