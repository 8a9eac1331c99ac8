"""Runs in LAMMPS: their distributions, their chunks, and how they break down."""

import signal
import subprocess

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.space import minimum_image
from molscape.core.topology import Topology
from molscape.core.units import BAR, BOLTZMANN, thermal_energy
from molscape.potentials import (
    HarmonicBonds,
    Sum,
    TabulatedPair,
)
from molscape.simulate import Lammps, lammps_process
from molscape.simulate.lammps_process import find_lammps
from molscape.simulate.schedule import Schedule
from support.lattices import lattice, spline, water_like


@pytest.fixture(autouse=True, scope="module")
def _needs_lammps():
    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def test_langevin_has_its_temperature_and_frames_match_the_observables(tmp_path):
    topology, start, potential = water_like()
    schedule = Schedule(steps=4000, timestep=0.005, every=100, equilibration=1000, chunks=2)
    run = Lammps().run(potential, topology, start, Langevin(300.0, 5.0), schedule, folder=tmp_path)
    assert run.blow_up is None
    temperature = run.observables["temperature"][:, 0]
    # 3 N = 648 degrees: each frame has a spread of 300 sqrt(2/648) = 17 K.
    assert len(temperature) == 40
    assert temperature.mean() == pytest.approx(300.0, abs=4 * 17 / np.sqrt(20))
    np.testing.assert_allclose(run.observables["time"][:3, 0], [0.5, 1.0, 1.5])
    frames = run.trajectory.load()
    assert len(frames) == 40
    assert frames.unwrapped
    found = Lammps().evaluate(potential, topology, frames)
    energies, pressures = found.energies, found.pressures
    np.testing.assert_allclose(energies, run.observables["potential_energy"][:, 0], atol=1e-2)
    volume = np.linalg.det(start.box[0])
    kinetic = len(topology) * BOLTZMANN * temperature / volume
    np.testing.assert_allclose(
        pressures + kinetic, run.observables["pressure"][:, 0], rtol=1e-4, atol=0.05
    )
    # Unwrapped: no jump of a box length between frames, chunks included.
    assert np.abs(np.diff(frames.positions, axis=0)).max() < 0.9
    assert not list((tmp_path / "lammps").glob("chunk.*"))


def test_energy_is_conserved_and_shrinks_with_the_time_step():
    topology, start, potential = water_like()
    spread = []
    for timestep in (0.004, 0.002):
        steps = round(4.0 / timestep)
        schedule = Schedule(steps=steps, timestep=timestep, every=steps // 50, chunks=3)
        run = Lammps().run(potential, topology, start, NVE(300.0), schedule)
        spread.append(np.std(run.observables["total_energy"]))
        kinetic = run.observables["total_energy"] - run.observables["potential_energy"]
        degrees = 3 * len(topology) - 3
        np.testing.assert_allclose(
            kinetic, 0.5 * degrees * BOLTZMANN * run.observables["temperature"], rtol=1e-5
        )
    # Velocity Verlet: the error of the energy is quadratic in the time step.
    assert spread[0] < 0.01 * kinetic.mean()
    assert 2.5 < spread[0] / spread[1] < 6.0


def test_chunks_join_without_a_seam():
    topology, start, potential = water_like((5, 5, 5))
    runs = [
        Lammps().run(
            potential, topology, start, NVE(300.0), Schedule(steps=400, every=50, chunks=n)
        )
        for n in (1, 4)
    ]
    # No digit is lost between chunks; what remains is the order of sums, grown by chaos.
    np.testing.assert_allclose(
        runs[0].trajectory.load().positions, runs[1].trajectory.load().positions, atol=1e-6
    )


def test_a_stopped_run_ends_as_one_that_was_not(tmp_path):
    topology, start, potential = water_like()
    schedule = Schedule(steps=600, every=50, equilibration=100, chunks=3, seed=3)

    def stop(what, done, total):
        if done > 300:
            raise KeyboardInterrupt

    arguments = (potential, topology, start, Langevin(300.0, 2.0), schedule)
    whole = Lammps().run(*arguments, folder=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        Lammps().run(*arguments, folder=tmp_path / "stopped", progress=stop)
    assert len(list((tmp_path / "stopped").glob("chunk-*.npz"))) == 3
    resumed = Lammps().run(*arguments, folder=tmp_path / "stopped")
    np.testing.assert_array_equal(
        whole.trajectory.load().positions, resumed.trajectory.load().positions
    )
    for name, values in whole.observables.items():
        np.testing.assert_array_equal(values, resumed.observables[name])
    with pytest.raises(ValueError, match="another run"):
        Lammps().run(*arguments[:3], NVE(300.0), schedule, folder=tmp_path / "whole")


def test_the_child_ends_when_we_are_interrupted(tmp_path, monkeypatch):
    topology, start, potential = water_like()
    children = []

    class Spy(subprocess.Popen):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            children.append(self)
            signal.setitimer(signal.ITIMER_REAL, 0.3)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lammps_process.subprocess, "Popen", Spy)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            Lammps().run(
                potential, topology, start, Langevin(300.0),
                Schedule(steps=10_000_000, every=1000, chunks=1), folder=tmp_path,
            )  # fmt: skip
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children[0].returncode == -signal.SIGKILL
    assert not list(tmp_path.glob("chunk-*.npz"))


def test_a_model_that_breaks_down_keeps_its_good_frames(tmp_path):
    topology, start, _ = water_like()
    # A deep well without a wall: beads fall into each other and the energy explodes.
    r = np.linspace(0.05, 0.8, 400)
    well = TabulatedPair(
        start=0.05, cutoff=0.8, energy=(-400 * (0.8 - r) ** 3)[None],
        force=(-1200 * (0.8 - r) ** 2)[None], pairs=(("W", "W"),),
    )  # fmt: skip
    schedule = Schedule(steps=2000, timestep=0.002, every=20, chunks=2)
    run = Lammps().run(well, topology, start, NVE(300.0), schedule, folder=tmp_path)
    assert run.blow_up is not None
    assert "between step" in run.blow_up
    assert "time step" in run.blow_up
    assert 0 < len(run.trajectory) < 50
    assert len(run.observables["time"]) == len(run.trajectory)
    assert np.isfinite(run.trajectory.load().positions).all()
    assert (tmp_path / "lammps" / "blow-up.log").read_text()


def test_beads_inside_a_table_s_start_are_named(tmp_path):
    topology, start, _ = water_like()
    r = np.linspace(0.05, 0.8, 400)
    soft = TabulatedPair(
        start=0.05, cutoff=0.8, energy=(8 * (0.8 - r) ** 3)[None],
        force=(24 * (0.8 - r) ** 2)[None], pairs=(("W", "W"),),
    )  # fmt: skip
    positions = start.positions.copy()
    positions[0, 1] = positions[0, 0] + 0.01
    begin = start.replace(positions=positions)
    run = Lammps().run(
        soft, topology, begin, NVE(300.0), Schedule(steps=100, every=10), folder=tmp_path
    )
    assert run.blow_up is not None
    assert "closer than the model's table begins" in run.blow_up
    assert "between step 0 and 10" in run.blow_up
    assert len(run.trajectory) == 0


def test_a_failure_that_is_not_the_model_s_is_raised(tmp_path, monkeypatch):
    topology, start, potential = water_like()
    program = tmp_path / "old-lammps"
    program.write_text(
        "#!/bin/sh\necho 'ERROR: Unknown pair style table (src/force.cpp:1)'\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("MOLSCAPE_LAMMPS", str(program))
    with pytest.raises(RuntimeError, match="LAMMPS failed: Unknown pair style table; its log is"):
        Lammps().run(potential, topology, start, NVE(300.0), Schedule(steps=100, every=10))


def test_a_huge_time_step_is_reported_not_raised():
    topology, start, potential = water_like((5, 5, 5))
    schedule = Schedule(steps=2000, timestep=0.2, every=100)
    run = Lammps().run(potential, topology, start, Langevin(300.0), schedule)
    assert run.blow_up is not None
    assert "0.2 ps" in run.blow_up


def test_beads_without_a_box_move():
    positions, _ = lattice((3, 3, 3), 0.33, 0.02)
    topology = Topology.build(["W"] * 27, masses=np.full(27, 18.0))
    run = Lammps().run(
        spline((("W", "W"),)), topology, Frames(positions[None]), NVE(100.0),
        Schedule(steps=200, every=20, chunks=2),
    )  # fmt: skip
    assert run.blow_up is None
    assert np.isnan(run.observables["pressure"]).all()
    total = run.observables["total_energy"]
    assert np.ptp(total) < 0.02 * np.mean(total - run.observables["potential_energy"])


def test_bonds_across_the_boundary_stay_whole():
    positions, box = lattice((6, 6, 6), 0.4, 0.01)
    positions[:, 2] += 0.2
    bonds = np.arange(216).reshape(-1, 2)
    topology = Topology.build(["W"] * 216, masses=np.full(216, 18.0), bonds=bonds)
    potential = Sum(
        spline((("W", "W"),)), HarmonicBonds(types=("W-W",), stiffness=5000.0, length=0.4)
    )
    run = Lammps().run(
        potential, topology, Frames(positions[None], box[None]), Langevin(300.0),
        Schedule(steps=1000, every=100, chunks=3),
    )  # fmt: skip
    frames = run.trajectory.load()
    d = frames.positions[:, bonds[:, 1]] - frames.positions[:, bonds[:, 0]]
    assert np.linalg.norm(d, axis=-1).max() < 0.6
    np.testing.assert_allclose(d, minimum_image(d, box), atol=1e-6)


def test_two_threads_agree_with_one():
    topology, start, potential = water_like()
    schedule = Schedule(steps=100, every=10, chunks=1)
    runs = [
        Lammps(threads=count).run(potential, topology, start, NVE(300.0), schedule)
        for count in (1, 2)
    ]
    one, two = (run.trajectory.load().positions for run in runs)
    np.testing.assert_allclose(one, two, atol=1e-5)


BATHS = {
    "chain": NoseHoover(300.0, 0.2),
    "chain and barostat": NoseHoover(300.0, 0.2, 3, Barostat(3000 * BAR, 1.0)),
    "langevin and barostat": Langevin(300.0, 2.0, Barostat(3000 * BAR, 1.0)),
}


@pytest.fixture(scope="module")
def bathed(tmp_path_factory):
    """The same fluid in each ensemble that has variables of its own."""
    topology, start, potential = water_like()
    schedule = Schedule(steps=8000, every=40, equilibration=2000, chunks=4, seed=5)
    return {
        name: Lammps().run(
            potential, topology, start, bath, schedule, folder=tmp_path_factory.mktemp("bath")
        )
        for name, bath in BATHS.items()
    }


@pytest.mark.parametrize("name", BATHS)
def test_every_bath_gives_the_kinetic_energy_its_distribution(bathed, name):
    kinetic = (
        bathed[name].observables["total_energy"] - bathed[name].observables["potential_energy"]
    )[:, 0]
    degrees, kT = 3 * 216 - 3, thermal_energy(300.0)
    # 200 frames: the mean is known to 0.4 %, the variance to some 15 %.
    assert kinetic.mean() == pytest.approx(degrees / 2 * kT, rel=0.02)
    assert kinetic.var() == pytest.approx(degrees / 2 * kT**2, rel=0.5)


@pytest.mark.parametrize("name", list(BATHS)[1:])
def test_the_pressure_is_that_of_the_barostat_and_frames_have_their_boxes(bathed, name):
    run = bathed[name]
    pressure, volume = run.observables["pressure"][:, 0], run.observables["volume"][:, 0]
    error = pressure.std() / np.sqrt(len(pressure) / 4)
    assert pressure.mean() == pytest.approx(3000 * BAR, abs=4 * error)
    assert volume.std() > 0.002 * volume.mean()
    frames = run.trajectory.load()
    assert (frames.whole, frames.unwrapped) == (True, False)
    np.testing.assert_allclose(np.linalg.det(frames.box), volume)
    # Energies of the frames in their boxes are those that LAMMPS saw.
    topology, _, potential = water_like()
    energies = Lammps().evaluate(potential, topology, frames[::20]).energies
    np.testing.assert_allclose(
        energies, run.observables["potential_energy"][::20, 0], rtol=1e-4, atol=0.05
    )


@pytest.mark.parametrize("name", BATHS)
def test_variables_of_baths_pass_through_the_chunks(bathed, name, tmp_path):
    topology, start, potential = water_like()
    whole, stopped = bathed[name], tmp_path / "stopped"
    stopped.mkdir()
    for file in [*sorted(whole.folder.glob("chunk-*"))[:3], whole.folder / "store.json"]:
        (stopped / file.name).write_bytes(file.read_bytes())
    schedule = Schedule(steps=8000, every=40, equilibration=2000, chunks=4, seed=5)
    resumed = Lammps().run(potential, topology, start, BATHS[name], schedule, folder=stopped)
    for key, values in whole.observables.items():
        np.testing.assert_array_equal(resumed.observables[key], values)
    np.testing.assert_array_equal(
        resumed.trajectory.load().positions, whole.trajectory.load().positions
    )


@pytest.mark.parametrize("barostat", [None, Barostat(3000 * BAR, 1.0)])
def test_chains_know_no_seam_between_chunks(barostat):
    topology, start, potential = water_like((5, 5, 5))
    bath = NoseHoover(300.0, 0.2, 3, barostat)
    one, four = (
        Lammps().run(potential, topology, start, bath, Schedule(steps=400, every=50, chunks=count))
        for count in (1, 4)
    )
    for name, values in one.observables.items():
        np.testing.assert_allclose(four.observables[name], values, rtol=1e-6, err_msg=name)
