"""Periodic dihedrals: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._periodic_dihedrals import PeriodicDihedrals as PeriodicDihedrals

__getattr__ = defer("molscape.potentials", {"PeriodicDihedrals": "_periodic_dihedrals"})


class PeriodicDihedralsBlock(PotentialBlock):
    """Dihedrals k (1 + cos(n phi - phi0)); a type may come several times."""

    kind: Literal["periodic_dihedrals"]
    types: list[str] = Field(
        description="as `A-B-C-D`; a type may come several times, with different n"
    )
    stiffness: list[float] = Field(description="k of each", json_schema_extra=unit("kJ/mol"))
    multiplicity: list[int] = Field(description="n of each")
    phase: list[float] = Field(description="φ₀ of each", json_schema_extra=unit("rad"))

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of the types named."""
        from molscape.potentials._bead_types import bonded_names
        from molscape.potentials._periodic_dihedrals import PeriodicDihedrals

        bonded_names(self.types, making.beads, 4)
        return [PeriodicDihedrals(**self.arguments())]
