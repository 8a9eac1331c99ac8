import numpy as np
import pytest

import molscape
from molscape.core.units import ELECTRONVOLT
from molscape.io.xyz import XyzSource

ase = pytest.importorskip("ase")
ase_io = pytest.importorskip("ase.io")

CELL = [[8.0, 0, 0], [1.0, 9.0, 0], [0.5, -1.0, 10.0]]


def waters(n_frames=5, seed=0):
    """Two waters, one of them cut by the boundary, with random forces that sum to zero."""
    from ase.calculators.singlepoint import SinglePointCalculator

    rng = np.random.default_rng(seed)
    shape = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    frames = []
    for k in range(n_frames):
        positions = (np.array([[[0.5, 4, 4]], [[4, 4, 9.9]]]) + shape).reshape(6, 3)
        positions = positions + 0.02 * rng.normal(size=positions.shape)
        atoms = ase.Atoms("OHHOHH", positions, cell=CELL, pbc=True)
        atoms.wrap()
        forces = rng.normal(size=(6, 3))
        forces -= forces.mean(axis=0)
        atoms.calc = SinglePointCalculator(atoms, energy=-10.0 - k, forces=forces)
        frames.append(atoms)
    return frames


@pytest.fixture
def path(tmp_path):
    ase_io.write(tmp_path / "a.xyz", waters(), format="extxyz")
    return tmp_path / "a.xyz"


def test_what_ase_wrote_is_read(path):
    written = waters()
    opened = molscape.open(path)
    assert len(opened) == 5
    assert opened.fields == {"positions", "box", "forces", "energies"}
    assert opened.topology.molecule_names.tolist() == ["H2O", "H2O"]
    assert opened.topology.names.tolist() == ["O", "H1", "H2", "O", "H1", "H2"]
    assert len(opened.topology.bonds) == 4
    frames = opened.load()
    assert frames.whole
    for k, atoms in enumerate(written):
        forces = atoms.get_forces() * ELECTRONVOLT / 0.1
        np.testing.assert_allclose(frames.forces[k], forces, rtol=1e-6, atol=1e-3)
        assert frames.energies[k] == pytest.approx((-10 - k) * ELECTRONVOLT)
        steps = (frames.positions[k] - atoms.positions / 10) @ np.linalg.inv(frames.box[k])
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    np.testing.assert_allclose(frames.box[0], np.array(CELL) / 10, atol=1e-9)
    assert any("'forces' and 'energy' with eV, by convention" in note for note in opened.notes)


def test_frames_in_any_order_are_the_same(path):
    source = XyzSource.scan(path)
    every = source.read(range(5))
    for part in (range(1, 5, 2), range(4, -1, -1)):
        np.testing.assert_array_equal(source.read(part).positions, every.positions[list(part)])
        np.testing.assert_array_equal(source.read(part).energies, every.energies[list(part)])


@pytest.mark.parametrize("name", ["REF_forces", "force"])
def test_forces_of_other_names_and_units_given(tmp_path, name):
    frames = waters()
    for atoms in frames:
        atoms.arrays[name] = atoms.get_forces()
        atoms.info["REF_energy"] = 2.0
        atoms.calc = None
    ase_io.write(tmp_path / "a.xyz", frames, format="extxyz")
    source = XyzSource.scan(tmp_path / "a.xyz", units="real")
    read = source.read(range(1))
    np.testing.assert_allclose(read.forces[0], frames[0].arrays[name] * 41.84, rtol=1e-6)
    assert read.energies[0] == pytest.approx(2 * 4.184)
    assert "kcal/mol, as given" in source.notes[0]


def test_plain_files_have_positions_only(tmp_path):
    ase_io.write(tmp_path / "a.xyz", waters(1), format="xyz")
    opened = molscape.open(tmp_path / "a.xyz")
    assert opened.fields == {"positions"}
    with pytest.raises(ValueError, match="unknown units 'furlong' for XYZ files: use one of"):
        molscape.open(tmp_path / "a.xyz", units="furlong")


def test_truncated_and_damaged_files(path):
    whole = path.read_text()
    every = XyzSource.scan(path).read(range(5))
    for cut in (1, 30, 300):
        path.write_text(whole[: -cut - 1])
        source = XyzSource.scan(path)
        assert source.n_frames == 4
        assert "is truncated in frame 4" in source.notes[-1]
        np.testing.assert_array_equal(source.read(range(4)).positions, every.positions[:4])
    path.write_text(whole.rstrip("\n"))
    assert XyzSource.scan(path).n_frames == 5
    path.write_text(whole[:100])
    with pytest.raises(ValueError, match="ends within the first frame"):
        XyzSource.scan(path)
    lines = whole.splitlines(keepends=True)
    path.write_text("".join(lines[:10] + lines[11:]))
    with pytest.raises(ValueError, match="frame 2 begins with"):
        XyzSource.scan(path)
    lines[11] = lines[11].replace(lines[11].split()[1], "nonsense")
    path.write_text("".join(lines))
    with pytest.raises(ValueError, match="is damaged in frame 1"):
        XyzSource.scan(path).read(range(5))
    ase_io.write(path, [waters(1)[0], waters(1)[0][:3]], format="extxyz")
    with pytest.raises(ValueError, match="mixes frames of"):
        XyzSource.scan(path)


def test_frames_with_atoms_in_another_order_are_refused(path):
    frames = waters()
    frames[3] = frames[3][[1, 0, 2, 3, 4, 5]]
    ase_io.write(path, frames, format="extxyz")
    source = XyzSource.scan(path)
    assert len(source.read(range(3))) == 3
    with pytest.raises(ValueError, match="the atoms of frame 3 are not in the order of the first"):
        source.read(range(5))


def test_a_box_in_some_directions_is_refused(path):
    frames = waters()
    for atoms in frames:
        atoms.pbc = (True, True, False)
    ase_io.write(path, frames, format="extxyz")
    with pytest.raises(ValueError, match=r"periodic in some directions only \(pbc='T T F'\)"):
        XyzSource.scan(path)


def test_numbers_in_place_of_elements_are_told(tmp_path):
    (tmp_path / "a.xyz").write_text("2\nAtoms. Timestep: 0\n1 0.0 0.0 0.0\n2 1.0 0.0 0.0\n")
    with pytest.raises(ValueError, match=r"names its atoms by numbers \('1'\), not by elements"):
        molscape.open(tmp_path / "a.xyz")


def test_deuterium_is_an_element(tmp_path):
    rows = "O 0.0 0.0 0.0\nD 0.96 0.0 0.0\nD -0.24 0.93 0.0\n"
    (tmp_path / "a.xyz").write_text("3\n\n" + rows)
    opened = molscape.open(tmp_path / "a.xyz")
    assert opened.topology.elements.tolist() == ["O", "D", "D"]
    np.testing.assert_allclose(opened.topology.masses, [15.999, 2.014, 2.014])
    assert opened.topology.n_molecules == 1
