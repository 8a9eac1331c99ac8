import logging
import struct

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.trr import TrrSource, concatenate_trr, write_trr


@pytest.fixture
def frames():
    rng = np.random.default_rng(3)
    box = np.array([[3.0, 0, 0], [0.5, 3.1, 0], [-0.4, 0.3, 2.9]])
    return Frames(
        rng.normal(size=(6, 10, 3)),
        box=np.tile(box, (6, 1, 1)),
        velocities=rng.normal(size=(6, 10, 3)),
        forces=500 * rng.normal(size=(6, 10, 3)),
        times=np.arange(6) * 2.0,
    )


def assert_same(a, b):
    for name in ("positions", "velocities", "forces", "box", "times"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-6, atol=1e-6)


def test_round_trip_in_any_order(tmp_path, frames):
    write_trr(tmp_path / "a.trr", frames, first_step=40)
    source = TrrSource.scan(tmp_path / "a.trr")
    assert source.n_frames == 6
    assert source.n_particles == 10
    assert source.fields == {"positions", "velocities", "forces", "box", "times"}
    assert source.steps.tolist() == [40, 41, 42, 43, 44, 45]
    assert_same(source.read(range(6)), frames)
    assert_same(source.read(range(5, 0, -2)), frames[np.array([5, 3, 1])])


def test_mdanalysis_reads_what_is_written(tmp_path, frames):
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    write_trr(tmp_path / "a.trr", frames)
    with TRRFile(str(tmp_path / "a.trr")) as file:
        read = list(file)
    assert len(read) == 6
    for k, frame in enumerate(read):
        np.testing.assert_allclose(frame.x, frames.positions[k], rtol=1e-6)
        np.testing.assert_allclose(frame.v, frames.velocities[k], rtol=1e-6)
        np.testing.assert_allclose(frame.f, frames.forces[k], rtol=1e-6)
        np.testing.assert_allclose(frame.box, frames.box[k], rtol=1e-6)
        assert (frame.step, frame.time) == (k, 2.0 * k)


def test_what_mdanalysis_writes_is_read(tmp_path, frames):
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    with TRRFile(str(tmp_path / "a.trr"), "w") as file:
        for k in range(6):
            file.write(
                frames.positions[k],
                frames.velocities[k],
                frames.forces[k],
                frames.box[k],
                k,
                2.0 * k,
                0.0,
                10,
            )
    assert_same(TrrSource.scan(tmp_path / "a.trr").read(range(6)), frames)


def test_double_precision_files(tmp_path):
    positions = np.random.default_rng(0).normal(size=(2, 3))
    header = struct.pack(">iii12s", 1993, 13, 12, b"GMX_trn_file")
    header += struct.pack(">13i", 0, 0, 72, 0, 0, 0, 0, 48, 0, 0, 2, 7, 0)
    header += struct.pack(">dd", 1.5, 0.0)
    body = np.eye(3).astype(">f8").tobytes() + positions.astype(">f8").tobytes()
    (tmp_path / "d.trr").write_bytes(2 * (header + body))
    read = TrrSource.scan(tmp_path / "d.trr").read(range(2))
    np.testing.assert_array_equal(read.positions, [positions, positions])
    assert read.times.tolist() == [1.5, 1.5]


def test_append_and_concatenate(tmp_path, frames):
    write_trr(tmp_path / "a.trr", frames[:2])
    write_trr(tmp_path / "a.trr", frames[2:4], first_step=2, append=True)
    write_trr(tmp_path / "b.trr", frames[4:], first_step=4)
    concatenate_trr([tmp_path / "a.trr", tmp_path / "b.trr"], tmp_path / "c.trr")
    source = TrrSource.scan(tmp_path / "c.trr")
    assert_same(source.read(range(6)), frames)
    assert source.steps.tolist() == list(range(6))
    with pytest.raises(ValueError, match="holds 10 atoms a frame"):
        write_trr(tmp_path / "c.trr", frames.particles(np.arange(4)), append=True)
    write_trr(tmp_path / "d.trr", frames.particles(np.arange(4)))
    with pytest.raises(ValueError, match=r"\[10, 4\] atoms"):
        concatenate_trr([tmp_path / "a.trr", tmp_path / "d.trr"], tmp_path / "e.trr")


@pytest.mark.parametrize("cut", [1, 200, 470])
def test_truncated_file_serves_complete_frames(tmp_path, frames, caplog, cut):
    path = tmp_path / "a.trr"
    write_trr(path, frames)
    whole = path.read_bytes()
    length = len(whole) // 6
    assert length > 470
    path.write_bytes(whole[:-cut])
    with caplog.at_level(logging.WARNING):
        source = TrrSource.scan(path)
    assert source.n_frames == 5
    assert_same(source.read(range(5)), frames[:5])
    said = f"frame 5 has {length - cut} bytes and lacks {cut}"
    assert said in source.notes[0]
    assert said in caplog.text
    with pytest.raises(ValueError, match="ends within a frame"):
        write_trr(path, frames, append=True)
    concatenate_trr([path, path], tmp_path / "b.trr")
    assert TrrSource.scan(tmp_path / "b.trr").n_frames == 10


def test_frames_without_forces_are_passed_over(tmp_path, frames):
    path = tmp_path / "a.trr"
    for k in range(6):
        block = frames[k] if k % 3 == 0 else frames[k].replace(forces=None)
        write_trr(path, block, first_step=k, append=True)
    source = TrrSource.scan(path)
    assert source.steps.tolist() == [0, 3]
    assert "2 of 6 frames with positions carry forces" in source.notes[0]


def test_other_files_and_damage_are_refused(tmp_path, frames):
    path = tmp_path / "a.trr"
    path.write_bytes(b"\x00" * 1000)
    with pytest.raises(ValueError, match="no TRR frame at byte 0"):
        TrrSource.scan(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="no complete frame with positions"):
        TrrSource.scan(path)


def test_as_the_source_of_a_trajectory(tmp_path, frames):
    write_trr(tmp_path / "a.trr", frames)
    trajectory = Trajectory(
        Topology.build(["A"] * 10, masses=[1.0] * 10), TrrSource.scan(tmp_path / "a.trr")
    )
    assert_same(trajectory[1:5:2].load(), frames[1:5:2])
    assert [len(block) for block in trajectory.chunks(4)] == [4, 2]
