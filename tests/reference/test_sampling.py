"""A run that was stopped gives the files of one that was not."""

import json
from pathlib import Path

import numpy as np
import pytest

from molscape.core.state import State
from molscape.core.units import BAR, GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.assembly import Interactions, assemble, lattice_box
from molscape.reference.sampling import sample
from molscape.reference.schedule import SamplingSchedule

pytest.importorskip("openmm", reason="openmm is not installed")

SCHEDULE = SamplingSchedule(
    frames=4,
    interval=0.02,
    timestep=0.001,
    pressure_equilibration=0.2,
    volume_equilibration=0.05,
    save_every=0.05,
)
STATE = State(300.0, pressure=BAR)


class StoppedError(Exception):
    """Stands for a killed process."""


def water():
    short = Interactions(cutoff=0.4)
    return lattice_box({"spce": 27}, density=0.8, seed=1, interactions=short)


def run(folder, **more):
    return sample(water(), STATE, SCHEDULE, folder, seed=3, hardware="Reference", **more)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, run(folder)


def test_frames_have_the_times_the_geometry_and_forces_asked_for(whole):
    _, trajectory = whole
    frames = trajectory.load()
    np.testing.assert_allclose(frames.times, [0.02, 0.04, 0.06, 0.08], rtol=1e-6)
    assert frames.velocities is None
    assert frames.whole
    assert frames.unwrapped
    a, b = trajectory.topology.constraints.T
    lengths = np.linalg.norm(frames.positions[:, a] - frames.positions[:, b], axis=-1)
    np.testing.assert_allclose(lengths[0], trajectory.topology.constraint_lengths, atol=5e-6)
    net = np.linalg.norm(frames.forces.sum(axis=1), axis=-1)
    assert np.all(net < 0.01 * np.linalg.norm(frames.forces, axis=(1, 2)))


@pytest.mark.parametrize("stop_after", [1, 5, 7])
def test_a_stopped_run_goes_on_to_the_same_files(whole, tmp_path, stop_after):
    calls = []

    def stop(what, done, total):
        calls.append(done)
        if len(calls) == stop_after:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(tmp_path, progress=stop)
    assert not (tmp_path / "reference.json").exists()
    half_written = tmp_path / "parts" / "0006.trr"
    if not half_written.with_suffix(".npz").exists():
        half_written.write_bytes(b"cut off")
    run(tmp_path)
    for name in ("traj.trr", "conf.gro"):
        assert (tmp_path / name).read_bytes() == (whole[0] / name).read_bytes()
    assert not (tmp_path / "parts").exists()


def test_the_box_has_the_mean_volume_of_the_second_half(whole, tmp_path):
    volumes = []

    def look(what, done, total):
        if "constant volume" in what and not volumes:
            parts = sorted((tmp_path / "parts").glob("*.npz"))
            volumes.extend(np.concatenate([np.load(p)["volumes"] for p in parts[:-1]]))

    run(tmp_path, progress=look)
    about = json.loads((tmp_path / "reference.json").read_text())
    mean = np.mean(volumes[len(volumes) // 2 :])
    mass = water().topology.masses.sum() / GRAM_PER_CUBIC_CENTIMETRE
    assert about["density"] == pytest.approx(mass / mean, rel=1e-9)
    assert about["box_length"][0] ** 3 == pytest.approx(mean, rel=1e-9)
    assert np.ptp(volumes) > 0


def test_a_finished_run_is_not_run_again(whole):
    folder = whole[0]
    before = (folder / "traj.trr").stat().st_mtime_ns
    calls = []
    run(folder, progress=lambda *of: calls.append(of))
    assert calls == []
    assert (folder / "traj.trr").stat().st_mtime_ns == before


def test_a_density_sets_the_box(tmp_path):
    state = State(300.0, density=0.7 * GRAM_PER_CUBIC_CENTIMETRE)
    schedule = SamplingSchedule(frames=1, interval=0.01, timestep=0.001, volume_equilibration=0.0)
    sample(water(), state, schedule, tmp_path, hardware="Reference")
    about = json.loads((tmp_path / "reference.json").read_text())
    assert about["density"] == pytest.approx(0.7)
    assert about["target_density"] == pytest.approx(0.7)


def test_wrong_input_is_refused_with_the_remedy(whole, tmp_path):
    folder: Path = whole[0]
    with pytest.raises(ValueError, match="holds another run"):
        sample(water(), STATE, SCHEDULE, folder, seed=4, hardware="Reference")
    cluster = assemble({"spce": 27}, water().positions)
    with pytest.raises(ValueError, match="has no box"):
        sample(cluster, STATE, SCHEDULE, tmp_path, hardware="Reference")
