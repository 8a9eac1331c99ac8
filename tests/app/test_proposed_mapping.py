"""Proposed mappings: every atom in one bead, beads connected, names that can be told apart."""

import numpy as np
import pytest

from molscape.app.proposed_mapping import propose_mapping
from molscape.core.topology import Topology


def chain(carbons, name="ALK"):
    """A chain of CH2 groups: carbons first, two hydrogens each."""
    hydrogens = np.repeat(np.arange(carbons), 2)
    bonds = [[k, k + 1] for k in range(carbons - 1)]
    bonds += [[int(carbon), carbons + k] for k, carbon in enumerate(hydrogens)]
    count = 3 * carbons
    return Topology.build(
        [f"C{k}" for k in range(carbons)] + [f"H{k}" for k in range(2 * carbons)],
        masses=np.r_[np.full(carbons, 12.011), np.full(2 * carbons, 1.008)],
        molecules=np.zeros(count, dtype=int),
        molecule_names=[name],
        residue_names=[name] * count,
        bonds=np.array(bonds),
    )


def test_small_molecules_are_one_bead():
    proposal = propose_mapping(chain(4))
    assert list(proposal.block.beads) == ["ALK"]
    assert proposal.block.beads["ALK"].atoms == ["*"]


@pytest.mark.parametrize("carbons", [7, 8, 9, 12, 13])
def test_chains_are_cut_from_end_to_end_into_connected_beads(carbons):
    beads = propose_mapping(chain(carbons)).block.beads
    atoms = [bead.atoms for bead in beads.values()]
    assert sorted(name for names in atoms for name in names) == sorted(
        chain(carbons).names.tolist()
    )
    for names in atoms:
        numbers = sorted(int(name[1:]) for name in names if name.startswith("C"))
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert 2 <= len(numbers) <= 5
        assert len(names) == 3 * len(numbers)


def test_residues_of_a_larger_molecule_are_beads_with_names_of_their_own():
    whole = chain(8)
    residues = np.array(["ALA-R", "ALA+R"])[np.char.endswith(whole.names, "7").astype(int)]
    beads = propose_mapping(whole.replace(residue_names=residues)).block.beads
    assert {name: bead.residues for name, bead in beads.items()} == {
        "ALAR": ["ALA-R"],
        "ALAR2": ["ALA+R"],
    }


def test_a_molecule_without_a_name_is_refused():
    with pytest.raises(ValueError, match="a molecule has no name: give a topology"):
        propose_mapping(chain(4, name=""))
