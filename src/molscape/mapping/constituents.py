"""Beads called by what they are made of: the same united atoms, the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from molscape.core.topology import Topology
from molscape.mapping.molecular_graph import elements_of, formula, hosts

Constituents = tuple[tuple[str, int], ...]
"""The united atoms of a bead and how many there are of each, sorted."""


@dataclass(frozen=True, eq=False)
class BeadAtoms:
    """The atoms of a bead, ascending, with what it is made of."""

    made_of: Constituents
    formula: str
    atoms: Int[np.ndarray, " atom"]

    @classmethod
    def of_atoms(
        cls,
        topology: Topology,
        atoms: Int[np.ndarray, " atom"],
        links: Int[np.ndarray, "link 2"],
    ) -> BeadAtoms:
        """Return what some atoms of a molecule are made of, connected or not.

        A hydrogen is part of a united atom if the atom that it is bonded to is in the bead too,
        else it counts by itself; without bonds all do.

        Args:
            topology: of the atoms.
            atoms: of the bead, ascending.
            links: bonds as `linked` gives them; those that leave the bead are passed over.
        """
        inside = links[np.isin(links, atoms).all(axis=1)]
        elements, masses = elements_of(topology, atoms), topology.masses[atoms]
        host = hosts(masses, elements, np.searchsorted(atoms, inside), ())
        united = [np.flatnonzero((host == k) & (masses > 0)) for k in np.unique(host).tolist()]
        names = [formula(elements[k] for k in own.tolist()) for own in united if len(own)]
        weighty = [elements[k] for k in np.flatnonzero(masses > 0).tolist()]
        return cls(counted(names), formula(weighty), atoms)


def counted(names: Iterable[str]) -> Constituents:
    """Return names with how often each comes, sorted."""
    return tuple(sorted(Counter(names).items()))


def bead_names(beads: Sequence[BeadAtoms]) -> dict[Constituents, str]:
    """Return a name for each set of constituents: the formula, and a letter where it is shared."""
    sharing: dict[str, set[Constituents]] = {}
    for bead in beads:
        sharing.setdefault(bead.formula, set()).add(bead.made_of)
    names = {}
    for called, kinds in sharing.items():
        for number, made_of in enumerate(sorted(kinds)):
            names[made_of] = called if len(kinds) == 1 else f"{called}_{_letters(number)}"
    return names


def _letters(number: int) -> str:
    """Return a, b, ..., z, aa, ab, ..."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("a") + last)
