"""The Lennard-Jones pair potential: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._lennard_jones import LennardJones as LennardJones

_NAMES = {"LennardJones": "_lennard_jones"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class LennardJonesBlock(PotentialBlock):
    """Lennard-Jones; one value for all pairs, or one for each; without `pairs`, all pairs."""

    kind: Literal["lennard_jones"]
    epsilon: float | list[float]
    sigma: float | list[float]
    cutoff: float = Field(gt=0)
    smooth: Literal["none", "shift", "force"] = "shift"
    pairs: list[tuple[str, str]] | None = None

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of all pairs named."""
        from molscape.potentials._bead_types import named_pairs
        from molscape.potentials._lennard_jones import LennardJones

        pairs = named_pairs(self.pairs, making)
        each = {
            name: np.broadcast_to(getattr(self, name), len(pairs)) for name in ("epsilon", "sigma")
        }
        return [LennardJones(**{**self.arguments(), **each, "pairs": pairs})]
