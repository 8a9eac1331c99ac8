"""The Stillinger-Weber potential: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from molscape.core.block import Name, unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._stillinger_weber import FREE as FREE
    from molscape.potentials._stillinger_weber import StillingerWeber as StillingerWeber

__getattr__ = defer(
    "molscape.potentials", {"StillingerWeber": "_stillinger_weber", "FREE": "_stillinger_weber"}
)


class StillingerWeberBlock(PotentialBlock):
    """Stillinger-Weber with epsilon in kJ/mol and sigma in nm."""

    kind: Literal["stillinger_weber"]
    type: Name = Field(description="bead type")
    epsilon: float = Field(description="ε", json_schema_extra=unit("kJ/mol"))
    sigma: float = Field(description="σ", json_schema_extra=unit("nm"))
    a: float = Field(description="cutoff in units of σ")
    lambda_: float = Field(alias="lambda", description="strength of the three-body term")
    gamma: float = Field(description="its decay")
    cos_theta0: float = Field(description="cosine of the preferred angle")
    A: float = Field(description="strength of the two-body term")
    B: float = Field(description="its repulsion")
    p: float = Field(description="exponent of the repulsion")
    q: float = Field(description="exponent of the attraction")

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of the bead type."""
        from molscape.potentials._bead_types import check_types
        from molscape.potentials._stillinger_weber import StillingerWeber

        check_types([self.type], making)
        return [StillingerWeber(**self.arguments())]
