"""The terms of a potential as LAMMPS styles, in units real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export.lammps_bonded import (
    BondedStyle,
    bonded_lines,
    bonded_table,
    harmonic_angle,
    harmonic_bond,
    periodic_dihedral,
)
from molscape.export.lammps_pairs import (
    Styles,
    pair_lines,
    write_coulomb,
    write_lennard_jones,
    write_pair_table,
    write_stillinger_weber,
)
from molscape.export.writers import writers_of
from molscape.io.lammps_write import lammps_types


def _bonded(style_of: Callable[[Any], BondedStyle]) -> Callable[[Styles, Any], None]:
    return lambda styles, term: styles.bonded.append(style_of(term))


WRITERS: dict[type[terms.Term], Callable[[Styles, Any], None]] = {
    terms.PairTable: write_pair_table,
    terms.LennardJones: write_lennard_jones,
    terms.StillingerWeber: write_stillinger_weber,
    terms.Coulomb: write_coulomb,
    terms.HarmonicBond: _bonded(harmonic_bond),
    terms.HarmonicAngle: _bonded(harmonic_angle),
    terms.PeriodicDihedral: _bonded(periodic_dihedral),
    terms.BondedTable: _bonded(bonded_table),
}
"""What adds a term of a class, all of whose types occur, to the styles of a model."""


def write_styles(potential: Potential, topology: Topology, file: Path) -> list[Path]:
    """Write a file of pair, bond, angle and dihedral styles that a LAMMPS script can `include`.

    Tables and Stillinger-Weber parameters go beside it.

    Args:
        potential: the model; its lowered terms are written.
        topology: types, bonds and exclusions.
        file: the include file, such as `model.lmp`.

    Returns:
        The files written, the include file first.

    Raises:
        ValueError: if a term or an exclusion has no counterpart in LAMMPS.
    """
    types = lammps_types(topology)
    lowered = potential.lower()
    found = writers_of(lowered, WRITERS, "LAMMPS")
    ewald = any(term.long_range for term in lowered)
    styles = Styles(topology, types.atoms, file, ewald and len(topology.bonds) > 0)
    for term, write in found:
        if set(term.types) <= set(types.atoms):
            write(styles, term)
    lines = [
        f"# Interactions written by molscape: units real, atom types {' '.join(types.atoms)}.",
        "# Include this file after read_data.",
        *pair_lines(styles.pairs, types.atoms),
        *(styles.coulomb.commands if styles.coulomb else ()),
        *_exclusion_lines(topology),
        *bonded_lines(styles.bonded, types, styles.path),
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [file, *styles.files]


def _exclusion_lines(topology: Topology) -> list[str]:
    """Pairs up to `exclude_within` bonds apart do not interact; LAMMPS counts up to 3."""
    within = topology.exclude_within
    if len(topology.bonds) == 0:
        return []
    if within > 3 and len(topology.excluded_pairs()) > len(
        topology.replace(exclude_within=3).excluded_pairs()
    ):
        raise ValueError(
            f"pairs up to {within} bonds apart are excluded, LAMMPS can exclude up to 3: use "
            "exclude_within of at most 3, or the jax engine"
        )
    factors = " ".join("0.0" if k <= within else "1.0" for k in (1, 2, 3))
    return ["", f"special_bonds lj {factors} coul {factors}"]
