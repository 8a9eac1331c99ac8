"""Bonded terms as OpenMM forces: harmonic and periodic ones native, tables by lookup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from molscape.core import terms
from molscape.core.system import type_key
from molscape.core.topology import Topology
from molscape.export.openmm_tables import Grid, add_coefficients, coefficients, cubic

BondedTerm = terms.HarmonicBond | terms.HarmonicAngle | terms.PeriodicDihedral | terms.BondedTable


def bonded_forces(openmm: Any, topology: Topology, bonded: Sequence[BondedTerm]) -> list[Any]:
    """Return the OpenMM forces of bonded terms; each acts on the topology's lists by type.

    Args:
        openmm: the module.
        topology: types, and the lists of bonds, angles and dihedrals.
        bonded: the terms.
    """
    forces = [
        _harmonic_bonds(openmm, topology, _only(bonded, terms.HarmonicBond)),
        _harmonic_angles(openmm, topology, _only(bonded, terms.HarmonicAngle)),
        _periodic_dihedrals(openmm, topology, _only(bonded, terms.PeriodicDihedral)),
    ]
    tables = _only(bonded, terms.BondedTable)
    for width in (2, 3, 4):
        own = [table for table in tables if len(table.types) == width]
        forces.append(_tables(openmm, topology, own, width))
    return [force for force in forces if force is not None]


def _only(bonded: Sequence[BondedTerm], kind: Any) -> list[Any]:
    return [term for term in bonded if isinstance(term, kind)]


def _rows(topology: Topology, types: tuple[str, ...]) -> list[list[int]]:
    """Return the bonds, angles or dihedrals of a type, read from either end."""
    lists = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}[len(types)]
    wanted = type_key(types)
    return [
        row.tolist()
        for row in lists
        if type_key(tuple(str(topology.types[i]) for i in row)) == wanted
    ]


def _harmonic_bonds(openmm: Any, topology: Topology, bonds: list[terms.HarmonicBond]) -> Any:
    force = openmm.HarmonicBondForce()
    for term in bonds:
        for row in _rows(topology, term.types):
            force.addBond(*row, term.length, term.stiffness)
    return force if force.getNumBonds() else None


def _harmonic_angles(openmm: Any, topology: Topology, angles: list[terms.HarmonicAngle]) -> Any:
    force = openmm.HarmonicAngleForce()
    for term in angles:
        for row in _rows(topology, term.types):
            force.addAngle(*row, term.angle, term.stiffness)
    return force if force.getNumAngles() else None


def _periodic_dihedrals(
    openmm: Any, topology: Topology, dihedrals: list[terms.PeriodicDihedral]
) -> Any:
    force = openmm.PeriodicTorsionForce()
    for term in dihedrals:
        for row in _rows(topology, term.types):
            if term.multiplicity == 0:
                continue  # A constant: OpenMM takes multiplicities from one on.
            force.addTorsion(*row, term.multiplicity, term.phase, term.stiffness)
    return force if force.getNumTorsions() else None


def _tables(openmm: Any, topology: Topology, tables: list[terms.BondedTable], width: int) -> Any:
    """Return one force for all tables of bonds (width 2), angles (3) or dihedrals (4).

    It is a compound bond: OpenMM's own custom bonds, angles and torsions take no tables. Beyond
    the ends of a table of bonds or angles the energy goes on as a parabola.
    """
    coordinate = {
        2: "distance(p1, p2)",
        3: "angle(p1, p2, p3)",
        4: "dihedral(p1, p2, p3, p4)",
    }[width]
    expression = cubic("table", coordinate, "start", "inverse", "last", "base")
    force = openmm.CustomCompoundBondForce(width, f"table; {expression}")
    for label in ("start", "inverse", "last", "base"):
        force.addPerBondParameter(label)
    blocks: list[np.ndarray] = []
    base = 0
    for table in tables:
        rows = _rows(topology, table.types)
        if not rows:
            continue
        grid = Grid.of(table.coordinate)
        for row in rows:
            force.addBond(row, [grid.start, 1 / grid.spacing, grid.points - 1.0, float(base)])
        blocks.append(coefficients(grid.spacing, table.energy, table.force, curved_ends=width < 4))
        base += grid.rows
    if not blocks:
        return None
    add_coefficients(openmm, force, "table", blocks)
    force.setName({2: "bond tables", 3: "angle tables", 4: "dihedral tables"}[width])
    return force
