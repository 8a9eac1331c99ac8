"""The jax engine against exact dynamics and exact distributions."""

import logging

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import BOLTZMANN, thermal_energy
from molscape.potentials import HarmonicBonds, LennardJones, PairSpline
from molscape.simulate import Jax, Schedule
from molscape.simulate.evaluation import evaluate

SIDE, EDGE = 4, 0.39
BOX = np.array([[1.56, 0, 0], [0.3, 1.56, 0], [-0.2, 0.25, 1.56]])
ARGON = Topology.build(["A"] * SIDE**3, masses=np.full(SIDE**3, 39.95))
MODEL = LennardJones(epsilon=0.996, sigma=0.34, pairs=(("A", "A"),), cutoff=0.7, smooth="force")


def lattice(side, box):
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1)
    return (grid.reshape(-1, 3) / side) @ box


def fluid_start():
    return Frames(lattice(SIDE, BOX)[None], box=BOX[None])


def last_state(run):
    """Positions and velocities (particle, 3) at the end of a run, in double precision."""
    with np.load(sorted(run.folder.glob("chunk-*.npz"))[-1]) as chunk:
        return chunk["state_positions"][0], chunk["state_velocities"][0]


@pytest.fixture(scope="module")
def molten(tmp_path_factory):
    """One frame of the fluid with velocities, past its melting."""
    run = Jax().run(
        MODEL,
        ARGON,
        fluid_start(),
        Langevin(150.0, friction=2.0),
        Schedule(steps=1000, timestep=0.01, every=1000, chunks=1),
        folder=tmp_path_factory.mktemp("melt"),
    )
    x, v = last_state(run)
    return Frames(x[None], velocities=v[None], box=BOX[None])


class TestConstantEnergy:
    @pytest.fixture(scope="class")
    @classmethod
    def runs(cls, molten, tmp_path_factory):
        return {
            steps: Jax(precision="double").run(
                MODEL,
                ARGON,
                molten,
                NVE(150.0),
                Schedule(steps=steps, timestep=2.0 / steps, every=steps // 50, chunks=1),
                folder=tmp_path_factory.mktemp("nve"),
            )
            for steps in (200, 400)
        }

    def test_energy_error_falls_with_the_square_of_the_time_step(self, runs):
        spread = {steps: np.std(run.observables["total_energy"]) for steps, run in runs.items()}
        swing = np.std(runs[400].observables["potential_energy"])
        assert spread[200] < 0.05 * swing
        assert spread[200] / spread[400] == pytest.approx(4.0, rel=0.25)

    def test_time_can_be_reversed(self, runs, molten, tmp_path):
        x, v = last_state(runs[200])
        turned = Frames(x[None], velocities=-v[None], box=BOX[None])
        back = Jax(precision="double").run(
            MODEL,
            ARGON,
            turned,
            NVE(150.0),
            Schedule(steps=200, timestep=0.01, every=200, chunks=1),
            folder=tmp_path,
        )
        x, v = last_state(back)
        assert np.max(np.abs(x - molten.positions[0])) < 1e-9
        assert np.max(np.abs(v + molten.velocities[0])) < 1e-8
        assert np.max(np.abs(last_state(runs[200])[0] - molten.positions[0])) > 0.05

    def test_momentum_is_kept(self, runs, molten):
        before = np.sum(molten.velocities[0], axis=0)
        after = np.sum(last_state(runs[400])[1], axis=0)
        np.testing.assert_allclose(after, before, atol=1e-10)

    def test_observables_are_those_of_the_frames(self, runs):
        run = runs[200]
        found = evaluate(MODEL, run.trajectory)
        energies, virials = found.energies, found.pressures
        # Frames are stored in single precision.
        np.testing.assert_allclose(
            run.observables["potential_energy"][:, 0], energies, atol=1e-4 * np.ptp(energies)
        )
        kinetic = run.observables["total_energy"] - run.observables["potential_energy"]
        temperature = 2 * kinetic / ((3 * 64 - 3) * BOLTZMANN)
        np.testing.assert_allclose(run.observables["temperature"], temperature)
        pressure = virials + 2 * kinetic[:, 0] / (3 * np.linalg.det(BOX))
        np.testing.assert_allclose(run.observables["pressure"][:, 0], pressure, rtol=1e-3)
        np.testing.assert_allclose(run.observables["time"][:, 0], 0.04 * np.arange(1, 51))
        np.testing.assert_allclose(run.trajectory.load().times, 0.04 * np.arange(1, 51))


def test_the_temperature_of_stiff_bonds_is_right_with_long_steps():
    # omega dt = 0.9: at the ends of steps one in six degrees of freedom is 20 % too cold, 10 K.
    n, stiffness, length, mass = 1000, 1000.0, 0.3, 10.0
    x = np.zeros((1, n, 3))
    x[0, 1::2, 0] = length
    run = Jax().run(
        HarmonicBonds(types=("B-B",), stiffness=stiffness, length=length),
        Topology.build(["B"] * n, masses=np.full(n, mass), bonds=np.arange(n).reshape(-1, 2)),
        Frames(x, box=np.eye(3)[None] * 5),
        Langevin(300.0, friction=4.0),
        Schedule(steps=2000, timestep=0.9 / np.sqrt(2 * stiffness / mass), every=50),
    )
    # 3,000 degrees of freedom in 30 frames: known to 0.5 %.
    assert np.mean(run.observables["temperature"][10:]) == pytest.approx(300.0, rel=0.012)


class TestLangevin:
    """500 harmonic dimers and 500 free beads: every answer is known."""

    dimers, free, temperature, friction = 500, 500, 300.0, 4.0
    stiffness, length, mass = 1000.0, 0.3, 10.0

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls):
        n = 2 * cls.dimers + cls.free
        bonds = np.arange(2 * cls.dimers).reshape(-1, 2)
        topology = Topology.build(
            ["B"] * 2 * cls.dimers + ["F"] * cls.free,
            masses=np.full(n, cls.mass),
            bonds=bonds,
        )
        x = np.zeros((1, n, 3))
        x[0, 1 : 2 * cls.dimers : 2, 0] = cls.length
        model = HarmonicBonds(types=("B-B",), stiffness=cls.stiffness, length=cls.length)
        return Jax().run(
            model,
            topology,
            Frames(x, box=np.eye(3)[None] * 5),
            Langevin(cls.temperature, cls.friction),
            Schedule(steps=6000, timestep=0.005, every=300, equilibration=400, chunks=2),
        )

    def test_temperature(self, run):
        # 4,500 degrees of freedom in 20 frames: known to 0.5 %.
        assert np.mean(run.observables["temperature"]) == pytest.approx(300.0, rel=0.015)

    def test_bond_lengths_follow_boltzmann(self, run):
        x = run.trajectory.load().positions[:, : 2 * self.dimers]
        r = np.linalg.norm(x[:, 1::2] - x[:, ::2], axis=-1).ravel()
        kT = thermal_energy(self.temperature)
        grid = np.linspace(1e-4, 0.7, 7001)
        density = grid**2 * np.exp(-0.5 * self.stiffness * (grid - self.length) ** 2 / kT)
        cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
        edges = np.interp(np.linspace(0, 1, 26), cumulative / cumulative[-1], grid)
        edges[0], edges[-1] = 0, np.inf
        counts = np.histogram(r, edges)[0]
        expected = len(r) / 25
        # chi^2 of 24 degrees of freedom: below 43 in 99 of 100 runs, above 10.9 likewise.
        assert 10 < np.sum((counts - expected) ** 2 / expected) < 43

    def test_free_beads_diffuse_as_langevin_says(self, run):
        x = run.trajectory.load().positions[:, 2 * self.dimers :]
        kT = thermal_energy(self.temperature)
        for lag in (1, 3):
            t = lag * 300 * 0.005
            moved = np.mean(np.sum((x[lag:] - x[:-lag]) ** 2, axis=-1))
            persistence = (1 - np.exp(-self.friction * t)) / self.friction
            expected = 6 * kT / (self.mass * self.friction) * (t - persistence)
            # The discrete integrator is exact for free flight to a fraction of a percent.
            assert moved == pytest.approx(expected, rel=0.03)

    def test_pressure_is_that_of_an_ideal_gas_of_molecules(self, run):
        kT = thermal_energy(self.temperature)
        expected = (self.dimers + self.free) * kT / 5**3
        assert np.mean(run.observables["pressure"]) == pytest.approx(expected, rel=0.03)

    def test_frames_are_unwrapped(self, run):
        x = run.trajectory.load()
        assert x.unwrapped
        assert np.max(np.abs(x.positions)) > 5


@pytest.fixture(scope="module")
def replicas(molten):
    return Jax(replicas=4).run(
        MODEL,
        ARGON,
        molten,
        Langevin(150.0, friction=5.0),
        Schedule(steps=4000, timestep=0.01, every=200, chunks=2, seed=3),
    )


def test_replicas_are_independent_and_each_is_right(replicas):
    energy = replicas.observables["potential_energy"]
    assert energy.shape == (20, 4)
    found = evaluate(MODEL, replicas.trajectory)
    exact, virials = found.energies, found.pressures
    frames = replicas.trajectory.load()
    assert frames.replicas.tolist() == list(range(4)) * 20
    np.testing.assert_allclose(energy.ravel(), exact, rtol=1e-5)
    kinetic = replicas.observables["total_energy"] - energy
    pressure = virials + 2 * kinetic.ravel() / (3 * np.linalg.det(BOX))
    np.testing.assert_allclose(replicas.observables["pressure"].ravel(), pressure, rtol=2e-3)
    assert np.mean(replicas.observables["temperature"]) == pytest.approx(150.0, rel=0.04)
    # They start alike and go their own ways.
    steps = np.diff(frames.positions.reshape(20, 4, -1), axis=0)
    likeness = np.corrcoef(steps.transpose(1, 0, 2).reshape(4, -1))
    assert np.max(np.abs(likeness - np.eye(4))) < 0.1


def test_a_single_run_agrees_with_replicas(replicas, molten):
    single = Jax().run(
        MODEL,
        ARGON,
        molten,
        Langevin(150.0, friction=5.0),
        Schedule(steps=12000, timestep=0.01, every=200, chunks=1, seed=11),
    )
    one = single.observables["potential_energy"][5:, 0]
    many = replicas.observables["potential_energy"][5:]
    error = np.hypot(np.std(one) / np.sqrt(len(one)), np.std(many) / np.sqrt(many.size))
    assert abs(np.mean(one) - np.mean(many)) < 4 * error


def test_a_stopped_run_goes_on_with_the_same_numbers(molten, tmp_path):
    def go(folder):
        schedule = Schedule(steps=400, timestep=0.01, every=50, equilibration=50, chunks=4)
        return Jax().run(MODEL, ARGON, molten, Langevin(150.0), schedule, folder=folder)

    whole = go(tmp_path / "whole")
    kept = sorted((tmp_path / "whole").glob("*"))
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    for file in kept[:3] + kept[-1:]:
        (stopped / file.name).write_bytes(file.read_bytes())
    assert len(list(stopped.glob("chunk-*"))) == 3
    resumed = go(stopped)
    np.testing.assert_array_equal(
        resumed.trajectory.load().positions, whole.trajectory.load().positions
    )
    for name, values in whole.observables.items():
        np.testing.assert_array_equal(resumed.observables[name], values)
    with pytest.raises(ValueError, match="holds another run"):
        Jax().run(MODEL, ARGON, molten, NVE(150.0), Schedule(steps=400, every=50), folder=stopped)


def test_a_list_that_overflows_for_a_while_is_grown(caplog):
    # A shell of 40 beads flies through its centre: crowded there, sparse before and after.
    ways = np.random.default_rng(0).normal(size=(40, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    model = PairSpline(
        start=0.1,
        cutoff=0.5,
        spacing=0.1,
        pairs=(("A", "A"),),
        parameters=np.full((1, 6), 1e-3),
    )
    with caplog.at_level(logging.INFO):
        run = Jax().run(
            model,
            Topology.build(["A"] * 40, masses=np.full(40, 100.0)),
            Frames(2.0 * ways[None], velocities=-ways[None]),
            NVE(400.0),
            Schedule(steps=400, timestep=0.01, every=20, chunks=1),
        )
    assert "the neighbour list was too short: grown to" in caplog.text
    energies = evaluate(model, run.trajectory).energies
    # At the centre every one of 780 pairs is met.
    assert np.max(energies) == pytest.approx(780 * 1e-3, rel=1e-3)
    assert energies[-1] < 0.1 * np.max(energies)
    np.testing.assert_allclose(run.observables["potential_energy"][:, 0], energies, atol=1e-5)
    assert np.all(np.isnan(run.observables["pressure"]))


def test_a_break_down_is_told_and_the_last_good_frame_kept():
    # One bead runs into another, with steps too long for the repulsion.
    start = Frames(
        np.array([[[0.0, 0, 0], [2.0, 0, 0]]]),
        velocities=np.array([[[0.0, 0, 0], [-1.0, 0, 0]]]),
    )
    run = Jax().run(
        MODEL,
        Topology.build(["A", "A"], masses=[10.0, 10.0]),
        start,
        NVE(400.0),
        Schedule(steps=100, timestep=0.1, every=5, chunks=2),
    )
    frames = run.trajectory.load()
    assert "hotter than 20 times" in run.blow_up
    assert "use a time step shorter than 0.1 ps" in run.blow_up
    first_bad = 5 * (len(frames) + 1)
    assert f"between step {first_bad - 5} and {first_bad}" in run.blow_up
    assert len(frames) == 3
    assert np.all(run.observables["temperature"] < 8000)
    np.testing.assert_allclose(frames.positions[1, 1], [1.0, 0, 0], atol=1e-5)


def test_what_is_refused(molten):
    schedule = Schedule(steps=10, every=10)
    with pytest.raises(ValueError, match=r"cutoff 0\.7 nm exceeds half the box \(0\.600 nm\)"):
        Jax().run(MODEL, ARGON, molten.replace(box=np.eye(3)[None] * 1.2), NVE(100.0), schedule)
    with pytest.raises(ValueError, match="precision 'half': use 'single' or 'double'"):
        Jax(precision="half").run(MODEL, ARGON, molten, NVE(100.0), schedule)


@pytest.mark.slow
def test_pressure_and_energy_of_a_lennard_jones_liquid():
    # NIST Standard Reference Simulation Website, Monte Carlo of 500 particles cut at 3 sigma with
    # tail corrections, T* = 0.85: U* and P* at density 0.82.
    n, density, temperature = 500, 0.82, 0.85
    box = np.eye(3) * (n / density) ** (1 / 3)
    start = Frames(lattice(8, box)[None, :n], box=box[None])
    model = LennardJones(epsilon=1.0, sigma=1.0, pairs=(("A", "A"),), cutoff=3.0, smooth="none")
    run = Jax().run(
        model,
        Topology.build(["A"] * n, masses=np.ones(n)),
        start,
        Langevin(temperature / BOLTZMANN, friction=1.0),
        Schedule(steps=100_000, timestep=0.004, every=50, equilibration=10_000, chunks=4),
    )
    tail = {
        "energy": 8 / 9 * np.pi * density * (3.0**-9 - 3 * 3.0**-3),
        "pressure": 32 / 9 * np.pi * density**2 * (3.0**-9 - 1.5 * 3.0**-3),
    }
    energy = np.mean(run.observables["potential_energy"]) / n + tail["energy"]
    pressure = np.mean(run.observables["pressure"]) + tail["pressure"]
    assert energy == pytest.approx(-5.7947, abs=0.01)
    assert pressure == pytest.approx(0.55355, abs=0.04)
