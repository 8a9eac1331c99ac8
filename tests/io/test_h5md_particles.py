import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.note import Code
from molscape.io.h5md_particles import describe_particles, read_particles

h5py = pytest.importorskip("h5py")

WATER = np.array([[0, 0, 0], [0.096, 0, 0], [-0.024, 0.093, 0]])
FIRST = Frames(np.concatenate([WATER, WATER + 1.0])[None])


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        place = opened.create_group("particles/all")
        place["mass"] = [15.999, 1.008, 1.008] * 2
        place["charge"] = [-0.8, 0.4, 0.4] * 2
        yield opened


def test_atoms_by_their_masses(file, tmp_path):
    found = read_particles(file, "particles/all", sort=False)
    topology, notes = describe_particles(tmp_path / "a.h5", found, FIRST, {"H": 2.014})
    assert topology.elements.tolist() == ["O", "H", "H"] * 2
    assert topology.molecule_names.tolist() == ["H2O"] * 2
    assert topology.masses[:3].tolist() == [15.999, 2.014, 2.014]
    assert topology.charges[:3].tolist() == [-0.8, 0.4, 0.4]
    assert [note.code for note in notes] == [Code.GUESSED_ELEMENTS, Code.GUESSED_BONDS]


def test_beads_are_named_by_species_and_bonds_are_read(file, tmp_path):
    place = file["particles/all"]
    place["mass"][:] = [72.0, 45.0, 45.0] * 2
    place["species"] = [0, 1, 1] * 2
    file["connectivity/bonds"] = [[0, 1], [0, 2], [3, 4], [3, 5]]
    found = read_particles(file, "particles/all", sort=False)
    topology, _ = describe_particles(tmp_path / "a.h5", found, FIRST, {"S0": 70.0})
    assert topology.types[:3].tolist() == ["S0", "S1", "S1"]
    assert topology.names[:3].tolist() == ["S0", "S11", "S12"]
    assert topology.molecules.tolist() == [0, 0, 0, 1, 1, 1]
    assert topology.masses[:2].tolist() == [70.0, 45.0]


def test_numbers_give_the_order_and_what_bonds_refer_to(file):
    file["particles/all/id"] = [12, 10, 11, 15, 13, 14]
    file["connectivity/bonds"] = [[12, 10], [12, 11]]
    found = read_particles(file, "particles/all", sort=True)
    assert found.masses.tolist() == [1.008, 1.008, 15.999] * 2
    assert found.bonds.tolist() == [[2, 0], [2, 1]]


def test_without_masses_nothing_is_said_of_the_particles(file):
    del file["particles/all/mass"]
    assert read_particles(file, "particles/all", sort=False) is None
