"""Splines of dihedrals: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._dihedral_spline import DihedralSpline as DihedralSpline

_NAMES = {"DihedralSpline": "_dihedral_spline"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class DihedralSplineBlock(PotentialBlock):
    """Periodic splines in the dihedrals of four beads (rad)."""

    kind: Literal["dihedral_spline"]
    intervals: int = Field(default=36, ge=5)
    types: list[str] | None = None

    def build(self, making: Making) -> list[Potential]:
        """Return the splines of all types named."""
        from molscape.potentials._bead_types import bonded_names
        from molscape.potentials._dihedral_spline import DihedralSpline

        names = bonded_names(self.types, making.beads, 4)
        return [DihedralSpline(types=names, intervals=self.intervals)]
