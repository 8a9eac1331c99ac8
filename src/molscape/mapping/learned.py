"""A mapping from the bead of each atom, as it is learned from data."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.mapping.assembly import Group, assemble
from molscape.mapping.constituents import BeadAtoms, bead_names
from molscape.mapping.molecular_graph import linked
from molscape.mapping.moments import molecule_rows

WEIGHTS = ("equal", "mass")


def by_assignment(
    topology: Topology,
    assignments: Table[str, Any],
    *,
    weights: str = "equal",
    exclude_within: int = 3,
) -> Mapping:
    """Map every molecule of a name by the bead of each of its atoms, e.g. {"TOL": [0, 0, 1, 2]}.

    `learn_beads(...).beads` is such an assignment. Beads follow the molecules of the topology,
    inside a molecule their numbers; molecules that are not named are left out, and a note says
    so. A bead is called by its formula, and beads of the same united atoms share their
    interactions, as in `by_graph`; a hydrogen whose heavy atom is in another bead counts by
    itself.

    Args:
        topology: of the atoms.
        assignments: for each name of a molecule the bead of each atom, numbered from 0 without
            gaps.
        weights: "equal" puts beads at centres of geometry, as `learn_beads` does, "mass" at
            centres of mass.
        exclude_within: pairs so many bonds of beads apart have no non-bonded interaction.

    Raises:
        ValueError: if a molecule does not exist, an assignment does not fit its atoms or skips a
            bead, molecules of the name differ, a bead has no mass, or rigid bonds join two beads.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"weights {weights!r}: use one of {WEIGHTS}")
    if not assignments:
        raise ValueError("the table names no molecule: name at least one")
    links = linked(topology)
    notes: list[str] = []
    made: list[BeadAtoms] = []
    for molecule, given in assignments.items():
        members = molecule_rows(topology, molecule)
        beads = _checked(molecule, np.asarray(given), members.shape[1])
        template = [
            BeadAtoms.of_atoms(topology, members[0][beads == bead], links)
            for bead in range(int(beads.max()) + 1)
        ]
        made += [
            replace(one, atoms=own[beads == bead])
            for own in members
            for bead, one in enumerate(template)
        ]
        notes.append(f"molecule {molecule} is mapped to {len(template)} beads by assignment")
    left = sorted(set(topology.molecule_names.tolist()) - set(assignments))
    notes += [f"molecules called {name} are left out: no beads are assigned" for name in left]
    # A stable sort: inside a molecule beads keep their numbers, on which a decoder relies.
    order = np.argsort([topology.molecules[one.atoms[0]] for one in made], kind="stable")
    names = bead_names(made)
    groups: list[Group] = [
        (names[made[k].made_of], made[k].atoms, _placing(topology, made[k].atoms, weights))
        for k in order.tolist()
    ]
    mapping = assemble(topology, groups, exclude_within)
    return replace(mapping, notes=(*notes, *mapping.notes))


def _checked(molecule: str, beads: np.ndarray, atoms: int) -> Int[np.ndarray, " atom"]:
    """Return an assignment if it names the bead of every atom and leaves none empty."""
    if beads.shape != (atoms,) or not np.issubdtype(beads.dtype, np.integer):
        raise ValueError(
            f"molecule {molecule}: an assignment of shape {beads.shape} and type {beads.dtype} "
            f"for {atoms} atoms: give the number of a bead for each"
        )
    found = np.unique(beads)
    if not np.array_equal(found, np.arange(len(found))):
        raise ValueError(
            f"molecule {molecule}: beads are numbered {found.tolist()}; number them from 0 "
            "without gaps"
        )
    return beads.astype(np.int64)


def _placing(topology: Topology, atoms: np.ndarray, weights: str) -> np.ndarray:
    """Return the position weights of a bead's atoms."""
    masses = topology.masses[atoms]
    if masses.sum() <= 0:
        raise ValueError(
            f"a bead of {len(atoms)} atoms (index {atoms[0]} is the first) has no mass: put "
            "massless sites into the bead of an atom"
        )
    return masses / masses.sum() if weights == "mass" else np.full(len(atoms), 1 / len(atoms))
