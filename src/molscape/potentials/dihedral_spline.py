"""Splines of dihedrals: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._dihedral_spline import DihedralSpline as DihedralSpline

__getattr__ = defer("molscape.potentials", {"DihedralSpline": "_dihedral_spline"})


class DihedralSplineBlock(PotentialBlock):
    """Periodic splines in the dihedrals of four beads (rad)."""

    kind: Literal["dihedral_spline"]
    intervals: int = Field(default=36, ge=5, description="between knots, around the circle")
    types: list[str] | None = Field(
        default=None, description="as `A-B-C-D`; all dihedrals without it"
    )

    def build(self, making: Making) -> list[Potential]:
        """Return the splines of all types named."""
        from molscape.potentials._bead_types import bonded_names
        from molscape.potentials._dihedral_spline import DihedralSpline

        names = bonded_names(self.types, making.beads, 4)
        return [DihedralSpline(types=names, intervals=self.intervals)]
