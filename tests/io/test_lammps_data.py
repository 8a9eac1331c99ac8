import re

import numpy as np
import pytest

from molscape.io.lammps_data import read_lammps_data, stated_units

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


def write_titled(tmp_path, title):
    path = data_file(tmp_path, "full", hint=" # full")
    path.write_text(path.read_text().replace("title line", title, 1))
    return path


def test_units_in_the_title_are_read(tmp_path):
    title = "LAMMPS data file via write_data, version 2 Aug 2023, timestep = 500, units = metal"
    path = write_titled(tmp_path, title)
    assert stated_units(path) == "metal"
    found = read_lammps_data(path)
    assert "metal" in found.notes[0]
    assert "as its title says" in found.notes[0]
    # Velocities are in Å/ps.
    np.testing.assert_allclose(found[0].velocities[0, 0], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="says `units metal`, but units='real' was given"):
        read_lammps_data(path, units="real")
    with pytest.raises(ValueError, match="units 'lj' cannot be read"):
        read_lammps_data(write_titled(tmp_path, "LAMMPS data file, units = lj"))


def test_masses_of_one_are_not_taken_for_real_units_in_silence(tmp_path):
    rows = "\n".join(f"{k} 1 {k} 0 0" for k in range(1, 4))
    (tmp_path / "a.data").write_text(
        f"x\n\n3 atoms\n1 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\nMasses\n\n1 1\n\n"
        f"Atoms # atomic\n\n{rows}\n"
    )
    assert any(n.warns and "units lj" in n for n in read_lammps_data(tmp_path / "a.data").notes)


def test_sections_that_fixes_write_end_the_one_before(tmp_path):
    more = TAIL + "\nmy-fix\n\n1 2\n2 4\n3 3\n"
    found = read_lammps_data(data_file(tmp_path, "full", hint=" # full", tail=more))
    assert len(found.topology.bonds) == 2
    assert found[0].velocities is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2 1.008\n", "2\n", "line 2 of Masses is '2', expected a type and its mass"),
        ("2 1.008\n", "2 H 1.008\n", "line 2 of Masses is '2 H 1.008'"),
        ("20 0 3 1 4 8 11", "20 0 3 1 4 8", "of Atoms is '20 0 3 1 4 8', expected 7 columns"),
        ("13 -1 -2 -3", "13 -1 -2 x", "line 4 of Velocities is '13 -1 -2 x'"),
        ("2 1 12 13\n", "2 1 12 b\n", "line 2 of Bonds is '2 1 12 b'"),
    ],
)
def test_the_line_that_is_wrong_is_shown(tmp_path, old, new, words):
    path = data_file(tmp_path, "full", hint=" # full")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=re.escape(words)):
        read_lammps_data(path)


def test_atoms_of_types_without_a_name_are_named_by_their_element(tmp_path):
    path = data_file(tmp_path, "full", hint=" # full")
    path.write_text(path.read_text().replace(" # C", "").replace(" # Na", ""))
    topology = read_lammps_data(path).topology
    assert topology.names.tolist() == ["C", "H1", "H2", "Na"]
    assert topology.types.tolist() == ["1", "2", "2", "3"]
