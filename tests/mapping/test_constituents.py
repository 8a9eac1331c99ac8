"""What beads are made of, and what they are called after it."""

import numpy as np

from molscape.core.topology import Topology
from molscape.mapping.constituents import BeadAtoms, bead_names, counted
from molscape.mapping.molecular_graph import linked

# Ethanol CH3-CH2-OH: C, three H, C, two H, O, H.
MASS = {"C": 12.011, "H": 1.008, "O": 15.999}
ELEMENTS = list("CHHHCHHOH")
ETHANOL = Topology.build(
    ELEMENTS,
    masses=[MASS[element] for element in ELEMENTS],
    elements=ELEMENTS,
    bonds=np.array([[0, 1], [0, 2], [0, 3], [0, 4], [4, 5], [4, 6], [4, 7], [7, 8]]),
)


def bead(*atoms):
    return BeadAtoms.of_atoms(ETHANOL, np.array(atoms), linked(ETHANOL))


def test_hydrogens_are_part_of_their_atom_where_it_is_in_the_bead():
    own = bead(0, 1, 2, 3, 7, 8)
    assert own.made_of == (("CH3", 1), ("HO", 1))
    assert own.formula == "CH4O"
    assert own.atoms.tolist() == [0, 1, 2, 3, 7, 8]


def test_hydrogens_of_other_beads_atoms_count_by_themselves():
    # Atom 8 is bonded to an oxygen that is elsewhere.
    assert bead(0, 1, 2, 8).made_of == (("CH2", 1), ("H", 1))
    assert bead(0, 1, 2, 8).formula == "CH3"
    assert bead(1, 2, 5).made_of == (("H", 3),)


def test_without_bonds_every_atom_counts_by_itself():
    none = BeadAtoms.of_atoms(ETHANOL, np.arange(9), np.zeros((0, 2), dtype=int))
    assert none.made_of == (("C", 2), ("H", 6), ("O", 1))
    assert none.formula == "C2H6O"


def test_a_massless_site_is_no_constituent():
    water = Topology.build(
        ["O", "H", "H", "M"], masses=[15.999, 1.008, 1.008, 0.0], elements=["O", "H", "H", ""],
        bonds=np.array([[0, 1], [0, 2], [0, 3]]),
    )  # fmt: skip
    own = BeadAtoms.of_atoms(water, np.arange(4), linked(water))
    assert (own.made_of, own.formula) == ((("H2O", 1),), "H2O")


def test_names_are_counted_in_order():
    assert counted(["b", "a", "b"]) == (("a", 1), ("b", 2))


def test_a_formula_that_is_shared_gets_letters_in_the_order_of_constituents():
    names = bead_names([bead(0, 1, 2, 8), bead(0, 1, 2, 3), bead(7, 8), bead(0, 1, 2, 3)])
    assert names == {
        (("CH2", 1), ("H", 1)): "CH3_a",
        (("CH3", 1),): "CH3_b",
        (("HO", 1),): "HO",
    }


def test_letters_go_on_after_z():
    kinds = [((f"X{k:02d}", 1),) for k in range(28)]
    names = bead_names([BeadAtoms(made_of, "X", np.arange(1)) for made_of in kinds])
    assert [names[kinds[k]] for k in (0, 25, 26, 27)] == ["X_a", "X_z", "X_aa", "X_ab"]
