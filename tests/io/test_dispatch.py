import numpy as np
import pytest

import molscape
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.dispatch import read_frames, read_topology
from molscape.io.formats import Options
from molscape.io.trr import write_trr

pytest.importorskip("MDAnalysis")


@pytest.fixture
def beads():
    return Topology.build([f"B-{k}" for k in range(30)], masses=[72.0] * 30)


def test_every_format_gives_the_same_frames(mdanalysis_files, beads, tmp_path):
    paths, written = mdanalysis_files("xtc", "dcd", "ncdf", "trr", dt=2.0)
    box = molscape.io.read(beads, paths[1]).load().box
    (tmp_path / "arrays").mkdir()
    np.save(tmp_path / "arrays" / "positions.npy", written["positions"])
    np.save(tmp_path / "arrays" / "box.npy", box)
    write_trr(tmp_path / "own.trr", Frames(written["positions"], box=box))
    for path in (*paths, tmp_path / "arrays", tmp_path / "own.trr"):
        opened = molscape.io.read(beads, path)
        assert len(opened) == 6
        block = opened[1:5].load()
        np.testing.assert_allclose(block.positions, written["positions"][1:5], atol=6e-4)
        np.testing.assert_allclose(block.box, box[1:5], atol=1e-5)


def test_options_reach_the_readers(mdanalysis_files, beads):
    (path,), _ = mdanalysis_files("dcd", dt=2.0)
    assert np.diff(molscape.open(beads, path).load().times) == pytest.approx(2.0, rel=1e-4)
    given = molscape.open(beads, path, timestep=0.004)
    assert np.diff(given.load().times) == pytest.approx(0.004)
    with pytest.raises(ValueError, match="units='nm' applies to LAMMPS, XYZ, H5MD and NumPy"):
        molscape.open(beads, path, units="nm")


def test_a_topology_as_trajectory_is_refused(liquid, beads):
    with pytest.raises(ValueError, match=r"is a topology \(GROMACS TPR\) and holds no frames"):
        read_frames(liquid("tpr"), Options(), beads)
    with pytest.raises(ValueError, match=r"is a trajectory \(GROMACS XTC\) and does not say what"):
        read_topology(liquid("xtc"), Options())


def test_topologies_that_do_not_fit_are_named(liquid, beads, tmp_path):
    write_trr(tmp_path / "part.trr", Frames(np.zeros((1, 30, 3))))
    with pytest.raises(ValueError, match=r"the topology has 30 atoms, .*water.xtc has 116"):
        molscape.open(beads, liquid("xtc"))
    with pytest.raises(ValueError, match=r"water.tpr has 116 atoms"):
        molscape.open(liquid("tpr"), tmp_path / "part.trr")
