"""Beads chosen by hand: atom names per molecule type, or a preset."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.mapping.assembly import assemble, check_names

PRESETS = ("com", "residue", "atoms")


@dataclass(frozen=True)
class Bead:
    """One bead of each molecule called `molecule`.

    `atoms` are atom names, with * and ? as wildcards, in any order, as "CA" or with their residue
    as "ALA:CA"; `residues` narrows them to residues of these names. `weights` place the bead:
    "mass" (centre of mass), "equal" (centre of geometry) or one number per atom, in the order of
    the file, that sum to one.
    Beads of one `type`, which is the bead's name if left out, share their interactions.
    """

    molecule: str
    atoms: tuple[str, ...] = ("*",)
    weights: str | tuple[float, ...] = "mass"
    residues: tuple[str, ...] = ("*",)
    type: str | None = None


def by_preset(topology: Topology, preset: str, *, exclude_within: int = 3) -> Mapping:
    """Map by a rule: "com" is one bead per molecule, "residue" one bead per residue.

    Beads sit at centres of mass and carry the molecule's or residue's name, "_" in place of
    "-"; for `exclude_within` see `by_hand`. With "atoms" every atom is a bead of its own, whose
    type is the element where all are known: for potentials of atoms.

    Raises:
        ValueError: if the preset is not known, or a bead has no mass or no name.
    """
    if preset not in PRESETS:
        raise ValueError(f"unknown mapping preset {preset!r}: use one of {PRESETS}")
    if preset == "atoms":
        return _every_atom(topology, exclude_within)
    groups: list[tuple[str, np.ndarray, np.ndarray]] = []
    renamed: dict[str, None] = {}
    names = topology.molecule_names if preset == "com" else topology.residue_names
    owner = topology.molecules if preset == "com" else topology.residues
    order = np.argsort(owner, kind="stable")
    for atoms in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        given = str(names[owner[atoms[0]]] if preset == "com" else names[atoms[0]])
        if not given:
            kind = "molecule" if preset == "com" else "residue"
            raise ValueError(f"a {kind} has no name (at atom {atoms[0]}): name the beads by hand")
        name = given.replace("-", "_")
        if name != given:
            note = f"beads of {given} are called {name}: a '-' joins names of bonded types"
            renamed.setdefault(note)
        groups.append((name, atoms, _mass_weights(topology, atoms, name)))
    mapping = assemble(topology, groups, exclude_within)
    return replace(mapping, notes=(*mapping.notes, *renamed))


def _every_atom(topology: Topology, exclude_within: int) -> Mapping:
    """Map each atom to itself."""
    names = [str(name).replace("-", "_") for name in topology.names]
    groups = [(name, np.array([k]), np.ones(1)) for k, name in enumerate(names)]
    mapping = assemble(topology, groups, exclude_within)
    known = all(str(element) for element in topology.elements)
    types = topology.elements if known else np.char.replace(topology.types, "-", "_")
    check_names({str(kind) for kind in types})
    own = mapping.topology.replace(
        types=types, elements=topology.elements, residue_names=topology.residue_names
    )
    kinds = ", ".join(f"{kind} x {np.sum(types == kind)}" for kind in np.unique(types))
    notes = (f"every atom is a bead: {kinds}", *mapping.notes[1:])
    return replace(mapping, topology=own, notes=notes)


def by_hand(
    topology: Topology, beads: Table[str, Bead | dict[str, Any]], *, exclude_within: int = 3
) -> Mapping:
    """Map by named beads, e.g. {"W": {"molecule": "SOL", "atoms": ["OW", "HW*"]}}.

    Beads follow the molecules of the topology, inside a molecule the order of `beads`.
    Molecules that no bead names are left out, and a note says so. Forces are projected with
    weight one on each atom of a bead, and on each atom tied to one of them by rigid bonds, so
    that constraint forces cancel (Ciccotti, Kapral and Vanden-Eijnden, ChemPhysChem 6, 1809
    (2005); Noid et al., J. Chem. Phys. 128, 244114 (2008)).

    Beads whose atoms are bonded are bonded; angles and dihedrals are all paths of two and
    three such bonds. Pairs up to `exclude_within` (bead) bonds apart take no part in
    non-bonded interactions.

    Raises:
        ValueError: if a molecule or atom does not exist, a bead is empty, an atom is in two
            beads, weights do not fit, a name has a "-", or a rigid bond joins two beads.
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
    mapping = assemble(topology, [group[2:] for group in groups], exclude_within)
    return _typed(mapping, {name: bead.type or name for name, bead in specifications.items()})


def _typed(mapping: Mapping, types: dict[str, str]) -> Mapping:
    """Return the mapping with a type for each bead name."""
    if all(name == kind for name, kind in types.items()):
        return mapping
    check_names(set(types.values()))
    given = np.array([types[str(name)] for name in mapping.topology.names])
    told = ", ".join(f"{name} is {kind}" for name, kind in types.items() if name != kind)
    return replace(
        mapping,
        topology=mapping.topology.replace(types=given),
        notes=(*mapping.notes, f"types of beads: {told}"),
    )


def _bead(name: str, plain: dict[str, Any]) -> Bead:
    unknown = set(plain) - {"molecule", "atoms", "weights", "residues", "type"}
    if unknown or "molecule" not in plain:
        raise ValueError(
            f"bead {name}: keys {sorted(plain)}; a bead takes molecule (needed), atoms, weights, "
            "residues, type"
        )
    as_tuple = {
        key: tuple([value] if isinstance(value, str) else value)
        for key, value in plain.items()
        if key in ("atoms", "residues")
    }
    weights = plain.get("weights", "mass")
    weights = weights if isinstance(weights, str) else tuple(float(w) for w in weights)
    return Bead(molecule=plain["molecule"], weights=weights, type=plain.get("type"), **as_tuple)


def _matches(topology: Topology, molecule: np.ndarray, name: str, bead: Bead) -> np.ndarray:
    own = [str(atom) for atom in topology.names[molecule]]
    residue = [str(r) for r in topology.residue_names[molecule]]
    found = {pattern: matching(topology, molecule, pattern) for pattern in bead.atoms}
    for pattern, which in found.items():
        if not which.any():
            raise ValueError(
                f"bead {name}: no atom of molecule {bead.molecule} matches {pattern!r}; it has "
                f"{own[:12]}"
            )
    wanted = [any(fnmatchcase(r, pattern) for pattern in bead.residues) for r in residue]
    keep = np.any(list(found.values()), axis=0) & np.array(wanted)
    if not keep.any():
        raise ValueError(
            f"bead {name} is empty: molecule {bead.molecule} has atoms {own[:12]} in residues "
            f"{sorted(set(residue))}, asked for atoms {bead.atoms} in residues {bead.residues}"
        )
    return np.flatnonzero(keep)


def matching(
    topology: Topology, molecule: Int[np.ndarray, " atom"], pattern: str
) -> Bool[np.ndarray, " atom"]:
    """Return which atoms of a molecule have a name such as "CA", "H*" or "ALA:CA"."""
    residues, names = topology.residue_names[molecule], topology.names[molecule]
    both = zip(residues.tolist(), names.tolist(), strict=True)
    found = [fnmatchcase(n, pattern) or fnmatchcase(f"{r}:{n}", pattern) for r, n in both]
    return np.array(found, dtype=bool)


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
