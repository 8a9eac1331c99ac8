"""Chunks on disk, with an engine that is a formula: no dynamics needed."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.identity import differing_keys
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.potentials import LennardJones
from molscape.simulate.run import (
    OBSERVABLES,
    Chunk,
    EngineState,
    identity,
    run_chunks,
    starting_state,
)
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


def run(folder, engine=None, name="one", progress=None, box=True):
    engine, settings = engine or Engine(), {"name": name}
    return run_chunks("formula", engine, start(box), TOPOLOGY, SCHEDULE, folder, settings, progress)


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
    arguments = (Engine(), start(), TOPOLOGY, SCHEDULE, tmp_path, {"name": "one"})
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


def model(epsilon=1.0):
    return LennardJones(epsilon=epsilon, sigma=0.3, pairs=(("A", "A"),), cutoff=0.8)


def test_identity_knows_everything_that_matters():
    frame = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None])

    def name(potential=None, topology=TOPOLOGY, frame=frame, ensemble=None, schedule=SCHEDULE):
        return identity(
            potential or model(), topology, frame, ensemble or Langevin(300.0), schedule
        )

    others = [
        name(potential=model(1.1)),
        name(topology=TOPOLOGY.replace(masses=np.array([1.0, 5.0]))),
        name(frame=frame.replace(positions=np.ones((1, 2, 3)))),
        name(frame=frame.replace(box=np.eye(3)[None] * 2)),
        name(ensemble=Langevin(310.0)),
        name(schedule=Schedule(steps=60, timestep=0.5, every=10, seed=5)),
    ]
    assert name() == name()
    assert len({json.dumps(each) for each in [name(), *others]}) == 7


def settings(**changed):
    """Identity of a run, with something changed."""
    frame = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None])
    given = {"potential": model(), "topology": TOPOLOGY, "start": frame}
    return identity(**{**given, "ensemble": Langevin(300.0), "schedule": SCHEDULE, **changed})


def test_what_differs_is_named_key_by_key():
    other = TOPOLOGY.replace(masses=np.array([1.0, 5.0]))
    moving = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None], velocities=np.ones((1, 2, 3)))
    pressed = Langevin(300.0, barostat=Barostat(30.0))
    longer = Schedule(steps=90, timestep=0.5, every=10, equilibration=20, chunks=3, seed=4)
    for changed, key in (
        ({"schedule": longer}, "schedule.steps"),
        ({"topology": other}, "topology"),
        ({"start": moving}, "start.velocities"),
        ({"ensemble": pressed}, "ensemble.barostat"),
        ({"ensemble": Langevin(300.0, friction=2.0)}, "ensemble.friction"),
    ):
        assert differing_keys(settings(), settings(**changed)) == [key]
    assert "ensemble.kind" in differing_keys(settings(), settings(ensemble=NVE(300.0)))
    assert all("outside_stop" not in key for key in settings()["schedule"])


def test_settings_name_kinds_and_no_classes():
    ensembles = [NVE(300.0), Langevin(300.0), Brownian(300.0), NoseHoover(300.0)]
    text = json.dumps([settings(ensemble=ensemble) for ensemble in ensembles])
    kinds = [settings(ensemble=ensemble)["ensemble"]["kind"] for ensemble in ensembles]
    assert kinds == ["nve", "langevin", "brownian", "nose_hoover"]
    assert not any(name in text for name in ("molscape", "Langevin", "NoseHoover", "Lennard"))


def test_starting_velocities_are_maxwellian_without_drift():
    topology = Topology.build(["A"] * 200, masses=np.where(np.arange(200) % 2, 2.0, 8.0))
    state = starting_state(topology, Frames(np.zeros((1, 200, 3))), 300.0, 20, seed=1)
    masses = topology.masses[:, None]
    np.testing.assert_allclose(np.sum(state.velocities * masses, axis=1), 0, atol=1e-9)
    for mass in (2.0, 8.0):
        own = state.velocities[:, topology.masses == mass]
        # 6,000 components: the variance is known to 2 %.
        assert np.mean(own**2) * mass == pytest.approx(thermal_energy(300.0), rel=0.06)
    assert not np.allclose(state.velocities[0], state.velocities[1])


def test_given_velocities_and_frames_are_used():
    frames = Frames(np.arange(12.0).reshape(2, 2, 3), velocities=np.ones((2, 2, 3)))
    state = starting_state(TOPOLOGY, frames, 300.0, 2, seed=1)
    np.testing.assert_array_equal(state.positions, frames.positions)
    np.testing.assert_array_equal(state.velocities, 1.0)


def test_starts_that_do_not_fit():
    frames = Frames(np.zeros((2, 2, 3)), box=np.stack([np.eye(3), np.eye(3) * 2]))
    with pytest.raises(ValueError, match="2 start frames for 3 replicas"):
        starting_state(TOPOLOGY, frames, 300.0, 3, 0)
    np.testing.assert_array_equal(starting_state(TOPOLOGY, frames, 300.0, 2, 0).box, frames.box)
    massless = TOPOLOGY.replace(masses=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="a bead has no mass"):
        starting_state(massless, frames[0], 300.0, 1, 0)


def test_image_shift_brings_positions_back_into_a_triclinic_box():
    from molscape.simulate.run import image_shift

    box = np.array([[2.0, 0, 0], [0.5, 2.0, 0], [0.3, -0.4, 2.0]])
    inside = np.random.default_rng(0).uniform(0, 1, (20, 3))
    positions = (inside + np.random.default_rng(1).integers(-3, 4, (20, 3))) @ box
    assert np.allclose(positions - image_shift(positions, box), inside @ box)
    assert np.all(image_shift(positions, None) == 0)


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
    return run_chunks("formula", advance, begin, topology, schedule, None, {}).trajectory.load()


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
