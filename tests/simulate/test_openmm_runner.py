"""Runs in OpenMM: dynamics as in JAX, ensembles, chunks, and how they break down."""

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.space import minimum_image
from molscape.core.topology import Topology
from molscape.core.units import BOLTZMANN
from molscape.potentials import HarmonicBonds, LennardJones, Sum, TabulatedPair
from molscape.simulate import Jax, OpenMM
from molscape.simulate.openmm_runner import OpenMMRunner
from molscape.simulate.schedule import Schedule
from support.lattices import lattice, small_fluid

pytest.importorskip("openmm")


def ideal_gas(count, edge):
    """Beads that feel nothing of each other."""
    random = np.random.default_rng(1)
    positions = random.uniform(0, edge, (count, 3))
    topology = Topology.build(["G"] * count, masses=np.full(count, 18.0))
    nothing = LennardJones(epsilon=[0.0], sigma=[0.1], pairs=(("G", "G"),), cutoff=0.2)
    return topology, Frames(positions[None], edge * np.eye(3)[None]), nothing


@pytest.mark.parametrize("skew", [0.0, 0.7])
def test_constant_energy_is_the_same_dynamics_as_in_jax(skew):
    topology, start, potential = small_fluid(skew=skew)
    schedule = Schedule(steps=100, timestep=0.002, every=20, chunks=2)
    runs = [
        OpenMM(platform="Reference").run(potential, topology, start, NVE(300.0), schedule),
        Jax(precision="double").run(potential, topology, start, NVE(300.0), schedule),
    ]
    own, other = (run.trajectory.load() for run in runs)
    assert own.unwrapped
    np.testing.assert_allclose(own.positions, other.positions, atol=1e-6)
    np.testing.assert_allclose(own.box, other.box)
    for name in ("time", "temperature", "potential_energy", "total_energy", "volume"):
        a, b = (run.observables[name] for run in runs)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-4, err_msg=name)
    # Differences against differentiation: the strain of 1e-4 leaves an error of its square.
    np.testing.assert_allclose(*(run.observables["pressure"] for run in runs), rtol=1e-5)


def test_total_energy_is_kept_on_the_cpu_platform():
    topology, start, potential = small_fluid()
    schedule = Schedule(steps=2000, timestep=0.002, every=50)
    run = OpenMM(platform="CPU").run(potential, topology, start, NVE(300.0), schedule)
    total = run.observables["total_energy"][:, 0]
    assert np.ptp(total) < 1e-3 * np.abs(run.observables["potential_energy"]).max() + 0.05


@pytest.mark.parametrize("ensemble", [Langevin(300.0, 5.0), NoseHoover(300.0, 0.1)])
def test_thermostats_keep_their_temperature(ensemble):
    topology, start, potential = small_fluid()
    schedule = Schedule(steps=6000, timestep=0.005, every=50, equilibration=1025, chunks=2)
    run = OpenMM(platform="CPU").run(potential, topology, start, ensemble, schedule)
    assert run.blow_up is None
    temperature = run.observables["temperature"][:, 0]
    assert len(temperature) == 120
    # 192 degrees: a frame has a spread of 300 sqrt(2/192) = 31 K; frames are 0.25 ps apart.
    error = 31 / np.sqrt(60)
    assert temperature.mean() == pytest.approx(300.0, abs=4 * error)
    assert 20 < temperature.std() < 42
    np.testing.assert_allclose(run.observables["time"][:2, 0], [0.25, 0.5])


def test_an_oscillator_has_the_width_of_its_well():
    # Dimers without other forces: <(r - l)^2> = kT/k in one dimension; r^2 weights it by length.
    count, stiffness, length = 60, 4000.0, 0.5
    random = np.random.default_rng(3)
    first = random.uniform(0, 3, (count, 3))
    positions = np.stack([first, first + np.array([length, 0, 0])], axis=1).reshape(-1, 3)
    bonds = np.arange(2 * count).reshape(-1, 2)
    topology = Topology.build(
        ["D"] * (2 * count), masses=np.full(2 * count, 20.0), bonds=bonds,
        molecules=np.repeat(np.arange(count), 2),
    )  # fmt: skip
    potential = HarmonicBonds(types=("D-D",), stiffness=[stiffness], length=[length])
    run = OpenMM().run(
        potential, topology, Frames(positions[None]), Langevin(300.0, 10.0),
        Schedule(steps=20_000, timestep=0.004, every=50, equilibration=500),
    )  # fmt: skip
    x = run.trajectory.load().positions
    r = np.linalg.norm(x[:, 1::2] - x[:, ::2], axis=-1)
    s2 = BOLTZMANN * 300.0 / stiffness
    norm = length**2 + s2
    exact_mean = length * (length**2 + 3 * s2) / norm
    per_bond = r.mean(axis=0)
    assert r.mean() == pytest.approx(exact_mean, abs=4 * per_bond.std(ddof=1) / np.sqrt(count))
    spread = ((r - exact_mean) ** 2).mean(axis=0)
    exact = (length**4 + 6 * length**2 * s2 + 3 * s2**2) / norm - exact_mean**2
    assert spread.mean() == pytest.approx(exact, abs=4 * spread.std(ddof=1) / np.sqrt(count))


def test_a_barostat_gives_an_ideal_gas_its_volume():
    # The volume of N independent particles has the density V^N exp(-P V/kT).
    count, kT = 40, BOLTZMANN * 300.0
    topology, start, potential = ideal_gas(count, 2.0)
    pressure = (count + 1) * kT / 8.0
    ensemble = Langevin(300.0, 5.0, Barostat(pressure, time=0.5))
    schedule = Schedule(steps=12_000, timestep=0.005, every=20, equilibration=1000, chunks=4)
    run = OpenMM().run(potential, topology, start, ensemble, schedule)
    volumes = run.observables["volume"][:, 0]
    blocks = volumes.reshape(20, -1).mean(axis=1)
    assert volumes.mean() == pytest.approx(8.0, abs=4 * blocks.std(ddof=1) / np.sqrt(20))
    squares = ((volumes - 8.0) ** 2).reshape(20, -1).mean(axis=1)
    exact = (count + 1) * (kT / pressure) ** 2
    assert squares.mean() == pytest.approx(exact, abs=4 * squares.std(ddof=1) / np.sqrt(20))
    frames = run.trajectory.load()
    np.testing.assert_allclose(np.linalg.det(frames.box), volumes, rtol=1e-9)
    # The pressure that is observed is the one that was asked for, within its error.
    observed = run.observables["pressure"][:, 0].reshape(20, -1).mean(axis=1)
    assert observed.mean() == pytest.approx(pressure, abs=4 * observed.std(ddof=1) / np.sqrt(20))


def test_a_barostat_moves_molecules_as_wholes():
    count, kT = 30, BOLTZMANN * 300.0
    random = np.random.default_rng(4)
    first = random.uniform(0, 2.0, (count, 1, 3))
    positions = (first + np.array([[0, 0, 0], [0.3, 0, 0]])).reshape(-1, 3)
    topology = Topology.build(
        ["D"] * (2 * count), masses=np.full(2 * count, 20.0),
        bonds=np.arange(2 * count).reshape(-1, 2), molecules=np.repeat(np.arange(count), 2),
    )  # fmt: skip
    bonds = HarmonicBonds(types=("D-D",), stiffness=[3000.0], length=[0.3])
    pressure = (count + 1) * kT / 8.0
    run = OpenMM().run(
        bonds, topology, Frames(positions[None], 2.0 * np.eye(3)[None], whole=True),
        NoseHoover(300.0, 0.1, barostat=Barostat(pressure, time=0.1)),
        Schedule(steps=8000, timestep=0.004, every=20, equilibration=1000),
    )  # fmt: skip
    volumes = run.observables["volume"][:, 0]
    blocks = volumes.reshape(20, -1).mean(axis=1)
    assert volumes.mean() == pytest.approx(8.0, abs=4 * blocks.std(ddof=1) / np.sqrt(20))
    frames = run.trajectory.load()
    d = frames.positions[:, 1::2] - frames.positions[:, ::2]
    assert np.linalg.norm(d, axis=-1).max() < 0.6


def test_chains_stay_whole_over_the_boundary_of_a_tilted_box():
    positions, box = lattice((4, 4, 4), 0.4, 0.01, 0.6)
    n = len(positions)
    bonds = np.arange(n).reshape(-1, 4)
    bonds = np.concatenate([bonds[:, :2], bonds[:, 1:3], bonds[:, 2:]])
    topology = Topology.build(
        ["W"] * n, masses=np.full(n, 18.0), bonds=bonds, molecules=np.repeat(np.arange(n // 4), 4),
        exclude_within=1,
    )  # fmt: skip
    _, _, spline = small_fluid()
    potential = Sum(spline, HarmonicBonds(types=("W-W",), stiffness=[5000.0], length=[0.4]))
    start = Frames(positions[None] + 7.0, box[None])
    schedule = Schedule(steps=1000, every=100, chunks=3)
    run = OpenMM().run(potential, topology, start, Langevin(300.0), schedule)
    frames = run.trajectory.load()
    d = frames.positions[:, bonds[:, 1]] - frames.positions[:, bonds[:, 0]]
    assert np.linalg.norm(d, axis=-1).max() < 0.6
    np.testing.assert_allclose(d, minimum_image(d, box), atol=1e-6)
    assert np.abs(frames.positions[0] - start.positions[0]).max() < 1.0


@pytest.mark.parametrize(
    "ensemble", [NVE(300.0), Langevin(300.0), NoseHoover(300.0, barostat=Barostat(60.0))]
)
def test_a_resumed_run_is_the_same_run(tmp_path, ensemble, monkeypatch):
    topology, start, potential = small_fluid()
    schedule = Schedule(steps=400, every=20, equilibration=100, chunks=4)
    whole = OpenMM(platform="CPU").run(potential, topology, start, ensemble, schedule,
                   folder=tmp_path / "whole")  # fmt: skip
    advance, calls = OpenMMRunner.advance, []

    def broken(self, *arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return advance(self, *arguments)

    monkeypatch.setattr(OpenMMRunner, "advance", broken)
    with pytest.raises(KeyboardInterrupt):
        OpenMM(platform="CPU").run(potential, topology, start, ensemble, schedule,
               folder=tmp_path / "killed")  # fmt: skip
    monkeypatch.setattr(OpenMMRunner, "advance", advance)
    resumed = OpenMM(platform="CPU").run(potential, topology, start, ensemble, schedule,
                     folder=tmp_path / "killed")  # fmt: skip
    np.testing.assert_array_equal(
        whole.trajectory.load().positions, resumed.trajectory.load().positions
    )
    for name, values in whole.observables.items():
        np.testing.assert_array_equal(values, resumed.observables[name], err_msg=name)


def test_seeds_differ_between_runs_and_chunks():
    topology, start, potential = small_fluid()
    ends = []
    for seed in (0, 1):
        schedule = Schedule(steps=40, every=20, chunks=2, seed=seed)
        run = OpenMM().run(potential, topology, start, Langevin(300.0, 50.0), schedule)
        ends.append(run.trajectory.load().positions[-1])
    assert np.abs(ends[0] - ends[1]).max() > 1e-3


def test_a_model_without_a_wall_blows_up_and_says_so():
    topology, start, _ = small_fluid()
    r = np.linspace(0.1, 0.6, 51)
    pull = TabulatedPair(
        start=0.1, cutoff=0.6, energy=[-3000 * (0.6 - r) ** 2], force=[-6000 * (0.6 - r)],
        pairs=(("W", "W"),),
    )  # fmt: skip
    run = OpenMM().run(
        pull, topology, start, NVE(300.0), Schedule(steps=4000, every=20, timestep=0.02)
    )
    assert "time step shorter than 0.02 ps" in run.blow_up
    assert np.all(run.observables["temperature"] < 6000)
    assert len(run.trajectory) == len(run.observables["time"])


def test_a_box_that_shrinks_below_the_cutoff_is_told():
    topology, start, potential = ideal_gas(20, 0.5)
    ensemble = Langevin(300.0, 5.0, Barostat(1e5, time=0.02))
    with pytest.raises(ValueError, match=r"half the box.*barostat.*lower pressure"):
        OpenMM().run(potential, topology, start, ensemble, Schedule(steps=4000, every=100))
