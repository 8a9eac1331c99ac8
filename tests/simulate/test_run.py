"""Chunks on disk, with an engine that is a formula: no dynamics needed."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from molscape.core.ensemble import NVE
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import LennardJones
from molscape.simulate.chunks import OBSERVABLES, Chunk, EngineState
from molscape.simulate.order import Order
from molscape.simulate.run import run_chunks
from molscape.simulate.schedule import Schedule

TOPOLOGY = Topology.build(["A", "A"], masses=[1.0, 4.0])
SCHEDULE = Schedule(steps=60, timestep=0.5, every=10, equilibration=20, chunks=3, seed=4)
REPLICAS = 2


class Engine:
    """Adds seeded noise to the positions; counts its calls, may break down or be stopped."""

    def __init__(self, break_at=None):
        self.calls, self.break_at = 0, break_at

    def __call__(self, state, steps, keep, seed):
        self.calls += 1
        frames = steps // SCHEDULE.every if keep else 0
        random = np.random.default_rng(seed)
        x = state.positions + np.cumsum(random.normal(size=(frames, REPLICAS, 2, 3)), axis=0)
        reason = "it got hot" if self.break_at == self.calls else None
        last = frames if reason is None else frames - 1
        time = state.step + SCHEDULE.every * np.arange(1, frames + 1) * SCHEDULE.timestep
        values = np.repeat(time[:last, None], REPLICAS, axis=1)
        end = state.positions + random.normal(size=state.positions.shape)
        return Chunk(
            positions=x[:last],
            observables=dict.fromkeys([*OBSERVABLES, "its own"], values),
            state=EngineState(
                end,
                state.velocities,
                state.box,
                state.step + steps,
                sizes=(8, 0),
                extra={"chain": state.extra.get("chain", np.zeros(3)) + 1},
            ),
            seconds=0.25,
            blow_up=reason,
        )


def start(box=True):
    zeros = np.zeros((REPLICAS, 2, 3))
    return EngineState(zeros, zeros, np.stack([np.eye(3) * 2] * REPLICAS) if box else None, 0)


def order(schedule=SCHEDULE, topology=TOPOLOGY):
    """An order of which the formula asks only the schedule and the beads."""
    nothing = LennardJones(epsilon=1.0, sigma=0.3, pairs=(("A", "A"),), cutoff=0.8)
    return Order(nothing, topology, Frames(np.zeros((1, 2, 3))), NVE(300.0), schedule)


def run(folder, engine=None, name="one", progress=None, box=True):
    engine, settings = engine or Engine(), {"name": name}
    return run_chunks("formula", engine, start(box), order(), settings, folder, progress)


def test_what_a_run_holds(tmp_path):
    seen = []
    result = run(tmp_path, progress=lambda what, done, of: seen.append((what, done, of)))
    assert seen[-1] == ("formula dynamics", 80, 80)
    assert len(result.trajectory) == 6 * REPLICAS
    assert result.trajectory.fields == {"positions", "times", "replicas", "box"}
    frames = result.trajectory.load()
    assert frames.replicas.tolist() == [0, 1] * 6
    assert (frames.whole, frames.unwrapped) == (True, True)
    assert result.observables["pressure"].shape == (6, REPLICAS)
    assert result.observables["its own"].shape == (6, REPLICAS)
    np.testing.assert_array_equal(frames.box, np.stack([np.eye(3) * 2] * 12))
    assert result.steps == 160
    assert result.seconds == pytest.approx(1.0)
    assert result.steps_per_second == pytest.approx(160)
    assert result.nanoseconds_per_day == pytest.approx(160 * 0.5e-3 * 86400)
    assert "box" not in run(None, box=False).trajectory.fields


@pytest.mark.parametrize("lost", [1, 2, 4])
def test_a_stopped_run_goes_on_with_the_same_numbers(tmp_path, lost):
    whole = run(tmp_path / "whole").trajectory.load()
    run(tmp_path / "stopped")
    for number in range(4 - lost, 4):
        (tmp_path / "stopped" / f"chunk-{number:04d}.npz").unlink()
    engine = Engine()
    resumed = run(tmp_path / "stopped", engine).trajectory.load()
    assert engine.calls == lost
    np.testing.assert_array_equal(resumed.positions, whole.positions)
    np.testing.assert_array_equal(resumed.times, whole.times)


@pytest.mark.parametrize("harm", ["deleted", "cut", "changed"])
def test_a_chunk_in_the_middle_that_is_not_as_it_was_written_is_made_again(tmp_path, harm, caplog):
    whole = run(tmp_path).trajectory.load()
    file = tmp_path / "chunk-0001.npz"
    content = file.read_bytes()
    file.unlink()
    if harm != "deleted":
        middle = len(content) // 2
        rest = b"" if harm == "cut" else bytes([content[middle] ^ 1]) + content[middle + 1 :]
        file.write_bytes(content[:middle] + rest)
    engine = Engine()
    resumed = run(tmp_path, engine).trajectory.load()
    assert engine.calls == 1
    assert "chunk-0001.npz is" in caplog.text
    np.testing.assert_array_equal(resumed.positions, whole.positions)
    np.testing.assert_array_equal(resumed.times, whole.times)
    assert file.stat().st_size == len(content)


def test_a_finished_run_is_only_read(tmp_path):
    run(tmp_path)
    engine = Engine()
    assert len(run(tmp_path, engine).trajectory) == 12
    assert engine.calls == 0


def test_another_run_is_refused(tmp_path):
    run(tmp_path)
    with pytest.raises(ValueError, match=r"holds another run \(name differ\): give a new folder"):
        run(tmp_path, name="two")
    arguments = (Engine(), start(), order(), {"name": "one"}, tmp_path)
    with pytest.raises(ValueError, match=r"holds another run \(engine differ\)"):
        run_chunks("recipe", *arguments)


def test_an_error_of_the_engine_is_not_taken_for_a_full_disk(tmp_path):
    def missing(*_):
        raise FileNotFoundError("there is no LAMMPS")

    with pytest.raises(FileNotFoundError, match=r"^there is no LAMMPS$"):
        run(tmp_path, missing)


def test_a_full_disk_leaves_good_chunks(tmp_path, monkeypatch):
    count, write = 0, np.savez

    def full(stream, **arrays):
        nonlocal count
        count += 1
        if count == 3:
            stream.write(b"as far as there was room")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(stream, **arrays)

    monkeypatch.setattr(np, "savez", full)
    told = r"No space left .* while chunk-0002 was written; earlier work is kept"
    with pytest.raises(OSError, match=told) as caught:
        run(tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "chunk-0000.npz",
        "chunk-0001.npz",
        "run.lock",
        "store.json",
    ]
    monkeypatch.undo()
    engine = Engine()
    again = run(tmp_path, engine)
    assert engine.calls == 2
    np.testing.assert_array_equal(
        again.trajectory.load().positions, run(None).trajectory.load().positions
    )


def test_a_break_down_ends_the_run_with_its_good_frames():
    engine = Engine(break_at=3)
    result = run(None, engine)
    assert result.blow_up == "it got hot"
    assert engine.calls == 3
    assert len(result.trajectory) == 3 * REPLICAS
    assert result.observables["time"].shape == (3, REPLICAS)


def test_a_temporary_folder_lives_as_long_as_its_trajectory():
    trajectory = run(None).trajectory
    folder = trajectory.source.files[0].parent
    assert len(trajectory.load()) == 12
    del trajectory
    assert not folder.exists()


@pytest.mark.parametrize("cut", [slice(None, None, -1), slice(3, 11, 2), slice(9, 2, -3)])
def test_frames_are_read_in_any_order(tmp_path, cut):
    trajectory = run(tmp_path).trajectory
    whole = trajectory.load()
    part = trajectory[cut].load()
    np.testing.assert_array_equal(part.positions, whole.positions[cut])
    np.testing.assert_array_equal(part.replicas, whole.replicas[cut])


def one_chunk(positions, box, boxes=None, molecules=(0, 1)):
    """Frames of a run of a single chunk with these positions (frame, particle, 3)."""
    topology = TOPOLOGY.replace(molecules=np.array(molecules))
    begin = EngineState(positions[:1], positions[:1], None if box is None else box[None], 0)

    def advance(state, steps, keep, seed):
        values = np.arange(len(positions), dtype=float)[:, None]
        return Chunk(
            positions=positions[:, None],
            observables=dict.fromkeys(OBSERVABLES, values),
            state=begin,
            seconds=1.0,
            boxes=None if boxes is None else boxes[:, None],
        )

    schedule = Schedule(steps=len(positions), every=1, chunks=1)
    asked = order(schedule, topology)
    return run_chunks("formula", advance, begin, asked, {}, None).trajectory.load()


BOX = np.array([[2.0, 0, 0], [0.5, 2.0, 0], [0.3, -0.4, 2.0]])


@pytest.mark.parametrize("distance", [1.0, 300.0, 1e6])
def test_digits_are_kept_far_from_the_origin(distance):
    positions = np.random.default_rng(0).normal(size=(5, 2, 3)) * distance
    frames = one_chunk(positions, BOX)
    assert frames.unwrapped
    np.testing.assert_allclose(frames.positions, positions, rtol=0, atol=1e-7 * 3)
    np.testing.assert_array_equal(one_chunk(positions, None).positions, positions)


def test_a_varying_box_comes_with_each_frame_and_molecules_stay_whole_inside():
    boxes = BOX * np.linspace(1.0, 1.1, 4)[:, None, None]
    centre = np.array([0.3, 0.6, 0.8]) @ boxes + 5 * boxes[:, 0] - 2 * boxes[:, 2]
    # The molecule reaches across the boundary.
    ends = np.array([[1.5, 0, 0], [-1.5, 0, 0]])
    frames = one_chunk(centre[:, None] + ends, boxes[-1], boxes, molecules=(0, 0))
    np.testing.assert_array_equal(frames.box, boxes)
    assert (frames.whole, frames.unwrapped) == (True, False)
    inside = (np.array([0.3, 0.6, 0.8]) @ boxes)[:, None] + ends
    np.testing.assert_allclose(frames.positions, inside, atol=1e-6)


def test_an_engine_s_own_arrays_pass_through_the_files(tmp_path):
    run(tmp_path)
    with np.load(tmp_path / "chunk-0003.npz") as data:
        np.testing.assert_array_equal(data["extra.chain"], np.full(3, 4.0))


def test_two_runs_in_one_folder_at_once_are_refused(tmp_path):
    def second(*_):
        run(tmp_path)

    with pytest.raises(RuntimeError, match=f"in use by process {os.getpid()} at this moment: wait"):
        run(tmp_path, engine=second)
    # The lock went with the run that held it, and a leftover file does not matter.
    assert len(run(tmp_path).trajectory) == 12


def test_a_killed_run_leaves_no_lock(tmp_path):
    script = (
        "import sys\n"
        "from molscape.core.store import Store\n"
        "with Store(sys.argv[1]).locked():\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(RuntimeError, match=f"in use by process {child.pid} at"):
            run(tmp_path)
    finally:
        child.kill()
        child.wait()
    assert len(run(tmp_path).trajectory) == 12


@pytest.mark.parametrize("left", ["run.json", "chunk-0000.npz"])
def test_a_run_of_an_earlier_version_is_refused(tmp_path, left):
    (tmp_path / left).touch()
    with pytest.raises(ValueError, match="written by an earlier version: give a new folder"):
        run(tmp_path)
