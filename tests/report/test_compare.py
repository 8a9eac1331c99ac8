from dataclasses import replace

import numpy as np
import pytest

from molscape.report.compare import compare_runs
from molscape.report.record_file import write_record


def make_run(folder, record, array, trajectory=b"frames"):
    write_record(record, folder)
    (folder / "model" / "deep").mkdir(parents=True)
    np.savez(folder / "model" / "deep" / "arrays.npz", weights=array, names=np.array(["a", "b"]))
    (folder / "run").mkdir()
    (folder / "run" / "traj.trr").write_bytes(trajectory)
    return folder


@pytest.fixture
def array():
    return np.linspace(1.0, 2.0, 12).reshape(3, 4)


def test_same_runs_agree(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    b = make_run(tmp_path / "b", record, array)
    comparison = compare_runs(a, b)
    assert comparison.same
    assert comparison.file_count == 2
    assert comparison.lines()[-1] == "The runs agree."
    # three speeds are timings: listed, not counted
    assert comparison.number_count == len(record.numbers) - 3
    assert sum("not compared" in line for line in comparison.lines()) == 3


def test_arrays_are_compared_within_the_tolerance(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    changed = array.copy()
    changed[1, 2] += 1e-6
    b = make_run(tmp_path / "b", record, changed)
    strict = compare_runs(a, b)
    assert not strict.same
    assert strict.files[0].path == "model/deep/arrays.npz"
    assert "weights differs by up to 1e-06" in strict.files[0].what
    assert not compare_runs(a, b, rtol=4e-7).same
    assert compare_runs(a, b, rtol=6e-7).same


def test_nan_and_shape_and_names_of_arrays(record, array, tmp_path):
    hole = array.copy()
    hole[0, 0] = np.nan
    a = make_run(tmp_path / "a", record, hole)
    assert compare_runs(a, make_run(tmp_path / "b", record, hole.copy())).same
    filled = compare_runs(a, make_run(tmp_path / "c", record, array), rtol=1.0)
    assert "finite in different places" in filled.files[0].what
    short = compare_runs(a, make_run(tmp_path / "d", record, array[:2]))
    assert "shapes (3, 4) and (2, 4)" in short.files[0].what
    np.savez(tmp_path / "d" / "model" / "deep" / "arrays.npz", other=array)
    assert "one side only" in compare_runs(a, tmp_path / "d").files[0].what


def test_same_arrays_in_other_bytes_agree(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    b = make_run(tmp_path / "b", record, array)
    packed = b / "model" / "deep" / "arrays.npz"
    np.savez_compressed(packed, weights=array, names=np.array(["a", "b"]))
    assert packed.read_bytes() != (a / "model" / "deep" / "arrays.npz").read_bytes()
    assert compare_runs(a, b).same


def test_trajectories_are_compared_by_their_bytes(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    b = make_run(tmp_path / "b", record, array, trajectory=b"framez!")
    comparison = compare_runs(a, b, rtol=1.0)
    assert [(item.path, item.what) for item in comparison.files] == [
        ("run/traj.trr", "bytes differ (sizes 6 and 7)")
    ]


def test_files_on_one_side_and_means_left_out(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    b = make_run(tmp_path / "b", record, array)
    for folder in ("checkpoints", ".hidden"):
        (a / folder).mkdir()
        np.savez(a / folder / "state.npz", array)
    assert compare_runs(a, b).same
    (b / "run" / "traj.trr").unlink()
    assert compare_runs(a, b).files[0].what == "only in the first run"
    assert compare_runs(b, a).files[0].what == "only in the second run"


def test_numbers_and_context_are_told(record, array, tmp_path):
    a = make_run(tmp_path / "a", record, array)
    record.seed = 8
    record.versions["jax"] = "0.9.0"
    record.add("forces.extra", 1.5, "nm")
    b = make_run(tmp_path / "b", record, array)
    comparison = compare_runs(a, b)
    lines = comparison.lines()
    assert not comparison.same
    assert "differs: forces.extra: only in the second run" in lines
    assert "context: seeds 7 and 8" in lines
    assert "context: jax 0.8.0 and 0.9.0" in lines


def test_runs_without_anything_are_not_said_to_agree(record, tmp_path):
    for name in "ab":
        write_record(replace(record, numbers=[]), tmp_path / name)
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    assert not comparison.same
    assert "nothing to compare" in comparison.lines()[-1]
