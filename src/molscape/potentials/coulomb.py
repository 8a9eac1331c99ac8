"""The Coulomb interaction of the beads' charges: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._coulomb import Coulomb as Coulomb
    from molscape.potentials._coulomb import check_coulomb as check_coulomb
    from molscape.potentials._coulomb import check_neutral as check_neutral
    from molscape.potentials._coulomb import check_wave_vectors as check_wave_vectors
    from molscape.potentials._coulomb import reaction_field as reaction_field
    from molscape.potentials._ewald import screening as screening

_NAMES = {
    "Coulomb": "_coulomb",
    "check_coulomb": "_coulomb",
    "check_neutral": "_coulomb",
    "check_wave_vectors": "_coulomb",
    "reaction_field": "_coulomb",
    "screening": "_ewald",
}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class CoulombBlock(PotentialBlock):
    """The charges of the beads: reaction field, or Ewald sum where the engine has it."""

    kind: Literal["coulomb"]
    cutoff: float = Field(gt=0)
    dielectric: float = Field(default=1.0, gt=0)
    method: Literal["reaction_field", "ewald"] = "reaction_field"
    reaction_field_dielectric: float = Field(default=float("inf"), ge=1)
    accuracy: float = Field(default=1e-5, gt=0)

    def build(self, making: Making) -> list[Potential]:
        """Return the potential, an Ewald sum with the wave vectors of the first box.

        Raises:
            ValueError: if no bead carries a charge.
        """
        from molscape.potentials._coulomb import Coulomb

        if not np.any(making.beads.topology.charges):
            raise ValueError(
                "potential: coulomb needs charged beads, all of these carry none: the charges of "
                "atoms come from a TPR, PSF, PRMTOP or LAMMPS data file"
            )
        boxes = making.beads[0].box
        return [Coulomb(**self.arguments(), box=None if boxes is None else boxes[0])]
