"""A run that was stopped gives the files of one that was not."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from molscape.core.state import State
from molscape.core.store import Store
from molscape.core.units import BAR, GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.assembly import Interactions, assemble, lattice_box
from molscape.reference.engine import Hardware
from molscape.reference.rebuilding import rebuild
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


def stop_after(parts):
    calls = []

    def stop(what, done, total):
        calls.append(done)
        if len(calls) == parts:
            raise StoppedError

    return stop


@pytest.mark.parametrize("parts", [1, 5, 7])
def test_a_stopped_run_goes_on_to_the_same_files(whole, tmp_path, parts):
    with pytest.raises(StoppedError):
        run(tmp_path, progress=stop_after(parts))
    assert not (tmp_path / "reference.json").exists()
    half_written = tmp_path / "parts" / "0006.trr"
    if not half_written.with_suffix(".npz").exists():
        half_written.write_bytes(b"cut off")
    run(tmp_path)
    for name in ("traj.trr", "conf.gro"):
        assert (tmp_path / name).read_bytes() == (whole[0] / name).read_bytes()
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize("cut", ["0003.npz", "0005.trr", "0006.npz"])
def test_a_part_cut_in_half_is_made_again_with_the_same_numbers(whole, tmp_path, cut):
    with pytest.raises(StoppedError):
        run(tmp_path, progress=stop_after(7))
    file = tmp_path / "parts" / cut
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    made = []
    run(tmp_path, progress=lambda *_: made.append(file.stat().st_size))
    assert made[-1] == len(content)
    for name in ("traj.trr", "conf.gro"):
        assert (tmp_path / name).read_bytes() == (whole[0] / name).read_bytes()


def test_a_run_that_is_in_use_is_refused(tmp_path):
    refused = pytest.raises(RuntimeError, match="is in use by process")
    with Store(tmp_path).locked(), refused:
        run(tmp_path)
    assert not (tmp_path / "store.json").exists()


def test_the_hardware_of_the_beginning_is_remembered(whole, tmp_path, monkeypatch):
    with pytest.raises(StoppedError):
        run(tmp_path, progress=stop_after(6))
    used = []
    context = Hardware.context

    def spy(self, *of):
        used.append(self.platform)
        return context(self, *of)

    monkeypatch.setattr(Hardware, "context", spy)
    sample(water(), STATE, SCHEDULE, tmp_path, seed=3, hardware="auto")
    assert set(used) == {"Reference"}
    assert (tmp_path / "traj.trr").read_bytes() == (whole[0] / "traj.trr").read_bytes()


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


def test_a_damaged_trajectory_is_made_again(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    content = (tmp_path / "traj.trr").read_bytes()
    (tmp_path / "traj.trr").write_bytes(content[: len(content) // 2])
    run(tmp_path)
    assert (tmp_path / "traj.trr").read_bytes() == content
    assert not (tmp_path / "parts").exists()


def test_a_folder_of_an_earlier_version_is_read_but_not_made_again(whole, tmp_path):
    for name in ("conf.gro", "traj.trr", "reference.json"):
        shutil.copy(whole[0] / name, tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1}')
    assert len(rebuild(tmp_path).positions) == 81
    with pytest.raises(ValueError, match="written by an earlier version: give a new folder"):
        run(tmp_path)
    assert not (tmp_path / "store.json").exists()


def test_a_density_sets_the_box(tmp_path):
    state = State(300.0, density=0.7 * GRAM_PER_CUBIC_CENTIMETRE)
    schedule = SamplingSchedule(frames=1, interval=0.01, timestep=0.001, volume_equilibration=0.0)
    sample(water(), state, schedule, tmp_path, hardware="Reference")
    about = json.loads((tmp_path / "reference.json").read_text())
    assert about["density"] == pytest.approx(0.7)
    assert about["target_density"] == pytest.approx(0.7)


def test_wrong_input_is_refused_with_the_remedy(whole, tmp_path):
    folder: Path = whole[0]
    with pytest.raises(ValueError, match=r"holds another run \(seed differ\)"):
        sample(water(), STATE, SCHEDULE, folder, seed=4, hardware="Reference")
    cluster = assemble({"spce": 27}, water().positions)
    with pytest.raises(ValueError, match="has no box"):
        sample(cluster, STATE, SCHEDULE, tmp_path, hardware="Reference")
