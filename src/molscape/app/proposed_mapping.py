"""The mapping that `molscape init` proposes for the molecules of a topology."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from molscape.core.topology import Topology
from molscape.studies.blocks.mapping import BeadBlock, MappingBlock

SMALL = 6
"""Molecules of at most so many heavy atoms are proposed as one bead."""

HEAVY_PER_BEAD = 4
"""Heavy atoms that are put into one bead of a larger molecule."""

HYDROGEN = 1.5
"""Atoms lighter than this (u) belong to the atom they are bonded to."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mapping for the molecules of a trajectory, with what is to be said of it."""

    block: MappingBlock
    comments: tuple[str, ...]


def propose_mapping(topology: Topology) -> Proposal:
    """Return one bead for small molecules, one for each residue, or some heavy atoms each.

    Raises:
        ValueError: if a molecule has no name.
    """
    beads: dict[str, BeadBlock] = {}
    comments = []
    for kind in dict.fromkeys(str(name) for name in topology.molecule_names):
        if not kind:
            raise ValueError(
                "a molecule has no name: give a topology with residue names (GRO, TPR, PSF, PRMTOP)"
            )
        members = topology.members(kind)[0]
        heavy = int(np.sum(topology.masses[members] > HYDROGEN))
        residues = list(dict.fromkeys(topology.residue_names[members].tolist()))
        if heavy <= SMALL:
            beads[_bead_name(kind, beads)] = BeadBlock(molecule=kind)
            comments.append(f"{kind}: {len(members)} atoms, one bead.")
        elif len(residues) > 1:
            for residue in residues:
                beads[_bead_name(residue, beads)] = BeadBlock(molecule=kind, residues=[residue])
            comments.append(f"{kind}: one bead for each kind of residue; split it if it repeats.")
        else:
            groups = _cut_molecule(topology, members)
            for k, group in enumerate(groups, 1):
                names = topology.names[group].tolist()
                beads[_bead_name(f"{kind}{k}", beads)] = BeadBlock(molecule=kind, atoms=names)
            comments.append(
                f"{kind}: {heavy} heavy atoms in {len(groups)} connected beads of at most "
                f"{HEAVY_PER_BEAD}; give alike beads a common `type`."
            )
    return Proposal(MappingBlock(beads=beads), tuple(comments))


def _bead_name(text: str, taken: dict[str, BeadBlock]) -> str:
    """Return a bead name made of letters and digits that is not taken."""
    name = re.sub(r"[^A-Za-z0-9]", "", text)[:5] or "B"
    k = 2
    while name in taken:
        name, k = f"{name[:4]}{k}", k + 1
    return name


def _cut_molecule(topology: Topology, members: np.ndarray) -> list[np.ndarray]:
    """Cut a molecule into connected groups of a few heavy atoms, hydrogens with their own.

    Groups grow along the bonds from the atom that is farthest from the others, so that chains
    are cut from one end to the other.
    """
    near: dict[int, list[int]] = {int(atom): [] for atom in members}
    for a, b in topology.bonds.tolist():
        if a in near and b in near:
            near[a].append(b)
            near[b].append(a)
    heavy = {atom for atom in near if topology.masses[atom] > HYDROGEN}
    order = _walk(near, _walk(near, min(heavy), heavy)[-1], heavy)
    order += sorted(heavy - set(order))
    left, groups = list(order), []
    while left:
        group = [left.pop(0)]
        while len(group) < HEAVY_PER_BEAD:
            following = next((a for a in left if set(near[a]) & set(group)), None)
            if following is None:
                break
            left.remove(following)
            group.append(following)
        groups.append(group)
    for group in _join_single_atoms(groups, near):
        group += [b for a in list(group) for b in near[a] if b not in heavy]
    return [np.array(sorted(set(group))) for group in groups]


def _join_single_atoms(groups: list[list[int]], near: dict[int, list[int]]) -> list[list[int]]:
    """Put single atoms that were left over into a group that they are bonded to."""
    for group in [g for g in groups if len(g) == 1]:
        partner = next((g for g in groups if g is not group and set(near[group[0]]) & set(g)), None)
        if partner is not None:
            partner += group
            groups.remove(group)
    return groups


def _walk(near: dict[int, list[int]], start: int, heavy: set[int]) -> list[int]:
    """Return the heavy atoms in order of their distance in bonds from one of them."""
    found = [start]
    for atom in found:
        found += [b for b in near[atom] if b in heavy and b not in found]
    return found
