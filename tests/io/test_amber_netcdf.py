import numpy as np
import pytest

from molscape.io.amber_netcdf import NetcdfSource

mda = pytest.importorskip("MDAnalysis")


def test_mdanalysis_reads_and_writes_the_same(mdanalysis_files):
    (path,), written = mdanalysis_files("ncdf", forces=True, velocities=True)
    source = NetcdfSource.scan(path)
    assert source.fields == {"positions", "velocities", "forces", "box", "times"}
    frames = source.read(range(6))
    for name, values in written.items():
        np.testing.assert_allclose(getattr(frames, name), values, rtol=1e-6, atol=1e-6)
    with mda.coordinates.TRJ.NCDFReader(str(path)) as oracle:
        np.testing.assert_allclose(frames.box[2], oracle[2].triclinic_dimensions / 10, atol=1e-6)
        np.testing.assert_allclose(frames.forces[2], oracle[2].forces * 10, rtol=1e-6)
        assert frames.times[2] == pytest.approx(oracle[2].time)
    part = source.read(range(5, 0, -2))
    np.testing.assert_array_equal(part.forces, frames.forces[[5, 3, 1]])


def test_what_is_not_in_the_file_is_not_served(mdanalysis_files):
    (path,), _ = mdanalysis_files("ncdf", box=None)
    assert NetcdfSource.scan(path).fields == {"positions", "times"}


def test_truncated_and_other_files_are_refused(mdanalysis_files, tmp_path):
    (path,), _ = mdanalysis_files("ncdf")
    whole = path.read_bytes()
    for lost in (1, 500):
        path.write_bytes(whole[:-lost])
        with pytest.raises(ValueError, match="truncated or damaged NetCDF file"):
            NetcdfSource.scan(path)
    path.write_bytes(whole.replace(b"kilocalorie", b"kilojoule_y").replace(b"AMBER", b"OTHER"))
    with pytest.raises(ValueError, match="convention 'OTHER', expected an AMBER trajectory"):
        NetcdfSource.scan(path)
    path.write_bytes(whole.replace(b"angstrom", b"nanomete"))
    with pytest.raises(ValueError, match="are in 'nanomete', expected 'angstrom'"):
        NetcdfSource.scan(path)
