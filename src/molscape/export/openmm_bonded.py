"""Bonded terms as OpenMM forces: harmonic and periodic ones native, tables by lookup."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core import terms
from molscape.core.system import type_key
from molscape.core.topology import Topology
from molscape.export.openmm_tables import Grid, add_coefficients, coefficients, cubic


class BondedForces:
    """Gathers bonded terms into OpenMM forces; each acts on the topology's lists by type."""

    def __init__(self, openmm: Any, topology: Topology) -> None:
        self.openmm, self.topology = openmm, topology
        self.bonds = openmm.HarmonicBondForce()
        self.angles = openmm.HarmonicAngleForce()
        self.dihedrals = openmm.PeriodicTorsionForce()
        self.tables: dict[int, list[terms.BondedTable]] = {2: [], 3: [], 4: []}

    def add_harmonic_bond(self, term: terms.HarmonicBond) -> None:
        """Add a term to OpenMM's own harmonic bonds."""
        for row in _rows(self.topology, term.types):
            self.bonds.addBond(*row, term.length, term.stiffness)

    def add_harmonic_angle(self, term: terms.HarmonicAngle) -> None:
        """Add a term to OpenMM's own harmonic angles."""
        for row in _rows(self.topology, term.types):
            self.angles.addAngle(*row, term.angle, term.stiffness)

    def add_periodic_dihedral(self, term: terms.PeriodicDihedral) -> None:
        """Add a term to OpenMM's own torsions."""
        if term.multiplicity == 0:
            return  # A constant: OpenMM takes multiplicities from one on.
        for row in _rows(self.topology, term.types):
            self.dihedrals.addTorsion(*row, term.multiplicity, term.phase, term.stiffness)

    def add_table(self, term: terms.BondedTable) -> None:
        """Add a table of bonds, angles or dihedrals."""
        self.tables[term.width].append(term)

    def build(self) -> list[Any]:
        """Return the forces that act on something."""
        native = [
            (self.bonds, self.bonds.getNumBonds()),
            (self.angles, self.angles.getNumAngles()),
            (self.dihedrals, self.dihedrals.getNumTorsions()),
        ]
        forces = [force for force, count in native if count]
        for width, tables in self.tables.items():
            force = _tables(self.openmm, self.topology, tables, width)
            if force is not None:
                forces.append(force)
        return forces


def _rows(topology: Topology, types: tuple[str, ...]) -> list[list[int]]:
    """Return the bonds, angles or dihedrals of a type, read from either end."""
    lists = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}[len(types)]
    wanted = type_key(types)
    return [
        row.tolist()
        for row in lists
        if type_key(tuple(str(topology.types[i]) for i in row)) == wanted
    ]


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
