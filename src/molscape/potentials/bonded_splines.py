"""Splines of all bonded types: a recipe block that stands for those of bonds, angles, dihedrals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from molscape.potentials._block import Making, PotentialBlock
from molscape.potentials.angle_spline import AngleSplineBlock
from molscape.potentials.bond_spline import BondSplineBlock
from molscape.potentials.dihedral_spline import DihedralSplineBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential


class BondedSplinesBlock(PotentialBlock):
    """Splines of all bonds, angles and dihedrals that the beads have; none where they have none."""

    kind: Literal["bonded_splines"]
    intervals: int = Field(default=20, ge=5, description="between knots, of bonds and angles")
    dihedral_intervals: int = Field(
        default=36, ge=5, description="between knots, around the circle"
    )

    def blocks(self, making: Making) -> list[PotentialBlock]:
        """Return the blocks of the splines that the beads have a use for."""
        wide, around = self.intervals, self.dihedral_intervals
        of = making.beads.topology
        every: list[tuple[PotentialBlock, int]] = [
            (BondSplineBlock(kind="bond_spline", intervals=wide), len(of.bonds)),
            (AngleSplineBlock(kind="angle_spline", intervals=wide), len(of.angles)),
            (
                DihedralSplineBlock(kind="dihedral_spline", intervals=around),
                len(of.dihedrals),
            ),
        ]
        return [block for block, count in every if count]

    def build(self, making: Making) -> list[Potential]:
        """Return the splines of all types that the beads have."""
        return [one for block in self.blocks(making) for one in block.build(making)]
