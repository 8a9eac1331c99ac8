import numpy as np
import pytest

import molscape
from molscape.io.mdanalysis_topologies import read_mdanalysis_topology

mda = pytest.importorskip("MDAnalysis")


@pytest.mark.parametrize("kind", ["tpr", "prmtop", "psf"])
def test_names_masses_charges_and_molecules(liquid, kind):
    topology, notes = read_mdanalysis_topology(liquid(kind), kind)
    assert len(topology) == 116
    names, counts = np.unique(topology.molecule_names, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "CL": 1,
        "MET": 4,
        "NA": 1,
        "SOL": 30,
    }
    assert topology.names[:6].tolist() == ["C1", "O1", "H1", "H2", "H3", "HO"]
    assert topology.types[:6].tolist() == ["CT", "OH", "HC", "HC", "HC", "HO"]
    assert topology.elements[[0, 1, 2, 24, -2, -1]].tolist() == ["C", "O", "H", "O", "Na", "Cl"]
    assert topology.masses[:2].tolist() == [12.011, 15.9994]
    np.testing.assert_allclose(topology.charges[:6], [0.145, -0.683, 0.04, 0.04, 0.04, 0.418])
    assert topology.charges[-2:].tolist() == [1.0, -1.0]
    assert len(topology.bonds) == 4 * 5 + 30 * 2
    assert len(topology.dihedrals) == 12
    assert "charges (sum 0 e)" in notes[0]


def test_mdanalysis_says_the_same_of_a_tpr_file(liquid):
    topology, _ = read_mdanalysis_topology(liquid("tpr"), "tpr")
    oracle = mda.Universe(str(liquid("tpr")))
    np.testing.assert_allclose(topology.masses, oracle.atoms.masses, atol=1e-5)
    np.testing.assert_allclose(topology.charges, oracle.atoms.charges, atol=1e-6)
    assert {tuple(pair) for pair in topology.bonds.tolist()} == {
        tuple(pair) for pair in oracle.bonds.indices.tolist()
    }


def test_masses_given_by_name_take_precedence(liquid):
    topology, _ = read_mdanalysis_topology(liquid("psf"), "psf", {"HO": 2.014})
    assert set(topology.masses[topology.names == "HO"].tolist()) == {2.014}


@pytest.mark.parametrize("kind", ["tpr", "prmtop", "psf", "gro"])
def test_an_xtc_file_with_each_topology(liquid, kind):
    opened = molscape.open(liquid(kind), liquid("xtc"))
    assert len(opened) == 21
    assert opened.fields == {"positions", "box", "times"}
    assert opened.topology.n_molecules == 36
    # Rounding to 0.001 nm does not hide the rigid bonds, and the C-O bond is none of them.
    assert len(opened.topology.constraints) == 4 * 4 + 30 * 3
    frames = opened.load()
    assert frames.whole
    bonds = opened.topology.bonds
    lengths = np.linalg.norm(
        frames.positions[:, bonds[:, 1]] - frames.positions[:, bonds[:, 0]], axis=2
    )
    assert 0.09 < lengths.min() < lengths.max() < 0.16
    assert any("no forces" in note and "molscape rerun" in note for note in opened.notes)


def test_a_charged_system_is_said_to_be_charged(liquid):
    topology, _ = read_mdanalysis_topology(liquid("tpr"), "tpr")
    charged = topology.replace(charges=np.where(topology.names == "CL", 0.0, topology.charges))
    opened = molscape.open(charged, liquid("xtc"))
    assert any("total charge of the periodic system is +1 e" in note for note in opened.notes)
    neutral = molscape.open(topology, liquid("xtc"))
    assert not any("total charge" in note for note in neutral.notes)


@pytest.mark.parametrize("kind", ["tpr", "prmtop", "psf"])
def test_damaged_and_bare_files_are_refused(liquid, kind, tmp_path):
    path = tmp_path / "cut"
    path.write_bytes(liquid(kind).read_bytes()[:3000])
    with pytest.raises(ValueError, match=r"cannot be read as .* is it complete"):
        molscape.open(path, liquid("xtc"))
    with pytest.raises(ValueError, match="holds no frames: give a trajectory"):
        molscape.open(liquid(kind))
    with pytest.raises(ValueError, match=r"is a topology .* and holds no frames"):
        molscape.open(liquid("gro"), liquid(kind))


def test_hydrogen_bonds_of_rigid_water_are_no_bonds(liquid, tmp_path):
    text = liquid("psf").read_text().splitlines()
    start = next(k for k, line in enumerate(text) if "!NBOND" in line)
    text[start] = f"{81:10d} !NBOND: bonds"
    blank = next(k for k in range(start, len(text)) if not text[k].strip())
    text.insert(blank, f"{26:10d}{27:10d}")
    (tmp_path / "a.psf").write_text("\n".join(text) + "\n")
    topology, notes = read_mdanalysis_topology(tmp_path / "a.psf", "psf")
    assert len(topology.bonds) == 80
    assert "1 H-H bonds of rigid water left out" in notes[1]
