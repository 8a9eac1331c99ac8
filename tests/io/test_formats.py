import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.formats import kind_of
from molscape.io.gro import write_gro
from molscape.io.lammps_write import write_lammps_data
from molscape.io.trr import write_trr


def test_contents_decide_and_names_do_not(tmp_path):
    topology = Topology.build(["OW"], masses=[16.0])
    frames = Frames(np.zeros((1, 1, 3)), box=np.eye(3)[None])
    write_gro(tmp_path / "a", topology, frames)
    write_trr(tmp_path / "b", frames)
    write_lammps_data(tmp_path / "c", topology, frames)
    (tmp_path / "d").write_text("ITEM: TIMESTEP\n0\n")
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "type.raw").write_text("0\n")
    found = [kind_of(tmp_path / name) for name in ("a", "b", "c", "d", "system")]
    assert found == ["gro", "trr", "lammps_data", "lammps_dump", "deepmd"]
    assert kind_of(str(tmp_path)) == "deepmd"


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="check the path"):
        kind_of(tmp_path / "nothing.gro")
    (tmp_path / "a.mol2").write_text("@<TRIPOS>MOLECULE\n")
    with pytest.raises(ValueError, match="none of the formats that can be read: GROMACS GRO"):
        kind_of(tmp_path / "a.mol2")
    (tmp_path / "topol.top").write_text("[ system ]\nwater\n")
    with pytest.raises(ValueError, match=r"give conf.gro or topol.tpr .*`molscape rerun`"):
        kind_of(tmp_path / "topol.top")


@pytest.mark.parametrize("kind", ["tpr", "xtc", "trr", "psf", "prmtop", "gro"])
def test_files_of_other_programs(liquid, tmp_path, kind):
    (tmp_path / "copy").write_bytes(liquid(kind).read_bytes())
    assert kind_of(tmp_path / "copy") == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "h5md"),
        (b"CDF\x02" + bytes(20), "netcdf"),
        (b"\x54\0\0\0CORD" + bytes(20), "dcd"),
        (b"CRYST1   20.0\nATOM      1  N   ALA\n", "pdb"),
        (b"HEADER    PROTEIN\n", "pdb"),
        (b"3\n12\nO 0.0 0.0 0.0\nH 0.1 -1e-3 0\nH 1 1 1\n", "xyz"),
        (b"3\n3\n    1SOL     OW    1   0.230   0.628   0.113\n", "gro"),
        (b"\x93NUMPY\x01\0", "npy"),
    ],
)
def test_heads_of_files(tmp_path, head, kind):
    (tmp_path / "file").write_bytes(head)
    assert kind_of(tmp_path / "file") == kind


def test_a_folder_of_arrays(tmp_path):
    with pytest.raises(ValueError, match="none of the formats"):
        kind_of(tmp_path)
    np.save(tmp_path / "positions.npy", np.zeros((1, 1, 3)))
    assert kind_of(tmp_path) == "npy"
