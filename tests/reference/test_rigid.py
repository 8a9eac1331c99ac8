import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.gro import read_gro, write_gro
from molscape.reference.rigid import rigid_molecules, with_constraints
from molscape.reference.water import water_box

pytest.importorskip("openmm", reason="openmm is not installed")


@pytest.fixture(scope="module")
def water():
    return water_box("spce", molecules=4, cutoff=0.1, density=0.5)


def test_what_a_gro_file_drops_is_put_back(water, tmp_path):
    write_gro(tmp_path / "conf.gro", water.topology, Frames(water.positions[None]))
    read = read_gro(tmp_path / "conf.gro").topology
    assert len(read.constraints) == 0
    made = with_constraints(read, {"rigid": rigid_molecules(water.topology)})
    for name in ("bonds", "constraints", "constraint_lengths", "charges", "masses"):
        np.testing.assert_array_equal(getattr(made, name), getattr(water.topology, name))


def test_what_is_not_rigid_stays_as_it_is(water):
    ion = Topology.build(["NA", "CL"], masses=[23.0, 35.5], charges=[1, -1], molecules=[0, 0])
    assert with_constraints(ion, {}) is ion
    assert rigid_molecules(ion) == []


def test_bonds_of_other_molecules_survive():
    names = ["OW", "HW1", "HW2", "C", "O"]
    mixed = Topology.build(
        names,
        masses=np.ones(5),
        molecules=[0, 0, 0, 1, 1],
        molecule_names=["SOL", "CO"],
        bonds=np.array([[3, 4], [0, 1]]),
    )
    rigid = rigid_molecules(water_box("spce", molecules=1, cutoff=0.1, density=0.5).topology)
    made = with_constraints(mixed, {"rigid": rigid})
    assert sorted(map(tuple, made.bonds.tolist())) == [(0, 1), (0, 2), (3, 4)]
    assert made.masses.tolist() == [15.9994, 1.008, 1.008, 1.0, 1.0]


def test_another_molecule_is_refused(water):
    about = {"rigid": rigid_molecules(water.topology)}
    with pytest.raises(ValueError, match="no molecule 'SOL', it has W"):
        with_constraints(Topology.build(["W"], masses=[18.0]), about)
    swapped = water.topology.replace(names=np.tile(["HW1", "OW", "HW2"], 4))
    with pytest.raises(ValueError, match="expected OW, HW1, HW2"):
        with_constraints(swapped, about)
