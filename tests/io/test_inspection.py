import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.gro import write_gro
from molscape.io.inspection import inspect
from molscape.io.trr import write_trr


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*3 * [np.arange(3)], indexing="ij"), -1).reshape(-1, 3) * 0.7
    shape = np.array([[0, 0, 0], [0.1, 0, 0], [-0.0333, 0.0943, 0]])
    turn = np.linalg.qr(rng.normal(size=(8, 27, 3, 3)))[0]
    water = (grid[:, None] + shape @ turn).reshape(8, 81, 3)
    positions = np.concatenate([water, np.full((8, 1, 3), 0.35)], axis=1)
    topology = Topology.build(
        [*["OW", "HW1", "HW2"] * 27, "NA"],
        masses=[1.0] * 82,
        residue_names=["SOL"] * 81 + ["NA"],
        molecules=[*np.repeat(np.arange(27), 3), 27],
    )
    forces = rng.normal(size=positions.shape) * 10
    frames = Frames(
        positions,
        box=np.tile(2.1 * np.eye(3), (8, 1, 1)),
        forces=forces - forces.mean(axis=1, keepdims=True),
        times=5 + 2.0 * np.arange(8),
    )
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "traj.trr", frames)
    return tmp_path


def test_facts(files):
    found = inspect([files / "conf.gro", files / "traj.trr"])
    assert found.formats == ("gro", "trr")
    assert found.n_atoms == 82
    assert found.molecules == {"SOL": 27, "NA": 1}
    assert found.atoms_of == {"SOL": ("OW", "HW1", "HW2"), "NA": ("NA",)}
    assert found.n_bonds == 54
    assert found.n_frames == 8
    assert found.box_lengths == pytest.approx((2.1, 2.1, 2.1))
    assert not found.triclinic
    assert not found.box_varies
    assert (found.frame_interval, found.total_time) == (2.0, 14.0)
    mass = 27 * 18.015 + 22.99
    assert found.density == pytest.approx(mass * 1.66053907e-24 / (2.1e-7) ** 3, rel=1e-5)
    assert found.has_forces
    assert not found.has_velocities
    assert found.mean_force == pytest.approx(10 * np.sqrt(3), rel=0.1)
    assert found.n_constraints == 81
    assert "HW1-OW 0.1000 nm (x 27)" in found.constraints
    assert len(found.warnings) == 1
    assert "root mean square force" in found.warnings[0]
    assert any("guessed from names" in note for note in found.notes)


def test_a_single_file(files):
    found = inspect(files / "conf.gro")
    assert found.n_frames == 1
    assert found.frame_interval is None
    assert found.mean_force is None


def test_too_many_files(files):
    with pytest.raises(ValueError, match="got 3 files"):
        inspect([files / "conf.gro"] * 3)


def test_ab_initio_water(shared_data):
    found = inspect(shared_data / "water-aimd")
    assert found.molecules == {"H2O": 64}
    assert found.density == pytest.approx(0.9934, abs=1e-3)
    assert found.has_energies
    assert found.frame_interval is None
    assert any("ab initio" in warning for warning in found.warnings)


def test_new_formats_are_named(liquid):
    pytest.importorskip("MDAnalysis")
    found = inspect([liquid("tpr"), liquid("xtc")])
    assert found.formats == ("tpr", "xtc")
    assert found.molecules == {"MET": 4, "SOL": 30, "NA": 1, "CL": 1}
    assert not found.has_forces
    assert found.frame_interval == pytest.approx(0.02)
    assert found.box_lengths == pytest.approx((1.3, 1.3, 1.3))
    assert "HW1-HW2 0.1633 nm (x 30)" in found.constraints
    assert any("molscape rerun" in note for note in found.notes)
    heavy = inspect([liquid("gro"), liquid("xtc")], masses={"HO": 2.014})
    assert any("HO 2.014 u" in note for note in heavy.notes)
