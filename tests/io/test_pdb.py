import numpy as np
import pytest

import molscape
from molscape.io.pdb import PdbSource

mda = pytest.importorskip("MDAnalysis")

WATER = """HETATM{0:5d}  OW  SOL A   1    {1:8.3f}   1.000   1.000  1.00  0.00           O
HETATM{2:5d}  HW1 SOL A   1    {3:8.3f}   1.000   1.000  1.00  0.00           H
HETATM{4:5d}  HW2 SOL A   1    {1:8.3f}   1.950   1.000  1.00  0.00
HETATM{5:5d}  CH3 UNI A   2       9.000   9.000   9.000  1.00  0.00
"""
CELL = "CRYST1   20.000   21.000   22.000  90.00  90.00  90.00 P 1           1\n"


def model(x):
    return WATER.format(1, x, 2, x + 0.95, 3, 4)


def write(path, *xs, cell=CELL):
    models = [f"MODEL     {k + 1:4d}\n{model(x)}ENDMDL\n" for k, x in enumerate(xs)]
    path.write_text(cell + (model(xs[0]) if len(xs) == 1 else "".join(models)) + "END\n")
    return path


def test_a_topology_with_stated_and_guessed_elements(tmp_path):
    opened = molscape.open(write(tmp_path / "a.pdb", 1.0), masses={"CH3": 15.035})
    assert opened.topology.elements.tolist() == ["O", "H", "H", "C"]
    assert opened.topology.masses.tolist() == [15.999, 1.008, 1.008, 15.035]
    assert opened.topology.bonds.tolist() == [[0, 1], [0, 2]]
    assert opened.topology.molecule_names.tolist() == ["SOL", "UNI"]
    np.testing.assert_allclose(opened[0].positions[0, 1], [0.195, 0.1, 0.1], atol=1e-7)
    np.testing.assert_allclose(opened[0].box[0], np.diag([2.0, 2.1, 2.2]), atol=1e-7)
    assert any("masses as given: CH3 15.035 u" in note for note in opened.notes)
    assert any("HW2=H" in note and "OW=" not in note for note in opened.notes)


def test_models_are_frames_and_mdanalysis_agrees(tmp_path):
    path = write(tmp_path / "a.pdb", 1.0, 2.0, 3.0)
    source = PdbSource.scan(path)
    assert source.n_frames == 3
    oracle = mda.Universe(str(path), to_guess=())
    for k in (2, 0):
        oracle.trajectory[k]
        read = source.read(range(k, k + 1))
        np.testing.assert_allclose(read.positions[0], oracle.atoms.positions / 10, atol=1e-7)


def test_without_a_cell_there_is_no_box(tmp_path):
    assert PdbSource.scan(write(tmp_path / "a.pdb", 1.0, cell="")).fields == {"positions"}
    none = "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1           1\n"
    assert PdbSource.scan(write(tmp_path / "b.pdb", 1.0, cell=none)).fields == {"positions"}


def test_models_of_other_atoms_are_refused(tmp_path):
    path = write(tmp_path / "a.pdb", 1.0, 2.0)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-4] + lines[-2:]) + "\n")
    with pytest.raises(ValueError, match=r"cannot be read as PDB|damaged in model 1"):
        PdbSource.scan(path).read(range(2))
