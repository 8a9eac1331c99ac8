"""The Lennard-Jones pair potential: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, Pairs, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._lennard_jones import LennardJones as LennardJones

__getattr__ = defer("molscape.potentials", {"LennardJones": "_lennard_jones"})


class LennardJonesBlock(PotentialBlock):
    """Lennard-Jones; one value for all pairs, or one for each; without `pairs`, all pairs."""

    kind: Literal["lennard_jones"]
    epsilon: float | list[float] = Field(
        description="ε, one for all pairs or one for each", json_schema_extra=unit("kJ/mol")
    )
    sigma: float | list[float] = Field(description="σ, likewise", json_schema_extra=unit("nm"))
    cutoff: float = Field(gt=0, json_schema_extra=unit("nm"))
    smooth: Literal["none", "shift", "force"] = Field(
        default="shift",
        description="at the cutoff: nothing, the energy is zero, energy and force are zero",
    )
    pairs: Pairs = None

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of all pairs named."""
        from molscape.potentials._bead_types import named_pairs
        from molscape.potentials._lennard_jones import LennardJones

        pairs = named_pairs(self.pairs, making)
        each = {
            name: np.broadcast_to(getattr(self, name), len(pairs)) for name in ("epsilon", "sigma")
        }
        return [LennardJones(**{**self.arguments(), **each, "pairs": pairs})]
