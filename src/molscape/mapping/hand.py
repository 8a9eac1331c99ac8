"""Beads chosen by hand: atom names per molecule type, or a preset."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology

PRESETS = ("com", "residue")


@dataclass(frozen=True)
class Bead:
    """One bead of each molecule called `molecule`.

    `atoms` are atom names, with * and ? as wildcards, in any order; `residues` narrows them to
    residues of these names. `weights` place the bead: "mass" (centre of mass), "equal"
    (centre of geometry) or one number per atom, in the order of the file, that sum to one.
    """

    molecule: str
    atoms: tuple[str, ...] = ("*",)
    weights: str | tuple[float, ...] = "mass"
    residues: tuple[str, ...] = ("*",)


def by_preset(topology: Topology, preset: str) -> Mapping:
    """Map by a rule: "com" is one bead per molecule, "residue" one bead per residue.

    Beads sit at centres of mass and carry the molecule's or residue's name.

    Raises:
        ValueError: if the preset is not known, or a bead has no mass.
    """
    if preset not in PRESETS:
        raise ValueError(f"unknown mapping preset {preset!r}: use one of {PRESETS}")
    groups: list[tuple[str, np.ndarray, np.ndarray]] = []
    names = topology.molecule_names if preset == "com" else topology.residue_names
    owner = topology.molecules if preset == "com" else topology.residues
    order = np.argsort(owner, kind="stable")
    for atoms in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        name = str(names[owner[atoms[0]]] if preset == "com" else names[atoms[0]])
        groups.append((name, atoms, _mass_weights(topology, atoms, name)))
    return _assemble(topology, groups)


def by_hand(topology: Topology, beads: Table[str, Bead | dict[str, Any]]) -> Mapping:
    """Map by named beads, e.g. {"W": {"molecule": "SOL", "atoms": ["OW", "HW*"]}}.

    Beads follow the molecules of the topology, inside a molecule the order of `beads`.
    Molecules that no bead names are left out, and a note says so. Forces are projected with
    weight one on each atom of a bead, and on each atom tied to one of them by rigid bonds, so
    that constraint forces cancel (Ciccotti, Kapral and Vanden-Eijnden, ChemPhysChem 6, 1809
    (2005); Noid et al., J. Chem. Phys. 128, 244114 (2008)).

    Raises:
        ValueError: if a molecule or atom does not exist, a bead is empty, an atom is in two
            beads, weights do not fit, or a rigid bond joins two beads.
    """
    if not beads:
        raise ValueError("the mapping has no beads: name at least one, or use a preset")
    specifications = {
        name: bead if isinstance(bead, Bead) else _bead(name, bead) for name, bead in beads.items()
    }
    groups: list[tuple[int, int, str, np.ndarray, np.ndarray]] = []
    for place, (name, bead) in enumerate(specifications.items()):
        members = topology.members(bead.molecule)
        if not members:
            raise ValueError(
                f"bead {name}: there is no molecule {bead.molecule!r}; the topology has "
                f"{sorted(set(topology.molecule_names.tolist()))}"
            )
        for molecule in members:
            chosen = molecule[_matches(topology, molecule, name, bead)]
            weights = _weights(topology, chosen, name, bead)
            groups.append((int(topology.molecules[molecule[0]]), place, name, chosen, weights))
    groups.sort(key=lambda group: group[:2])
    return _assemble(topology, [group[2:] for group in groups])


def _bead(name: str, plain: dict[str, Any]) -> Bead:
    unknown = set(plain) - {"molecule", "atoms", "weights", "residues"}
    if unknown or "molecule" not in plain:
        raise ValueError(
            f"bead {name}: keys {sorted(plain)}; a bead takes molecule (needed), atoms, weights, "
            "residues"
        )
    as_tuple = {
        key: tuple([value] if isinstance(value, str) else value)
        for key, value in plain.items()
        if key in ("atoms", "residues")
    }
    weights = plain.get("weights", "mass")
    weights = weights if isinstance(weights, str) else tuple(float(w) for w in weights)
    return Bead(molecule=plain["molecule"], weights=weights, **as_tuple)


def _matches(topology: Topology, molecule: np.ndarray, name: str, bead: Bead) -> np.ndarray:
    own = [str(atom) for atom in topology.names[molecule]]
    residue = [str(r) for r in topology.residue_names[molecule]]
    for pattern in bead.atoms:
        if not any(fnmatchcase(atom, pattern) for atom in own):
            raise ValueError(
                f"bead {name}: no atom of molecule {bead.molecule} matches {pattern!r}; it has "
                f"{own[:12]}"
            )
    keep = [
        any(fnmatchcase(atom, pattern) for pattern in bead.atoms)
        and any(fnmatchcase(r, pattern) for pattern in bead.residues)
        for atom, r in zip(own, residue, strict=True)
    ]
    if not any(keep):
        raise ValueError(
            f"bead {name} is empty: molecule {bead.molecule} has atoms {own[:12]} in residues "
            f"{sorted(set(residue))}, asked for atoms {bead.atoms} in residues {bead.residues}"
        )
    return np.flatnonzero(keep)


def _weights(topology: Topology, atoms: np.ndarray, name: str, bead: Bead) -> np.ndarray:
    if bead.weights == "mass":
        return _mass_weights(topology, atoms, name)
    if bead.weights == "equal":
        return np.full(len(atoms), 1.0 / len(atoms))
    if isinstance(bead.weights, str):
        raise ValueError(f"bead {name}: weights {bead.weights!r}: use mass, equal or numbers")
    weights = np.asarray(bead.weights)
    if len(weights) != len(atoms):
        raise ValueError(
            f"bead {name}: {len(weights)} weights for {len(atoms)} atoms: give one each"
        )
    if abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"bead {name}: weights sum to {weights.sum():g}: they must sum to one")
    return weights


def _mass_weights(topology: Topology, atoms: np.ndarray, name: str) -> np.ndarray:
    masses = topology.masses[atoms]
    if masses.sum() <= 0:
        raise ValueError(
            f"bead {name}: its atoms have no mass: use `weights: equal`, or give masses"
        )
    return masses / masses.sum()


def _assemble(topology: Topology, groups: list[tuple[str, np.ndarray, np.ndarray]]) -> Mapping:
    """Build weights and bead topology from (name, atoms, position weights) of every bead."""
    n_atoms, n_beads = len(topology), len(groups)
    sizes = np.array([len(atoms) for _, atoms, _ in groups])
    atoms = np.concatenate([atoms for _, atoms, _ in groups])
    weights = np.concatenate([w for _, _, w in groups])
    bead = np.repeat(np.arange(n_beads), sizes)
    names = np.array([name for name, _, _ in groups])
    _check_disjoint(topology, atoms, bead, names)
    positions = csr_matrix((weights, (bead, atoms)), shape=(n_beads, n_atoms))
    forces, tied = _force_weights(topology, atoms, bead, names)
    owner = np.full(n_atoms, -1)
    owner[atoms] = bead
    molecules, first = _renumber(topology.molecules[[a[0] for _, a, _ in groups]])
    bead_topology = Topology.build(
        names,
        masses=np.bincount(bead, topology.masses[atoms], n_beads),
        charges=np.bincount(bead, topology.charges[atoms], n_beads),
        residue_names=names,
        residues=_renumber(topology.residues[[a[0] for _, a, _ in groups]])[0],
        molecules=molecules,
        molecule_names=topology.molecule_names[first],
        bonds=_bead_bonds(topology, owner),
    )
    notes = [f"{n_beads} beads from {n_atoms} atoms; types {_counted(names)}"]
    left = n_atoms - len(atoms)
    if left:
        notes.append(f"{left} atoms belong to no bead")
    if tied:
        notes.append(
            f"{tied} atoms outside beads are tied to a bead's atom by rigid bonds: their forces "
            "are added to that bead's"
        )
    return Mapping(positions, forces, bead_topology, tuple(notes))


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


def _force_weights(
    topology: Topology, atoms: np.ndarray, bead: np.ndarray, names: np.ndarray
) -> tuple[csr_matrix, int]:
    n_atoms, n_beads = len(topology), int(bead.max()) + 1
    owner = np.full(n_atoms, -1)
    owner[atoms] = bead
    rigid = topology.constraints
    graph = csr_matrix((np.ones(len(rigid)), (rigid[:, 0], rigid[:, 1])), shape=(n_atoms, n_atoms))
    _, cluster = connected_components(graph, directed=False)
    home = np.full(int(cluster.max()) + 1, -1)
    home[cluster[atoms]] = bead
    clash = home[cluster[atoms]] != bead
    if np.any(clash):
        other = int(home[cluster[atoms[np.argmax(clash)]]])
        atom = int(atoms[np.argmax(clash)])
        raise ValueError(
            f"rigid bonds join beads {names[bead[np.argmax(clash)]]} and {names[other]} (at atom "
            f"{topology.names[atom]}, index {atom}): no projected force is valid there; put "
            "rigidly connected atoms into one bead"
        )
    taken = home[cluster]
    reached = np.flatnonzero(taken >= 0)
    weights = csr_matrix(
        (np.ones(len(reached)), (taken[reached], reached)), shape=(n_beads, n_atoms)
    )
    return weights, len(reached) - len(atoms)


def _renumber(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return indices counted from 0 in order of appearance, and the old index of each."""
    old, first, inverse = np.unique(indices, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return rank[inverse], old[np.argsort(first)]


def _bead_bonds(topology: Topology, owner: np.ndarray) -> np.ndarray:
    ends = owner[topology.bonds]
    ends = ends[(ends[:, 0] != ends[:, 1]) & (ends >= 0).all(axis=1)]
    return np.unique(np.sort(ends, axis=1), axis=0).astype(np.int64).reshape(-1, 2)
