"""What of a model GROMACS can have, and in which of its cut-off schemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molscape.core import terms
from molscape.core.topology import Topology
from molscape.export.gromacs_topology import BondedTerm
from molscape.potentials.coulomb import check_neutral, reaction_field

BONDED = (terms.HarmonicBond, terms.HarmonicAngle, terms.PeriodicDihedral, terms.BondedTable)

NO_PAIRS = 0.9
"""Cutoff in nm of a model that has no pair terms; GROMACS wants one."""

PairTerm = terms.PairTable | terms.LennardJones


@dataclass(frozen=True, eq=False)
class GromacsModel:
    """The terms of a model, sorted; `tabulated` if its pairs need tables."""

    pairs: dict[tuple[str, str], list[PairTerm]]
    bonded: list[BondedTerm]
    coulomb: terms.Coulomb | None
    cutoff: float
    tabulated: bool

    @property
    def field(self) -> tuple[float, float] | None:
        """K and c of the reaction field, if there is one."""
        if self.coulomb is None or self.coulomb.method != "reaction_field":
            return None
        return reaction_field(self.coulomb.cutoff, self.coulomb.reaction_field_dielectric)


def gromacs_model(lowered: Sequence[terms.Term], topology: Topology, most: float) -> GromacsModel:
    """Sort the terms of types that occur, and decide whether the pairs need tables.

    Args:
        lowered: the terms of a potential.
        topology: the beads.
        most: half the smallest diagonal entry of the box, nm.

    Raises:
        ValueError: if a term has no counterpart in GROMACS.
    """
    present = set(topology.types.tolist())
    pairs: dict[tuple[str, str], list[PairTerm]] = {}
    bonded: list[BondedTerm] = []
    coulombs: list[terms.Coulomb] = []
    for term in lowered:
        if isinstance(term, terms.Opaque):
            raise ValueError(
                f"{term.kind} cannot be written for GROMACS: {term.why}; run it with the jax engine"
            )
        if isinstance(term, BONDED):
            bonded.append(term)
        elif isinstance(term, terms.Coulomb):
            coulombs.append(term)
        elif isinstance(term, terms.PairTable | terms.LennardJones):
            if set(term.types) <= present:
                one, two = sorted(term.types)
                pairs.setdefault((one, two), []).append(term)
        else:
            raise ValueError(
                f"a term {type(term).__name__} cannot be written for GROMACS, which has pair and "
                "bonded terms only: export this model for LAMMPS or OpenMM"
            )
    if len(coulombs) > 1:
        raise ValueError("two Coulomb terms: GROMACS takes one, merge them")
    coulomb = coulombs[0] if coulombs else None
    every = [term for members in pairs.values() for term in members]
    cutoffs = [term.cutoff for term in (*every, *coulombs)]
    cutoff = max(cutoffs) if cutoffs else min(NO_PAIRS, 0.9 * most)
    kinds = {term.smooth if isinstance(term, terms.LennardJones) else "table" for term in every}
    native = kinds <= {"none"} or kinds <= {"shift"}
    native &= len({round(own, 9) for own in cutoffs}) <= 1
    native &= all(len(members) == 1 for members in pairs.values())
    if coulomb is not None and coulomb.method == "reaction_field":
        # GROMACS' own reaction field acts between excluded pairs too.
        excluded = topology.charges[topology.excluded_pairs()]
        native &= not bool(np.any(np.all(excluded != 0, axis=1)))
    if coulomb is not None and coulomb.method == "ewald":
        check_neutral(topology)
    return GromacsModel(pairs, bonded, coulomb, cutoff, not native)
