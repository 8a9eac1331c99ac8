"""United atoms and their bonds: from a topology, from SMILES, and what is refused."""

import sys

import numpy as np
import pytest

from molscape.core.topology import Topology, VirtualSites
from molscape.mapping import MolecularGraph
from molscape.mapping.molecular_graph import formula

MASSES = {"C": 12.011, "H": 1.008, "O": 15.999, "D": 2.014, "X": 50.0, "M": 0.0}


def molecule(symbols, bonds, **more):
    """One molecule; X is not an element, M a massless site."""
    return Topology.build(
        [f"{symbol}{k}" for k, symbol in enumerate(symbols)],
        masses=[MASSES[symbol] for symbol in symbols],
        types=[f"{symbol}-t" for symbol in symbols],
        elements=["" if symbol in "XMD" else symbol for symbol in symbols],
        molecules=np.zeros(len(symbols), dtype=int),
        molecule_names=["MOL"],
        bonds=np.array(bonds, dtype=np.int64).reshape(-1, 2),
        **more,
    )


def test_ethanol_with_atoms_in_any_order():
    # H on O first, then the chain from its far end, hydrogens between.
    symbols = "HOHCHCHHH"
    bonds = [(0, 1), (1, 3), (3, 2), (3, 4), (3, 5), (5, 6), (5, 7), (8, 5)]
    graph = MolecularGraph.of(molecule(symbols, bonds), "MOL")
    assert graph.names == ("HO", "CH2", "CH3")
    assert graph.atoms == ((1, 0), (3, 2, 4), (5, 6, 7, 8))
    assert graph.edges.tolist() == [[0, 1], [1, 2]]
    np.testing.assert_allclose(graph.masses, [17.007, 14.027, 15.035])
    assert graph.elements[1] == ("C", "H", "H")


def test_polar_hydrogens_kept_as_nodes():
    topology = molecule("COHHHH", [(0, 1), (1, 2), (0, 3), (0, 4), (0, 5)])
    graph = MolecularGraph.of(topology, "MOL", keep_hydrogens_on=("O",))
    assert graph.names == ("CH3", "O", "H")
    assert graph.edges.tolist() == [[0, 1], [1, 2]]


def test_a_bridging_hydrogen_joins_the_neighbour_with_most_bonds_then_the_lightest():
    crowded = molecule("CHCHH", [(0, 1), (1, 2), (2, 3), (2, 4), (0, 2)])
    assert MolecularGraph.of(crowded, "MOL").atoms == ((0,), (2, 1, 3, 4))
    mixed = molecule("OHC", [(0, 1), (1, 2), (0, 2)])
    assert MolecularGraph.of(mixed, "MOL").names == ("O", "CH")


def test_hydrogen_molecules_and_bonds_between_hydrogens():
    assert MolecularGraph.of(molecule("HH", [(0, 1)]), "MOL").names == ("H", "H")
    rigid_water = molecule("OHH", [(0, 1), (0, 2), (1, 2)])
    assert MolecularGraph.of(rigid_water, "MOL").atoms == ((0, 1, 2),)


def test_elements_are_told_from_masses_or_are_the_types():
    topology = molecule("CDX", [(0, 1), (0, 2)]).replace(elements=np.array(["", "", ""]))
    assert MolecularGraph.of(topology, "MOL").names == ("C_D_t", "X_t")


def test_a_virtual_site_belongs_to_its_parent_and_is_not_in_the_formula():
    sites = VirtualSites(np.array([3]), np.array([[0, 1, 2]]), np.array([[0.7, 0.15, 0.15]]))
    water = molecule("OHHM", [(0, 1), (0, 2)], virtual_sites=sites)
    graph = MolecularGraph.of(water, "MOL")
    assert graph.names == ("H2O",)
    assert graph.atoms == ((0, 1, 2, 3),)
    # Parents are not needed where there is only one heavy atom.
    alone = MolecularGraph.of(water.replace(virtual_sites=None), "MOL")
    assert alone.atoms == ((0, 1, 2, 3),)


def test_the_first_of_several_molecules_whose_atoms_are_interleaved():
    topology = Topology.build(
        ["O", "O", "H", "H", "H", "H"],
        masses=[16, 16, 1, 1, 1, 1],
        molecules=[1, 0, 1, 0, 1, 0],
        molecule_names=["W", "W"],
        bonds=np.array([[0, 2], [0, 4], [1, 3], [1, 5]]),
    )
    assert MolecularGraph.of(topology, "W").atoms == ((1, 3, 5),)


@pytest.mark.parametrize(
    ("elements", "text"),
    [("CHHCH", "C2H3"), ("HHO", "H2O"), ("SONCH", "CHNOS"), ("HN", "HN"), (["Cl", "C"], "CCl")],
)
def test_formula_in_hills_order(elements, text):
    assert formula(elements) == text


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"no molecule 'TOL'; the topology has \['MOL'\]"):
        MolecularGraph.of(molecule("CO", [(0, 1)]), "TOL")
    with pytest.raises(ValueError, match=r"no bonds between its 2 united atoms: .*guess_bonds"):
        MolecularGraph.of(molecule("CO", []), "MOL")
    with pytest.raises(ValueError, match=r"in 2 pieces \(of 2, 1 united atoms\)"):
        MolecularGraph.of(molecule("COC", [(0, 1)]), "MOL")
    with pytest.raises(ValueError, match="particle 1 has no mass and belongs to no atom"):
        MolecularGraph.of(molecule("CMO", [(0, 2)]), "MOL")


def test_smiles_agree_with_the_same_molecule_from_a_topology():
    pytest.importorskip("rdkit")
    graph = MolecularGraph.from_smiles("CO")
    other = MolecularGraph.of(molecule("COHHHH", [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5)]), "MOL")
    assert graph.names == other.names
    assert graph.atoms == other.atoms
    assert graph.edges.tolist() == other.edges.tolist()
    np.testing.assert_allclose(graph.masses, other.masses, atol=2e-3)


@pytest.mark.parametrize("text", ["C1CC", "not a molecule", "C(C)(C)(C)(C)C", ""])
def test_smiles_that_cannot_be_read(text, capfd):
    pytest.importorskip("rdkit")
    with pytest.raises(ValueError, match="is not a SMILES string"):
        MolecularGraph.from_smiles(text)
    assert capfd.readouterr().err == ""


def test_smiles_of_two_molecules():
    pytest.importorskip("rdkit")
    with pytest.raises(ValueError, match=r"SMILES CC\.O is in 2 pieces"):
        MolecularGraph.from_smiles("CC.O")


def test_without_rdkit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit.Chem", None)
    with pytest.raises(ImportError, match=r"pip install \"molscape\[graphs\]\""):
        MolecularGraph.from_smiles("C")
