"""The Coulomb interaction of the beads' charges: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._coulomb import Coulomb as Coulomb
    from molscape.potentials._coulomb import check_coulomb as check_coulomb
    from molscape.potentials._coulomb import check_neutral as check_neutral
    from molscape.potentials._coulomb import check_wave_vectors as check_wave_vectors
    from molscape.potentials._coulomb import reaction_field as reaction_field
    from molscape.potentials._ewald import screening as screening

__getattr__ = defer(
    "molscape.potentials",
    {
        "Coulomb": "_coulomb",
        "check_coulomb": "_coulomb",
        "check_neutral": "_coulomb",
        "check_wave_vectors": "_coulomb",
        "reaction_field": "_coulomb",
        "screening": "_ewald",
    },
)


class CoulombBlock(PotentialBlock):
    """The charges of the beads: reaction field, or Ewald sum where the engine has it."""

    kind: Literal["coulomb"]
    cutoff: float = Field(gt=0, description="of the pairs", json_schema_extra=unit("nm"))
    dielectric: float = Field(
        default=1.0, gt=0, description="constant that divides every interaction"
    )
    method: Literal["reaction_field", "ewald"] = Field(
        default="reaction_field",
        description=(
            "beyond the cutoff: a dielectric, or the sum over all periodic images (neutral boxes)"
        ),
    )
    reaction_field_dielectric: float = Field(
        default=float("inf"),
        ge=1,
        description="of the medium beyond the cutoff; inf is a conductor",
    )
    accuracy: float = Field(default=1e-5, gt=0, description="relative, of Ewald forces")

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
