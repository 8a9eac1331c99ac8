"""Pair potentials as uniform B-splines: the recipe block, and the class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, Pairs, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._pair_spline import PairSpline as PairSpline
    from molscape.potentials._pair_spline import blending as blending
    from molscape.potentials._pair_spline import end_condition as end_condition

__getattr__ = defer(
    "molscape.potentials",
    {"PairSpline": "_pair_spline", "blending": "_pair_spline", "end_condition": "_pair_spline"},
)


class PairSplineBlock(PotentialBlock):
    """A pair spline; without `pairs`, all pairs of bead types."""

    kind: Literal["pair_spline"]
    start: float = Field(ge=0, description="innermost knot", json_schema_extra=unit("nm"))
    cutoff: float = Field(
        gt=0, description="end of the potential; at most half the box", json_schema_extra=unit("nm")
    )
    spacing: float = Field(
        gt=0,
        description="distance of knots; (cutoff − start)/spacing must be whole",
        json_schema_extra=unit("nm"),
    )
    degree: Literal[3, 4, 5] = Field(
        default=4, description="of the energy; 4 makes the force a cubic spline"
    )
    pairs: Pairs = None

    @model_validator(mode="after")
    def _whole(self) -> PairSplineBlock:
        length = self.cutoff - self.start
        if length <= 0:
            raise ValueError(
                f"start {self.start:g} nm is not below the cutoff of {self.cutoff:g} nm: choose a "
                "larger `cutoff` or a smaller `start`"
            )
        intervals = length / self.spacing
        if abs(intervals - round(intervals)) > 1e-6:
            fewer, more = math.floor(intervals), math.ceil(intervals)
            ends = [f"{self.start + n * self.spacing:g}" for n in (fewer, more) if n]
            widths = [f"{length / n:.9g}" for n in (more, fewer) if n]
            raise ValueError(
                f"from start {self.start:g} to cutoff {self.cutoff:g} nm there are {intervals:.7g} "
                f"spacings of {self.spacing:g} nm, not a whole number: use cutoff "
                f"{' or '.join(ends)}, or spacing {' or '.join(widths)}"
            )
        return self

    def build(self, making: Making) -> list[Potential]:
        """Return the spline, with no energy yet."""
        from molscape.potentials._bead_types import named_pairs
        from molscape.potentials._pair_spline import PairSpline

        return [PairSpline(**{**self.arguments(), "pairs": named_pairs(self.pairs, making)})]
