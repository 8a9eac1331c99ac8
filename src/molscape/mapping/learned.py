"""A mapping from the bead of each atom, as it is learned from data."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping import bead_graph
from molscape.mapping.assembly import Group, assemble
from molscape.mapping.constituents import BeadAtoms, bead_names
from molscape.mapping.molecular_graph import linked
from molscape.mapping.moments import molecule_rows

WEIGHTS = ("equal", "mass")

APART_FRAMES = 200
"""Frames that tell which beads are near."""


def by_assignment(
    topology: Topology,
    assignments: Table[str, Any],
    *,
    weights: str = "equal",
    exclude_within: int = 3,
    joined: Table[str, Any] | None = None,
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
        joined: for names of molecules pairs of bead numbers that are bonded although their atoms
            are not, as `missing_bonds` finds them.

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
    more, told = _more_bonds(topology, [made[k] for k in order.tolist()], joined or {})
    mapping = assemble(topology, groups, exclude_within, more)
    return replace(mapping, notes=(*notes, *told, *mapping.notes))


def missing_bonds(mapping: Mapping, atoms: Trajectory, molecule: str) -> list[tuple[int, int]]:
    """Return pairs of beads of a molecule that join the pieces its bonds leave it in.

    Pieces are joined where they are nearest on average, by as few pairs as that takes.

    Args:
        mapping: whose molecules of this name have the same beads and bonds.
        atoms: some frames of it, `APART_FRAMES` at most, tell what is near.
        molecule: name.

    Returns:
        Pairs of beads, numbered inside the molecule; none where bonds join all of its beads.
    """
    rows = molecule_rows(mapping.topology, molecule)
    bonds = mapping.topology.bonds
    own = np.searchsorted(rows[0], bonds[np.isin(bonds, rows[0]).all(axis=1)])
    squares, count = np.zeros((rows.shape[1], rows.shape[1])), 0
    few = atoms[:: max(1, len(atoms) // APART_FRAMES)]
    for frames in few.chunks():
        beads = mapping.map_frames(frames).positions[:, rows]
        squares += np.sum((beads[..., :, None, :] - beads[..., None, :, :]) ** 2, axis=(0, 1, 4))
        count += len(frames) * len(rows)
    known = {(int(a), int(b)) for a, b in np.sort(own, axis=1)}
    edges = bead_graph.joined(own, np.sqrt(squares / max(count, 1)))
    return [(a, b) for a, b in edges.tolist() if (a, b) not in known]


def _more_bonds(
    topology: Topology, made: list[BeadAtoms], joined: Table[str, Any]
) -> tuple[np.ndarray, list[str]]:
    """Return the bonds between beads that `joined` adds, and what is told of them."""
    owner = np.array([topology.molecules[one.atoms[0]] for one in made])
    names = topology.molecule_names[owner]
    rows: list[np.ndarray] = [np.zeros((0, 2), dtype=np.int64)]
    notes = []
    for molecule, pairs in joined.items():
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        if not len(pairs):
            continue
        first = np.flatnonzero((names == molecule) & (np.diff(owner, prepend=-1) != 0))
        rows += [start + pairs for start in first]
        told = ", ".join(f"{a} and {b}" for a, b in pairs.tolist())
        notes.append(
            f"molecule {molecule}: beads {told} are bonded, as the nearest of pieces that no bond "
            "between atoms joins"
        )
    return np.concatenate(rows), notes


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
