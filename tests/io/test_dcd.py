from pathlib import Path

import numpy as np
import pytest

from molscape.io import read
from molscape.io.dcd import DcdSource

mda = pytest.importorskip("MDAnalysis")


@pytest.mark.parametrize("box", [(20, 21, 22, 90, 90, 90), (20, 21, 22, 80, 75, 70), None])
def test_mdanalysis_reads_the_same(mdanalysis_files, box):
    (path,), written = mdanalysis_files("dcd", box=box, dt=2.0)
    source = DcdSource.scan(path)
    assert source.n_frames == 6
    frames = source.read(range(6))
    np.testing.assert_allclose(frames.positions, written["positions"], atol=1e-6)
    with mda.coordinates.DCD.DCDReader(str(path)) as oracle:
        times = [step.time for step in oracle]
        vectors = oracle[3].triclinic_dimensions
    np.testing.assert_allclose(frames.times, times, rtol=1e-6)
    assert ("box" in source.fields) == (box is not None)
    if box is not None:
        np.testing.assert_allclose(frames.box[3], vectors / 10, atol=1e-6)
    part = source.read(range(5, 0, -2))
    np.testing.assert_array_equal(part.positions, frames.positions[[5, 3, 1]])
    np.testing.assert_array_equal(part.times, frames.times[[5, 3, 1]])
    assert len(source.read(range(0))) == 0


def test_the_time_of_a_step_may_be_given(mdanalysis_files):
    (path,), _ = mdanalysis_files("dcd")
    times = DcdSource.scan(path, timestep=0.5).read(range(3)).times
    np.testing.assert_allclose(np.diff(times), 0.5)


@pytest.mark.parametrize("periodic", [True, False])
def test_a_file_of_openmm(tmp_path, periodic):
    openmm = pytest.importorskip("openmm")
    app = pytest.importorskip("openmm.app")
    topology = app.Topology()
    residue = topology.addResidue("AR", topology.addChain())
    for k in range(5):
        topology.addAtom(f"A{k}", None, residue)
    positions = np.random.default_rng(0).normal(size=(3, 5, 3))
    box = np.array([[3.0, 0, 0], [0.5, 3.2, 0], [-0.4, 0.3, 2.9]])
    if periodic:
        topology.setPeriodicBoxVectors(box * openmm.unit.nanometer)
    with (tmp_path / "o.dcd").open("wb") as file:
        writer = app.DCDFile(file, topology, 0.002, interval=100)
        for frame in positions:
            writer.writeModel(frame, periodicBoxVectors=box if periodic else None)
    source = DcdSource.scan(tmp_path / "o.dcd")
    read = source.read(range(3))
    np.testing.assert_allclose(read.positions, positions, atol=1e-6)
    if periodic:
        np.testing.assert_allclose(read.box, np.tile(box, (3, 1, 1)), atol=1e-5)
    assert (read.box is not None) == periodic
    np.testing.assert_allclose(np.diff(read.times), 0.2, rtol=1e-5)


@pytest.mark.parametrize("lost", [1, 200])
def test_a_truncated_last_frame_is_left_out_and_noted(mdanalysis_files, lost):
    (path,), written = mdanalysis_files("dcd")
    path.write_bytes(path.read_bytes()[:-lost])
    source = DcdSource.scan(path)
    assert source.n_frames == 5
    assert f"lacks {lost}; the 5 complete frames" in source.notes[0]
    np.testing.assert_allclose(source.read(range(5)).positions, written["positions"][:5], atol=1e-6)


def test_a_file_without_a_frame_is_refused(mdanalysis_files):
    (path,), _ = mdanalysis_files("dcd")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="damaged DCD file or holds no complete frame"):
        DcdSource.scan(path)


@pytest.mark.parametrize(("stated", "interval"), [(None, 0.01), ("real", 0.01), ("metal", 10.0)])
def test_the_clock_of_lammps_is_in_its_own_units(stated, interval):
    pytest.importorskip("MDAnalysis")
    # Water at 0.5 fs, every 20 steps; CHARMM's unit would make it 0.489 ps.
    source = DcdSource.scan(Path(__file__).parent / "data" / "lammps_water.dcd", stated=stated)
    times = source.read(range(3)).times
    np.testing.assert_allclose(np.diff(times), interval, rtol=1e-6)


def test_units_given_for_lammps_hold_for_its_dcd_too(tmp_path):
    pytest.importorskip("MDAnalysis")
    file = Path(__file__).parent / "data" / "lammps_water.dcd"
    rows = "\n".join(f"{k} 1 {0.01 * k} 0 0" for k in range(1, 193))
    edges = "\n".join(f"0 12.5 {x}lo {x}hi" for x in "xyz")
    (tmp_path / "a.data").write_text(
        f"title\n\n192 atoms\n1 atom types\n{edges}\n\nMasses\n\n1 39.95\n\n"
        f"Atoms # atomic\n\n{rows}\n"
    )
    intervals = {
        units: np.diff(read(tmp_path / "a.data", file, units=units)[:2].load().times)[0]
        for units in ("real", "metal")
    }
    assert intervals == pytest.approx({"real": 0.01, "metal": 10.0})
