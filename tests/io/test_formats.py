import subprocess
import sys

import numpy as np
import pytest

import molscape.io
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.formats import find_format, list_formats, recognise
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
    found = [recognise(tmp_path / name).name for name in ("a", "b", "c", "d", "system")]
    assert found == ["gro", "trr", "lammps_data", "lammps_dump", "deepmd"]
    assert recognise(str(tmp_path)).name == "deepmd"


def test_missing_and_unknown_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="check the path"):
        recognise(tmp_path / "nothing.gro")
    (tmp_path / "a.mol2").write_text("@<TRIPOS>MOLECULE\n")
    with pytest.raises(ValueError, match=r"none of the formats that can be read: .*GROMACS GRO"):
        recognise(tmp_path / "a.mol2")
    (tmp_path / "topol.top").write_text("[ system ]\nwater\n")
    with pytest.raises(ValueError, match=r"give conf.gro or topol.tpr .*`molscape rerun`"):
        recognise(tmp_path / "topol.top")


@pytest.mark.parametrize("kind", ["tpr", "xtc", "trr", "psf", "prmtop", "gro"])
def test_files_of_other_programs(liquid, tmp_path, kind):
    (tmp_path / "copy").write_bytes(liquid(kind).read_bytes())
    assert recognise(tmp_path / "copy").name == kind


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
    assert recognise(tmp_path / "file").name == kind


def test_a_folder_of_arrays(tmp_path):
    with pytest.raises(ValueError, match="none of the formats"):
        recognise(tmp_path)
    np.save(tmp_path / "positions.npy", np.zeros((1, 1, 3)))
    assert recognise(tmp_path).name == "npy"


def test_a_format_says_what_it_gives():
    gives = {
        one.name: (one.read_topology is not None, one.read_frames is not None)
        for one in list_formats()
    }
    assert gives["gro"] == gives["deepmd"] == gives["lammps_data"] == (True, True)
    assert gives["tpr"] == gives["psf"] == gives["prmtop"] == (True, False)
    assert gives["trr"] == gives["lammps_dump"] == gives["npy"] == (False, True)
    assert [one.name for one in list_formats() if one.needs_timestep] == ["lammps_dump"]
    assert find_format("dcd").options == {"timestep"}
    with pytest.raises(ValueError, match="there is no format 'mol2': use one of dcd, deepmd"):
        find_format("mol2")


NEW_FORMAT = """
import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Note
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory
from molscape.io.formats import Format, make_reader


def scan(path):
    rows = np.array([line.split() for line in path.read_text().splitlines()[1:]], dtype=float)
    return ArraySource(Frames(rows.reshape(2, -1, 3)))


def read_topology(path, options):
    source = scan(path)
    topology = Topology.build(["Ar"] * 3, masses=[39.95] * 3)
    return Trajectory(topology, source, (Note("argon, always", "argon.always"),), path.stem)


FORMAT = Format(
    "argon",
    "argon table",
    lambda head: head.text.startswith("ARGON"),
    read_topology,
    make_reader(scan),
    needs_timestep=True,
)
"""


def test_a_new_format_is_one_new_file(tmp_path, monkeypatch):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "argon_of_tests.py").write_text(NEW_FORMAT)
    rows = np.random.default_rng(0).uniform(size=(6, 3))
    table = tmp_path / "a.txt"
    table.write_text("ARGON\n" + "\n".join(" ".join(map(repr, row)) for row in rows.tolist()))
    with pytest.raises(ValueError, match="none of the formats"):
        recognise(table)
    monkeypatch.setattr(
        molscape.io, "__path__", [*molscape.io.__path__, str(tmp_path / "room")], raising=True
    )
    assert recognise(table).title == "argon table"
    opened = molscape.io.open(table)
    np.testing.assert_array_equal(opened.load().positions.reshape(-1, 3), rows)
    assert opened.notes[0].code == "argon.always"
    twice = molscape.io.open(table, table)
    np.testing.assert_array_equal(twice.load().positions, opened.load().positions)
    inspected = molscape.io.inspect(table)
    assert inspected.formats == ("argon",)
    assert inspected.needs_timestep
    (tmp_path / "a.mol2").write_text("@<TRIPOS>MOLECULE\n")
    with pytest.raises(ValueError, match="AMBER PRMTOP, argon table, CHARMM/NAMD DCD"):
        recognise(tmp_path / "a.mol2")
    monkeypatch.delitem(sys.modules, "molscape.io.argon_of_tests")


def test_recognising_loads_no_library_of_readers(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    script = (
        "import sys, molscape.io\n"
        "from molscape.io.formats import recognise\n"
        "assert recognise(sys.argv[1]).name == 'h5md'\n"
        "print({'MDAnalysis', 'h5py', 'ase', 'jax'} & sys.modules.keys() or 'none')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.h5"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "none\n"
