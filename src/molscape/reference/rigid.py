"""What a GRO file drops of molecules: told in `reference.json`, put back on a topology read."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core.topology import Topology


def molecule_kinds(topology: Topology) -> list[dict[str, Any]]:
    """Describe one molecule of each name.

    Returns:
        For each its name, atom names, masses (u), charges (e), bonds as pairs and constraints as
        triples (atom, atom, length in nm); atoms are counted from 0 within the molecule.
    """
    described = []
    for name in sorted(set(topology.molecule_names.tolist())):
        atoms = topology.members(name)[0]
        held = np.isin(topology.constraints, atoms).all(axis=1)
        bonds = topology.bonds[np.isin(topology.bonds, atoms).all(axis=1)]
        lengths = topology.constraint_lengths[held].tolist()
        pairs = np.searchsorted(atoms, topology.constraints[held]).tolist()
        described.append(
            {
                "molecule": name,
                "atoms": topology.names[atoms].tolist(),
                "masses": topology.masses[atoms].tolist(),
                "charges": topology.charges[atoms].tolist(),
                "bonds": np.searchsorted(atoms, bonds).tolist(),
                "constraints": [[*pair, d] for pair, d in zip(pairs, lengths, strict=True)],
            }
        )
    return described


def with_constraints(topology: Topology, about: dict[str, Any]) -> Topology:
    """Return a topology with the bonds, constraints, charges and masses that were written.

    Args:
        topology: as read from the `conf.gro` of a reference.
        about: its `reference.json`; `about["kinds"]` is what `molecule_kinds` returned.

    Returns:
        The completed topology.

    Raises:
        ValueError: if the topology has no such molecule, or one with other atoms.
    """
    kinds = about.get("kinds", ())
    for kind in kinds:
        topology = _completed(topology, kind)
    return topology.replace(bonds_guessed=False) if kinds else topology


def _completed(topology: Topology, kind: dict[str, Any]) -> Topology:
    members = topology.members(kind["molecule"])
    if not members:
        present = ", ".join(sorted(set(topology.molecule_names.tolist())))
        raise ValueError(
            f"the topology has no molecule {kind['molecule']!r}, it has {present}: "
            "is conf.gro the one written with reference.json?"
        )
    for atoms in members:
        if topology.names[atoms].tolist() != kind["atoms"]:
            raise ValueError(
                f"a molecule {kind['molecule']!r} has the atoms "
                f"{', '.join(topology.names[atoms])}, expected {', '.join(kind['atoms'])}: "
                "is conf.gro the one written with reference.json?"
            )
    atoms = np.stack(members)
    bonds = _pairs(kind["bonds"])
    pairs = _pairs([[i, j] for i, j, _ in kind["constraints"]])
    lengths = np.array([length for _, _, length in kind["constraints"]], dtype=np.float64)
    masses, charges = topology.masses.copy(), topology.charges.copy()
    masses[atoms], charges[atoms] = kind["masses"], kind["charges"]
    outside = ~np.isin(topology.bonds, atoms).any(axis=1)
    free = ~np.isin(topology.constraints, atoms).any(axis=1)
    return topology.replace(
        masses=masses,
        charges=charges,
        bonds=np.concatenate([topology.bonds[outside], atoms[:, bonds].reshape(-1, 2)]),
        constraints=np.concatenate([topology.constraints[free], atoms[:, pairs].reshape(-1, 2)]),
        constraint_lengths=np.concatenate(
            [topology.constraint_lengths[free], np.tile(lengths, len(members))]
        ),
    )


def _pairs(pairs: list[list[int]]) -> np.ndarray:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
