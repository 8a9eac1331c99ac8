import numpy as np
import pytest

from molscape.io.lammps_data import read_lammps_data

HEAD = """title line

4 atoms
2 bonds
1 angles
1 dihedrals
3 atom types
{box}

Masses

1 12.011 # C
2 1.008
3 22.98977 # Na

Pair Coeffs # lj/cut

1 0.1 3.0
2 0.1 3.0
3 0.1 3.0

Atoms{hint}

{atoms}
"""
TAIL = """
Bonds

1 1 11 12
2 1 12 13

Angles

1 1 11 12 13

Dihedrals

1 1 11 12 13 20

Velocities

11 1 2 3
20 4 5 6
12 7 8 9
13 -1 -2 -3
"""
ORTHO = "-5 5 xlo xhi\n-1 9 ylo yhi\n2 12 zlo zhi"
TRICLINIC = ORTHO + "\n2 -1 0.5 xy xz yz"
XYZ = {11: "-5 -1 2", 13: "0 0 3", 12: "1 2 4", 20: "4 8 11"}
EXTRA = {
    "full": {11: "7 1 -0.5", 13: "7 2 0.5", 12: "7 2 0.25", 20: "0 3 1"},
    "molecular": {11: "7 1", 13: "7 2", 12: "7 2", 20: "0 3"},
    "charge": {11: "1 -0.5", 13: "2 0.5", 12: "2 0.25", 20: "3 1"},
    "atomic": {11: "1", 13: "2", 12: "2", 20: "3"},
}


def data_file(tmp_path, style, *, hint="", box=ORTHO, images="", tail=TAIL):
    atoms = "\n".join(f"{k} {EXTRA[style][k]} {XYZ[k]} {images}" for k in XYZ)
    path = tmp_path / "a.data"
    path.write_text(HEAD.format(box=box, hint=hint, atoms=atoms) + tail)
    return path


@pytest.mark.parametrize("style", EXTRA)
@pytest.mark.parametrize("hinted", [True, False])
@pytest.mark.parametrize("images", ["", "0 0 1"])
def test_styles_by_hint_and_by_columns(tmp_path, style, hinted, images):
    path = data_file(tmp_path, style, hint=f" # {style}" if hinted else "", images=images)
    read = read_lammps_data(path)
    lift = 1.0 if images else 0.0
    expected = np.array([[0, 0, 0], [0.6, 0.3, 0.2], [0.5, 0.1, 0.1], [0.9, 0.9, 0.9]])
    np.testing.assert_allclose(read[0].positions[0], expected + np.array([0, 0, lift]), atol=1e-12)
    assert read[0].unwrapped == bool(images)
    # one Å/fs is 100 nm/ps
    np.testing.assert_allclose(read[0].velocities[0, :2, 0], [100.0, 700.0])
    topology = read.topology
    assert topology.bonds.tolist() == [[0, 1], [1, 2]]
    assert topology.angles.tolist() == [[0, 1, 2]]
    assert topology.dihedrals.tolist() == [[0, 1, 2, 3]]
    assert topology.molecules.tolist() == [0, 0, 0, 1]
    assert topology.types.tolist() == ["C", "2", "2", "Na"]
    assert topology.elements.tolist() == ["C", "H", "H", "Na"]
    assert topology.molecule_names.tolist() == ["CH2", "Na"]
    if style in ("full", "charge"):
        assert topology.charges.tolist() == [-0.5, 0.25, 0.5, 1.0]
    assert any(("as the file says" if hinted else "recognised") in note for note in read.notes)


def test_triclinic_box_with_an_origin(tmp_path):
    read = read_lammps_data(data_file(tmp_path, "full", box=TRICLINIC))
    np.testing.assert_allclose(read[0].box[0], [[1, 0, 0], [0.2, 1, 0], [-0.1, 0.05, 1]])
    np.testing.assert_allclose(read[0].positions[0, 0], 0, atol=1e-12)


def test_general_triclinic_box(tmp_path):
    box = "0 10 0 avec\n-10 0 0 bvec\n0 0 10 cvec\n1 1 1 abc origin"
    read = read_lammps_data(data_file(tmp_path, "full", box=box))
    np.testing.assert_allclose(read[0].box[0], np.eye(3), atol=1e-12)
    # a along y becomes x: the atom at (1, 2, 4) - (1, 1, 1) Å lies 0.1 nm along a
    np.testing.assert_allclose(read[0].positions[0, 1], [0.1, 0, 0.3], atol=1e-12)


def test_type_labels_section(tmp_path):
    path = data_file(tmp_path, "full")
    text = path.read_text().replace(
        "Masses\n", "Atom Type Labels\n\n1 CT\n2 HC\n3 NA\n\nMasses\n", 1
    )
    text = text.replace("11 7 1 ", "11 7 CT ").replace("20 0 3 ", "20 0 NA ")
    path.write_text(text)
    assert read_lammps_data(path).topology.types.tolist() == ["CT", "HC", "HC", "NA"]


def test_unclear_and_unknown_styles_are_refused(tmp_path):
    path = data_file(tmp_path, "molecular", tail="")
    path.write_text(path.read_text().replace("2 bonds", "0 bonds"))
    with pytest.raises(ValueError, match="atom style is not clear from 6 columns"):
        read_lammps_data(path)
    with pytest.raises(ValueError, match="atom style 'sphere' cannot be read"):
        read_lammps_data(data_file(tmp_path, "full", hint=" # sphere"))
    with pytest.raises(ValueError, match="should have 5 columns"):
        read_lammps_data(data_file(tmp_path, "full", hint=" # atomic"))


def test_damaged_files_are_refused(tmp_path):
    path = data_file(tmp_path, "full")
    whole = path.read_text()
    path.write_text(whole.replace("4 atoms", "5 atoms"))
    with pytest.raises(ValueError, match="announces 5 atoms and holds 4"):
        read_lammps_data(path)
    path.write_text(whole.replace("2 1 12 13\n", ""))
    with pytest.raises(ValueError, match="announces 2 bonds and holds 1"):
        read_lammps_data(path)
    path.write_text(whole.replace("2 1 12 13", "2 1 12 99"))
    with pytest.raises(ValueError, match="Bonds name atoms that Atoms does not hold"):
        read_lammps_data(path)
    path.write_text(whole.replace("3 22.98977 # Na\n", ""))
    with pytest.raises(ValueError, match="type 3 has no mass"):
        read_lammps_data(path)
    path.write_text("nothing\n")
    with pytest.raises(ValueError, match="is not a LAMMPS data file"):
        read_lammps_data(path)
