"""What of a model GROMACS can have, and in which of its cut-off schemes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molscape.core import terms
from molscape.core.topology import Topology
from molscape.export.gromacs_tables import GromacsPair, lennard_jones, pair_table
from molscape.export.gromacs_topology import Interaction
from molscape.export.writers import writers_of
from molscape.potentials.coulomb import check_neutral, reaction_field

NO_PAIRS = 0.9
"""Cutoff in nm of a model that has no pair terms; GROMACS wants one."""


@dataclass(frozen=True, eq=False)
class GromacsModel:
    """What a model is in GROMACS; `tabulated` if its pairs need tables.

    `tables` are the bonded tables, in the order of their numbers among those of one width.
    """

    pairs: dict[tuple[str, str], list[GromacsPair]]
    bonded: list[Interaction]
    tables: list[terms.BondedTable]
    coulomb: terms.Coulomb | None
    cutoff: float
    tabulated: bool

    @property
    def field(self) -> tuple[float, float] | None:
        """K and c of the reaction field, if there is one."""
        if self.coulomb is None or self.coulomb.long_range:
            return None
        return reaction_field(self.coulomb.cutoff, self.coulomb.reaction_field_dielectric)


class Contents:
    """Gathers the terms of a model, one by one; `present` are the types that occur."""

    def __init__(self, present: set[str]) -> None:
        self.present = present
        self.pairs: dict[tuple[str, str], list[GromacsPair]] = {}
        self.bonded: list[Interaction] = []
        self.tables: list[terms.BondedTable] = []
        self.coulombs: list[terms.Coulomb] = []

    def add_pair(self, types: tuple[str, str], pair: GromacsPair) -> None:
        """Add a pair term, unless its types do not occur."""
        if set(types) <= self.present:
            one, two = sorted(types)
            self.pairs.setdefault((one, two), []).append(pair)

    def add_bonded(self, types: tuple[str, ...], text: str) -> None:
        """Add a bonded term: function type and parameters."""
        self.bonded.append(Interaction(types, text))


def _harmonic_bond(contents: Contents, term: terms.HarmonicBond) -> None:
    contents.add_bonded(term.types, f"1 {term.length:.10g} {term.stiffness:.10g}")


def _harmonic_angle(contents: Contents, term: terms.HarmonicAngle) -> None:
    contents.add_bonded(term.types, f"1 {np.degrees(term.angle):.10g} {term.stiffness:.10g}")


def _periodic_dihedral(contents: Contents, term: terms.PeriodicDihedral) -> None:
    phase = np.degrees(term.phase)
    text = f"9 {phase:.10g} {term.stiffness:.10g} {term.multiplicity}"
    contents.add_bonded(term.types, text)


def _bonded_table(contents: Contents, term: terms.BondedTable) -> None:
    number = sum(table.width == term.width for table in contents.tables)
    contents.tables.append(term)
    contents.add_bonded(term.types, f"8 {number} 1.0")


WRITERS: dict[type[terms.Term], Callable[[Contents, Any], None]] = {
    terms.PairTable: lambda contents, term: contents.add_pair(term.types, pair_table(term)),
    terms.LennardJones: lambda contents, term: contents.add_pair(term.types, lennard_jones(term)),
    terms.Coulomb: lambda contents, term: contents.coulombs.append(term),
    terms.HarmonicBond: _harmonic_bond,
    terms.HarmonicAngle: _harmonic_angle,
    terms.PeriodicDihedral: _periodic_dihedral,
    terms.BondedTable: _bonded_table,
}
"""What adds a term of a class to the contents of a GROMACS folder."""

OTHERWISE = "which has pair and bonded terms only: export this model for LAMMPS or OpenMM"


def gromacs_model(lowered: Sequence[terms.Term], topology: Topology, most: float) -> GromacsModel:
    """Sort the terms of types that occur, and decide whether the pairs need tables.

    Args:
        lowered: the terms of a potential.
        topology: the beads.
        most: half the smallest diagonal entry of the box, nm.

    Raises:
        ValueError: if a term has no counterpart in GROMACS.
    """
    contents = Contents(set(topology.types.tolist()))
    for term, write in writers_of(lowered, WRITERS, "GROMACS", OTHERWISE):
        write(contents, term)
    if len(contents.coulombs) > 1:
        raise ValueError("two Coulomb terms: GROMACS takes one, merge them")
    coulomb = contents.coulombs[0] if contents.coulombs else None
    every = [pair for members in contents.pairs.values() for pair in members]
    cutoffs = [*(pair.cutoff for pair in every), *(term.cutoff for term in contents.coulombs)]
    cutoff = max(cutoffs) if cutoffs else min(NO_PAIRS, 0.9 * most)
    modifiers = {pair.modifier for pair in every}
    native = len(modifiers) <= 1 and None not in modifiers
    native &= len({round(own, 9) for own in cutoffs}) <= 1
    native &= all(len(members) == 1 for members in contents.pairs.values())
    if coulomb is not None and not coulomb.long_range:
        # GROMACS' own reaction field acts between excluded pairs too.
        excluded = topology.charges[topology.excluded_pairs()]
        native &= not bool(np.any(np.all(excluded != 0, axis=1)))
    if coulomb is not None and coulomb.long_range:
        check_neutral(topology)
    return GromacsModel(
        contents.pairs, contents.bonded, contents.tables, coulomb, cutoff, not native
    )
