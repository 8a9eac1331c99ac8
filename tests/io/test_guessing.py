from pathlib import Path

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.guessing import particles_by_element, particles_by_name, with_molecules

HERE = Path("a.gro")


def by_name(names, residues, masses=None, stated=None):
    labels = np.array([f"R{r}" for r in residues])
    return particles_by_name(
        HERE, np.array(names), labels, np.array(residues), masses or {}, stated
    )


def test_elements_follow_names_and_what_is_stated():
    topology, notes = by_name(["CA", "CA", "H"], [0, 1, 0], stated=np.array(["", "Ca", ""]))
    assert topology.elements.tolist() == ["C", "Ca", "H"]
    assert topology.masses.tolist() == [12.011, 40.078, 1.008]
    assert "CA=C" in notes[0]


def test_a_mass_far_from_the_element_is_a_bead():
    masses = {"C1": 72.0, "CH3": 15.035, "CH4": 16.043, "HD": 2.014}
    topology, notes = by_name(list(masses), [0, 1, 2, 0], masses)
    assert topology.elements.tolist() == ["", "C", "C", "H"]
    assert topology.masses.tolist() == list(masses.values())
    assert not any("virtual" in note for note in notes)


def test_names_without_an_element_are_listed():
    with pytest.raises(ValueError, match=r"atom names Q1, Q2: .*`masses: \{'Q1': \.\.\., 'Q2'"):
        by_name(["Q1", "C", "Q2"], [0, 0, 0])


def test_residues_that_bonds_join_are_one_molecule():
    topology = Topology.build(
        list("ABCDEFG"),
        masses=[1.0] * 7,
        residue_names=["X", "Y", "Z", "X", "Y", "X", "W"],
        residues=[0, 1, 2, 3, 4, 5, 6],
        bonds=np.array([[5, 6], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]),
    )
    assert with_molecules(topology).molecule_names.tolist() == ["X-Y-...-W(7)"]
    part = with_molecules(topology.replace(bonds=np.array([[1, 4], [0, 3]])))
    assert part.molecules.tolist() == [0, 1, 2, 0, 1, 3, 4]
    assert part.molecule_names.tolist() == ["X-X", "Y-Y", "Z", "X", "W"]


def test_atoms_known_by_their_elements():
    positions = np.array([[[0.0, 0, 0], [0.096, 0, 0], [-0.024, 0.093, 0], [1.0, 1, 1]]])
    topology, _ = particles_by_element(HERE, ["O", "H", "H", "Na"], Frames(positions), {"H": 2.014})
    assert topology.molecule_names.tolist() == ["H2O", "Na"]
    assert topology.masses.tolist() == [15.999, 2.014, 2.014, 22.99]
    with pytest.raises(ValueError, match="Xx are no chemical elements: give their masses"):
        particles_by_element(HERE, ["Xx"], Frames(np.zeros((1, 1, 3))), {})
