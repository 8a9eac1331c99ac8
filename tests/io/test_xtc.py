import numpy as np
import pytest

from molscape.io.xtc import XtcSource

mda = pytest.importorskip("MDAnalysis")


def test_mdanalysis_reads_the_same(mdanalysis_files):
    (path,), written = mdanalysis_files("xtc")
    source = XtcSource.scan(path)
    assert source.n_frames == 6
    assert source.n_particles == 30
    assert source.fields == {"positions", "box", "times"}
    with mda.coordinates.XTC.XTCReader(str(path)) as oracle:
        for k in (4, 1):
            frame = source.read(range(k, k + 1))
            np.testing.assert_allclose(frame.positions[0], oracle[k].positions / 10, atol=1e-6)
            np.testing.assert_allclose(frame.box[0], oracle[k].triclinic_dimensions / 10, atol=1e-5)
            assert frame.times[0] == pytest.approx(oracle[k].time)
    np.testing.assert_allclose(source.read(range(6)).positions, written["positions"], atol=6e-4)


def test_frames_in_any_order_are_the_same(mdanalysis_files):
    (path,), _ = mdanalysis_files("xtc")
    source = XtcSource.scan(path)
    every = source.read(range(6))
    for part in (range(1, 6, 2), range(5, -1, -1), range(2, 4)):
        np.testing.assert_array_equal(source.read(part).positions, every.positions[list(part)])
        np.testing.assert_array_equal(source.read(part).times, every.times[list(part)])
    assert len(source.read(range(0))) == 0


def test_nothing_is_written_beside_the_file(mdanalysis_files, tmp_path):
    (path,), _ = mdanalysis_files("xtc")
    XtcSource.scan(path).read(range(6))
    assert [file.name for file in tmp_path.iterdir()] == ["traj.xtc"]


@pytest.mark.parametrize("lost", [1, 40, 100])
def test_a_truncated_last_frame_is_left_out_and_noted(mdanalysis_files, lost):
    (path,), _ = mdanalysis_files("xtc")
    every = XtcSource.scan(path).read(range(6))
    path.write_bytes(path.read_bytes()[:-lost])
    source = XtcSource.scan(path)
    assert source.n_frames == 5
    assert "is truncated in frame 5: the 5 complete frames" in source.notes[0]
    np.testing.assert_array_equal(source.read(range(5)).positions, every.positions[:5])


def test_few_atoms_are_not_compressed(mdanalysis_files):
    (path,), written = mdanalysis_files("xtc", n_atoms=5)
    np.testing.assert_allclose(
        XtcSource.scan(path).read(range(6)).positions, written["positions"], atol=1e-6
    )
    path.write_bytes(path.read_bytes()[:-1])
    assert XtcSource.scan(path).n_frames == 5


def test_damaged_files_are_refused(mdanalysis_files):
    (path,), _ = mdanalysis_files("xtc")
    whole = path.read_bytes()
    path.write_bytes(whole[:150])
    with pytest.raises(ValueError, match=r"no complete frame|damaged XTC"):
        XtcSource.scan(path)
    path.write_bytes(whole)
    source = XtcSource.scan(path)
    at = int(source.offsets[2])
    path.write_bytes(whole[:at] + b"\0\0\0\0" + whole[at + 4 :])
    with pytest.raises(ValueError, match="is damaged in frame 2"):
        source.read(range(6))
