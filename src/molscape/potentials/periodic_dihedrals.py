"""Periodic dihedrals: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._periodic_dihedrals import PeriodicDihedrals as PeriodicDihedrals

_NAMES = {"PeriodicDihedrals": "_periodic_dihedrals"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class PeriodicDihedralsBlock(PotentialBlock):
    """Dihedrals k (1 + cos(n phi - phi0)); a type may come several times."""

    kind: Literal["periodic_dihedrals"]
    types: list[str]
    stiffness: list[float]
    multiplicity: list[int]
    phase: list[float]

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of the types named."""
        from molscape.potentials._bead_types import bonded_names
        from molscape.potentials._periodic_dihedrals import PeriodicDihedrals

        bonded_names(self.types, making.beads, 4)
        return [PeriodicDihedrals(**self.arguments())]
