"""The Stillinger-Weber potential: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from molscape.core.lazy import load
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._stillinger_weber import FREE as FREE
    from molscape.potentials._stillinger_weber import StillingerWeber as StillingerWeber

_NAMES = {"StillingerWeber": "_stillinger_weber", "FREE": "_stillinger_weber"}


def __getattr__(name: str) -> Any:
    return load("molscape.potentials", _NAMES, name)


class StillingerWeberBlock(PotentialBlock):
    """Stillinger-Weber with epsilon in kJ/mol and sigma in nm."""

    kind: Literal["stillinger_weber"]
    type: str
    epsilon: float
    sigma: float
    a: float
    lambda_: float = Field(alias="lambda")
    gamma: float
    cos_theta0: float
    A: float
    B: float
    p: float
    q: float

    def build(self, making: Making) -> list[Potential]:
        """Return the potential of the bead type."""
        from molscape.potentials._bead_types import check_types
        from molscape.potentials._stillinger_weber import StillingerWeber

        check_types([self.type], making)
        return [StillingerWeber(**self.arguments())]
