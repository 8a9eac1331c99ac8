"""Rigid molecules: told in `reference.json`, put back on a topology that was read from a file."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core.topology import Topology


def rigid_molecules(topology: Topology) -> list[dict[str, Any]]:
    """Describe one molecule of each name that has constraints.

    Returns:
        For each its name, atom names, masses (u), charges (e), pairs of atom names that are
        bonded, and triples (name, name, length in nm) of constraints.

    Raises:
        ValueError: if two atoms of such a molecule have one name.
    """
    described = []
    for name in sorted(set(topology.molecule_names.tolist())):
        atoms = topology.members(name)[0]
        held = np.isin(topology.constraints, atoms).all(axis=1)
        if not held.any():
            continue
        names = topology.names[atoms].tolist()
        if len(set(names)) < len(names):
            raise ValueError(
                f"atoms of the rigid molecule {name!r} share a name ({', '.join(names)}): name "
                "each differently"
            )
        bonds = topology.bonds[np.isin(topology.bonds, atoms).all(axis=1)]
        lengths = topology.constraint_lengths[held].tolist()
        pairs = topology.names[topology.constraints[held]].tolist()
        described.append(
            {
                "molecule": name,
                "atoms": names,
                "masses": topology.masses[atoms].tolist(),
                "charges": topology.charges[atoms].tolist(),
                "bonds": topology.names[bonds].tolist(),
                "constraints": [[*pair, d] for pair, d in zip(pairs, lengths, strict=True)],
            }
        )
    return described


def with_constraints(topology: Topology, about: dict[str, Any]) -> Topology:
    """Return a topology with the bonds, constraints, charges and masses of its rigid molecules.

    Args:
        topology: as read from the `conf.gro` of a reference.
        about: its `reference.json`; `about["rigid"]` is what `rigid_molecules` returned.

    Returns:
        The completed topology.

    Raises:
        ValueError: if the topology has no such molecule, or one with other atoms.
    """
    for rigid in about.get("rigid", ()):
        topology = _made_rigid(topology, rigid)
    return topology


def _made_rigid(topology: Topology, rigid: dict[str, Any]) -> Topology:
    members = topology.members(rigid["molecule"])
    if not members:
        present = ", ".join(sorted(set(topology.molecule_names.tolist())))
        raise ValueError(
            f"the topology has no molecule {rigid['molecule']!r}, it has {present}: "
            "is conf.gro the one written with reference.json?"
        )
    for atoms in members:
        if topology.names[atoms].tolist() != rigid["atoms"]:
            raise ValueError(
                f"a molecule {rigid['molecule']!r} has the atoms "
                f"{', '.join(topology.names[atoms])}, expected {', '.join(rigid['atoms'])}: "
                "is conf.gro the one written with reference.json?"
            )
    atoms = np.stack(members)
    place = {name: k for k, name in enumerate(rigid["atoms"])}
    bonds = np.array([[place[a], place[b]] for a, b in rigid["bonds"]])
    pairs = np.array([[place[a], place[b]] for a, b, _ in rigid["constraints"]])
    lengths = np.array([length for _, _, length in rigid["constraints"]], dtype=np.float64)
    masses, charges = topology.masses.copy(), topology.charges.copy()
    masses[atoms], charges[atoms] = rigid["masses"], rigid["charges"]
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
