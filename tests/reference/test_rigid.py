import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.gro import read_gro, write_gro
from molscape.reference.assembly import Interactions, lattice_box
from molscape.reference.rigid import molecule_kinds, with_constraints

pytest.importorskip("openmm", reason="openmm is not installed")


@pytest.fixture(scope="module")
def water():
    return lattice_box({"spce": 4}, density=0.5, interactions=Interactions(cutoff=0.1))


def test_what_a_gro_file_drops_is_put_back(water, tmp_path):
    write_gro(tmp_path / "conf.gro", water.topology, Frames(water.positions[None]))
    read = read_gro(tmp_path / "conf.gro").topology
    assert len(read.constraints) == 0
    made = with_constraints(read, {"kinds": molecule_kinds(water.topology)})
    for name in ("bonds", "constraints", "constraint_lengths", "charges", "masses"):
        np.testing.assert_array_equal(getattr(made, name), getattr(water.topology, name))


def test_ions_get_their_charges_and_nothing_else(water):
    ions = Topology.build(["NA", "CL"], masses=[22.99, 35.45], charges=[1, -1])
    assert with_constraints(ions, {}) is ions
    read = ions.replace(charges=np.zeros(2))
    made = with_constraints(read, {"kinds": molecule_kinds(ions)})
    assert made.charges.tolist() == [1, -1]
    assert (len(made.bonds), len(made.constraints)) == (0, 0)


def test_bonds_of_other_molecules_survive(water):
    names = ["OW", "HW1", "HW2", "C", "O"]
    mixed = Topology.build(
        names,
        masses=np.ones(5),
        molecules=[0, 0, 0, 1, 1],
        molecule_names=["SOL", "CO"],
        bonds=np.array([[3, 4], [0, 1]]),
    )
    made = with_constraints(mixed, {"kinds": molecule_kinds(water.topology)})
    assert sorted(map(tuple, made.bonds.tolist())) == [(0, 1), (0, 2), (3, 4)]
    assert made.masses.tolist() == [15.9994, 1.008, 1.008, 1.0, 1.0]


def test_another_molecule_is_refused(water):
    about = {"kinds": molecule_kinds(water.topology)}
    with pytest.raises(ValueError, match="no molecule 'SOL', it has W"):
        with_constraints(Topology.build(["W"], masses=[18.0]), about)
    swapped = water.topology.replace(names=np.tile(["HW1", "OW", "HW2"], 4))
    with pytest.raises(ValueError, match="expected OW, HW1, HW2"):
        with_constraints(swapped, about)
