import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.gro import GroSource, read_gro, write_gro


@pytest.fixture
def water():
    rng = np.random.default_rng(2)
    topology = Topology.build(
        ["OW", "HW1", "HW2"] * 4 + ["NA"],
        masses=[16.0, 1, 1] * 4 + [23],
        residue_names=["SOL"] * 12 + ["NA"],
        molecules=[*np.repeat(np.arange(4), 3), 4],
    )
    box = np.array([[[2.0, 0, 0], [0.3, 2.1, 0], [-0.2, 0.4, 1.9]]])
    centres = np.array([[0.1, 0.1, 0.1], [1.9, 0.4, 0.2], [0.8, 1.2, -0.5], [0.3, 0.9, 1.4]])
    shape = np.array([[0, 0, 0], [0.1, 0, 0], [-0.03, 0.095, 0]])
    water = (centres[:, None] + shape).reshape(12, 3)
    positions = np.concatenate([water, [[0.1, 0.1, 0.33]]])[None]
    return topology, Frames(positions, box=box, velocities=rng.normal(size=(1, 13, 3)))


@pytest.mark.parametrize("decimals", [3, 6])
def test_round_trip(tmp_path, water, decimals):
    topology, frames = water
    write_gro(tmp_path / "a.gro", topology, frames, decimals=decimals)
    back = read_gro(tmp_path / "a.gro")
    tolerance = 0.51 * 10.0**-decimals
    np.testing.assert_allclose(back[0].positions, frames.positions, atol=tolerance)
    np.testing.assert_allclose(back[0].velocities, frames.velocities, atol=tolerance / 10)
    np.testing.assert_allclose(back[0].box, frames.box, atol=1e-5)
    assert back.topology.names.tolist() == topology.names.tolist()
    assert back.topology.molecules.tolist() == topology.molecules.tolist()
    assert back.topology.molecule_names.tolist() == ["SOL"] * 4 + ["NA"]
    assert back.topology.elements.tolist() == ["O", "H", "H"] * 4 + ["Na"]
    assert back.topology.masses[[0, 1, 12]].tolist() == [15.999, 1.008, 22.990]
    assert back.topology.bonds.tolist() == [[k, k + d] for k in (0, 3, 6, 9) for d in (1, 2)]
    assert any("guessed from names" in note for note in back.notes)
    assert any("8 bonds guessed from distances" in note for note in back.notes)
    assert len(read_gro(tmp_path / "a.gro", bonds=False).topology.bonds) == 0


def test_mdanalysis_reads_what_is_written(tmp_path, water):
    import MDAnalysis
    from MDAnalysis.lib.mdamath import triclinic_vectors

    topology, frames = water
    write_gro(tmp_path / "a.gro", topology, frames, decimals=4)
    universe = MDAnalysis.Universe(tmp_path / "a.gro", to_guess=())
    np.testing.assert_allclose(universe.atoms.positions / 10, frames.positions[0], atol=1e-4)
    np.testing.assert_allclose(universe.atoms.velocities / 10, frames.velocities[0], atol=1e-4)
    np.testing.assert_allclose(
        triclinic_vectors(universe.dimensions) / 10, frames.box[0], atol=1e-4
    )
    assert universe.atoms.names.tolist() == topology.names.tolist()
    assert universe.residues.resnames.tolist() == ["SOL"] * 4 + ["NA"]


def test_no_box_no_velocities(tmp_path, water):
    topology, frames = water
    write_gro(tmp_path / "a.gro", topology, frames.replace(box=None, velocities=None))
    back = read_gro(tmp_path / "a.gro")
    assert back.fields == {"positions"}


def test_virtual_sites_have_no_mass_and_are_named(tmp_path):
    topology = Topology.build(["OW", "HW1", "HW2", "MW"], masses=[16, 1, 1, 0], molecules=[0] * 4)
    write_gro(tmp_path / "a.gro", topology, Frames(np.zeros((1, 4, 3))))
    back = read_gro(tmp_path / "a.gro")
    assert back.topology.masses[3] == 0
    assert any("MW taken for massless virtual sites" in note for note in back.notes)


def test_beads_need_masses(tmp_path):
    topology = Topology.build(["W", "W"], masses=[18, 18])
    write_gro(tmp_path / "a.gro", topology, Frames(np.zeros((1, 2, 3))))
    with pytest.raises(ValueError, match="no element is known for the atom names W"):
        read_gro(tmp_path / "a.gro")
    back = read_gro(tmp_path / "a.gro", masses={"W": 18.015})
    assert back.topology.masses.tolist() == [18.015] * 2


def test_damaged_files_are_refused(tmp_path, water):
    topology, frames = water
    path = tmp_path / "a.gro"
    write_gro(path, topology, frames)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:6]))
    with pytest.raises(ValueError, match="announces 13 atoms and a box line, and holds 4"):
        read_gro(path)
    path.write_text("\n".join([lines[0], "   12", *lines[2:]]))
    with pytest.raises(ValueError, match="number of atoms in the second line"):
        read_gro(path)
    path.write_text("hello\nworld\n")
    with pytest.raises(ValueError, match="is not a GRO file"):
        read_gro(path)


def test_what_gro_cannot_hold_is_refused(tmp_path, water):
    topology, frames = water
    with pytest.raises(ValueError, match="select one"):
        write_gro(tmp_path / "a.gro", topology, Frames(np.zeros((2, 13, 3))))
    renamed = topology.replace(names=np.array(["OXYGEN"] * 13))
    with pytest.raises(ValueError, match="too long"):
        write_gro(tmp_path / "a.gro", renamed, frames)


def test_bonded_residues_are_one_molecule(tmp_path):
    topology = Topology.build(
        ["CH3", "C", "N", "CA", "OW"],
        masses=[1.0] * 5,
        residue_names=["ACE", "ACE", "NME", "NME", "SOL"],
        residues=[0, 0, 1, 1, 2],
    )
    chain = np.array([[0.0, 0, 0], [0.15, 0, 0], [0.28, 0, 0], [0.42, 0, 0], [0.8, 0, 0]])
    write_gro(tmp_path / "a.gro", topology, Frames(chain[None]))
    back = read_gro(tmp_path / "a.gro")
    assert back.topology.molecules.tolist() == [0, 0, 0, 0, 1]
    assert back.topology.molecule_names.tolist() == ["ACE-NME", "SOL"]
    assert back.topology.residues.tolist() == [0, 0, 1, 1, 2]
    assert any("several residues where bonds join them" in note for note in back.notes)


def write_several(path, topology, frames, count):
    """Write configurations one after the other, shifted and with times."""
    text = ""
    for k in range(count):
        write_gro(path, topology, frames.replace(positions=frames.positions + 0.1 * k))
        lines = path.read_text().splitlines(keepends=True)
        text += f"water t= {0.5 * k:.3f} step= {k}\n" + "".join(lines[1:])
    path.write_text(text)
    return text


def test_several_configurations_are_frames(tmp_path, water):
    topology, frames = water
    write_several(tmp_path / "a.gro", topology, frames, 4)
    opened = read_gro(tmp_path / "a.gro")
    assert len(opened) == 4
    assert opened.fields == {"positions", "velocities", "box", "times"}
    np.testing.assert_allclose(opened.load().times, [0, 0.5, 1, 1.5])
    for k in (3, 1):
        np.testing.assert_allclose(opened[k].positions, frames.positions + 0.1 * k, atol=6e-4)
    part = GroSource.scan(tmp_path / "a.gro").read(range(3, 0, -2))
    np.testing.assert_array_equal(part.positions, opened.load().positions[[3, 1]])


def test_mdanalysis_reads_the_same_configuration(tmp_path, water):
    mda = pytest.importorskip("MDAnalysis")
    topology, frames = water
    write_gro(tmp_path / "a.gro", topology, frames)
    oracle = mda.Universe(str(tmp_path / "a.gro"), to_guess=())
    read = read_gro(tmp_path / "a.gro")
    np.testing.assert_allclose(read[0].positions[0], oracle.atoms.positions / 10, atol=1e-6)
    np.testing.assert_allclose(read[0].velocities[0], oracle.atoms.velocities / 10, atol=1e-6)
    assert read.topology.names.tolist() == oracle.atoms.names.tolist()


def test_a_truncated_last_configuration_is_left_out_and_noted(tmp_path, water):
    topology, frames = water
    text = write_several(tmp_path / "a.gro", topology, frames, 3)
    (tmp_path / "a.gro").write_text(text[:-200])
    opened = read_gro(tmp_path / "a.gro")
    assert len(opened) == 2
    assert any("is truncated: frame 2 announces 13 atoms" in note for note in opened.notes)


def test_configurations_of_other_atoms_are_refused(tmp_path, water):
    topology, frames = water
    one = write_several(tmp_path / "a.gro", topology, frames, 1)
    lines = one.splitlines(keepends=True)
    other = "".join([lines[0], "   12\n", *lines[2:14], lines[-1]])
    (tmp_path / "a.gro").write_text(one + other)
    with pytest.raises(ValueError, match=r"mixes frames of \[12, 13\] atoms"):
        read_gro(tmp_path / "a.gro")


def test_united_atoms_have_the_masses_given_and_bonds(tmp_path):
    topology = Topology.build(
        ["CH3", "CH2", "CH3", "B-1"], masses=[1.0] * 4, molecules=[0, 0, 0, 1]
    )
    positions = np.array([[[0.0, 0, 0], [0.154, 0, 0], [0.21, 0.14, 0], [1.0, 1, 1]]])
    write_gro(tmp_path / "a.gro", topology, Frames(positions))
    masses = {"CH3": 15.035, "CH2": 14.027, "B-1": 72.0}
    back = read_gro(tmp_path / "a.gro", masses=masses).topology
    assert back.masses.tolist() == [15.035, 14.027, 15.035, 72.0]
    assert back.elements.tolist() == ["C", "C", "C", ""]
    assert back.bonds.tolist() == [[0, 1], [1, 2]]
    assert back.names[3] == "B-1"


def test_a_name_that_comes_again_begins_a_molecule(tmp_path, water):
    topology, frames = water
    one = topology.replace(residues=np.zeros(len(topology), dtype=int))
    write_gro(tmp_path / "a.gro", one, frames)
    found = read_gro(tmp_path / "a.gro")
    assert found.topology.n_molecules == topology.n_molecules
    assert any(n.warns and "3 residues begin where a name comes again" in n for n in found.notes)
    write_gro(tmp_path / "b.gro", topology, frames)
    assert not any("comes again" in note for note in read_gro(tmp_path / "b.gro").notes)


def test_carbons_of_amino_acids_and_united_atoms_by_their_names(tmp_path):
    def written(*labels):
        rows = "".join(
            f"{label}{k:5d}{0.15 * k:8.3f}   0.000   0.000\n" for k, label in enumerate(labels)
        )
        (tmp_path / "a.gro").write_text(f"title\n{len(labels):5d}\n{rows} 5.0 5.0 5.0\n")
        return read_gro(tmp_path / "a.gro")

    trace = written("    1GLY     CA", "    2ALA     CA")
    assert trace.topology.elements.tolist() == ["C", "C"]
    assert any(note.warns and "alpha carbons" in note for note in trace.notes)
    ethane = written("    1ETH    CH3", "    1ETH   CH3B").topology
    np.testing.assert_allclose(ethane.masses, 15.035)
    assert ethane.n_molecules == 1
