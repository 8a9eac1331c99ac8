"""From groups of atoms with position weights to a mapping with its bead topology."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.mapping.force_weights import unit_force_weights

CHARGE_DIGITS = 9
"""Charges of beads are rounded to so many digits of e: sums of decimals miss zero by less."""

CHARGE_TOLERANCE = 1e-3
"""A molecule's charge within this of a whole number (e) counts as one: files round charges."""

Group = tuple[str, np.ndarray, np.ndarray]
"""A bead: its name, the indices of its atoms and their position weights."""


def assemble(
    topology: Topology,
    groups: list[Group],
    exclude_within: int = 3,
    more_bonds: Int[np.ndarray, "bond 2"] | None = None,
) -> Mapping:
    """Build weights and bead topology from the name, atoms and weights of every bead.

    Masses and charges are those of a bead's atoms together. Forces get weight one on a bead's
    atoms and on those tied to them by rigid bonds. Beads are bonded where their atoms are, and
    where `more_bonds` says so.

    Raises:
        ValueError: if an atom is in two beads, a name has a "-" or is empty, `exclude_within`
            is negative, a rigid bond joins two beads, or beads of several atoms would be bonded
            by bonds that were guessed without being asked for.
    """
    check_names({name for name, _, _ in groups})
    if exclude_within < 0:
        raise ValueError(f"exclude_within {exclude_within}: give a number of bonds, 0 or more")
    n_atoms, n_beads = len(topology), len(groups)
    sizes = np.array([len(atoms) for _, atoms, _ in groups])
    atoms = np.concatenate([atoms for _, atoms, _ in groups])
    weights = np.concatenate([w for _, _, w in groups])
    bead = np.repeat(np.arange(n_beads), sizes)
    names = np.array([name for name, _, _ in groups])
    _check_disjoint(topology, atoms, bead, names)
    positions = csr_matrix((weights, (bead, atoms)), shape=(n_beads, n_atoms))
    forces, tied = unit_force_weights(topology, atoms, bead, names)
    owner = np.full(n_atoms, -1)
    owner[atoms] = bead
    molecules, first = _renumber(topology.molecules[[a[0] for _, a, _ in groups]])
    charges = np.bincount(bead, topology.charges[atoms], n_beads).round(CHARGE_DIGITS)
    bonds = _bead_bonds(topology, owner, more_bonds)
    if len(bonds) and sizes.max() > 1:
        check_bonds(topology)
    bead_topology = Topology.build(
        names,
        masses=np.bincount(bead, topology.masses[atoms], n_beads),
        charges=charges + 0.0,
        residue_names=names,
        residues=_renumber(topology.residues[[a[0] for _, a, _ in groups]])[0],
        molecules=molecules,
        molecule_names=topology.molecule_names[first],
        bonds=bonds,
        exclude_within=exclude_within,
    ).with_connected_angles()
    notes = [f"{n_beads} beads from {n_atoms} atoms; types {_counted(names)}"]
    left = n_atoms - len(atoms)
    if left:
        notes.append(f"{left} atoms belong to no bead")
    if tied:
        notes.append(
            f"{tied} atoms outside beads are tied to a bead's atom by rigid bonds: their forces "
            "are added to that bead's"
        )
    notes += _apart(bead_topology) + _charged(bead_topology)
    return Mapping(positions, forces, bead_topology, tuple(notes))


def check_names(names: set[str]) -> None:
    """Raise ValueError if a name of a bead or of a type is empty or has a "-"."""
    for name in sorted(names):
        if "-" in name or not name.strip():
            raise ValueError(
                f"bead name {name!r}: names of bonded types are joined by '-' (A-B), so a bead "
                "needs a name without one; use letters, digits or '_'"
            )


def check_bonds(topology: Topology) -> None:
    """Raise ValueError if bonds were found from distances without being asked for."""
    if topology.bonds_guessed:
        raise ValueError(
            "the topology carries no bonds, and this mapping needs them: give a topology that has "
            "them (TPR, PSF, PRMTOP or LAMMPS data), or ask that they are guessed from distances: "
            "`guess_bonds: true` in the reference, open(..., guess_bonds=True), or --guess-bonds"
        )


def _counted(names: np.ndarray) -> str:
    kinds, counts = np.unique(names, return_counts=True)
    return ", ".join(f"{kind} x {count}" for kind, count in zip(kinds, counts, strict=True))


def _check_disjoint(
    topology: Topology, atoms: np.ndarray, bead: np.ndarray, names: np.ndarray
) -> None:
    count = np.bincount(atoms, minlength=len(topology))
    if np.any(count > 1):
        atom = int(np.argmax(count > 1))
        owners = sorted({str(names[b]) for b in bead[atoms == atom]})
        raise ValueError(
            f"atom {topology.names[atom]} (index {atom}) is in beads {owners}: an atom may be in "
            "one bead only"
        )


def _renumber(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return indices counted from 0 in order of appearance, and the old index of each."""
    old, first, inverse = np.unique(indices, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return rank[inverse], old[np.argsort(first)]


def _bead_bonds(topology: Topology, owner: np.ndarray, more: np.ndarray | None) -> np.ndarray:
    ends = owner[topology.bonds]
    ends = ends[(ends[:, 0] != ends[:, 1]) & (ends >= 0).all(axis=1)]
    if more is not None:
        ends = np.concatenate([ends, more])
    return np.unique(np.sort(ends, axis=1), axis=0).astype(np.int64).reshape(-1, 2)


def _apart(beads: Topology) -> list[str]:
    """Say which molecules have beads that no chain of bonds joins: nothing holds them together."""
    n, bonds = len(beads), beads.bonds
    graph = csr_matrix((np.ones(len(bonds)), (bonds[:, 0], bonds[:, 1])), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    pairs = np.unique(np.stack([beads.molecules, part], axis=1), axis=0)
    loose = np.flatnonzero(np.bincount(pairs[:, 0], minlength=beads.n_molecules) > 1)
    return [
        f"the beads of molecule {name} are not all joined by bonds: nothing bonded holds them "
        "together; give atoms with bonds, and beads that touch"
        for name in np.unique(beads.molecule_names[loose]).tolist()
    ]


def _charged(beads: Topology) -> list[str]:
    """Say what the beads' charges add up to, and which molecules have a part of a charge."""
    notes = []
    total = float(beads.charges.sum())
    if np.any(beads.charges):
        notes.append(f"the beads' charges add up to {total:.6g} e")
    sums = np.bincount(beads.molecules, beads.charges, beads.n_molecules)
    for name in np.unique(beads.molecule_names).tolist():
        charge = float(sums[beads.molecule_names == name][0])
        if abs(charge - round(charge)) > CHARGE_TOLERANCE:
            notes.append(
                f"the beads of a molecule {name} carry {charge:.6g} e together, not a whole "
                "charge: charged atoms are left out of the beads, or charges are missing"
            )
    return notes
