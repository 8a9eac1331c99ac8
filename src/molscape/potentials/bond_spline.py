"""Splines of bonds: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._bond_spline import BondSpline as BondSpline

__getattr__ = defer("molscape.potentials", {"BondSpline": "_bond_spline"})


class BondSplineBlock(PotentialBlock):
    """Splines in the length of bonds (nm); without a range, that of the reference."""

    kind: Literal["bond_spline"]
    start: float | None = Field(
        default=None, ge=0, description="first knot", json_schema_extra=unit("nm")
    )
    end: float | None = Field(
        default=None, gt=0, description="last knot", json_schema_extra=unit("nm")
    )
    intervals: int = Field(default=20, ge=5, description="between knots")
    types: list[str] | None = Field(default=None, description="as `A-B`; all bonds without it")

    @model_validator(mode="after")
    def _together(self) -> BondSplineBlock:
        self.check_together("start", "end")
        return self

    def build(self, making: Making) -> list[Potential]:
        """Return the splines, one for each type where the range is the reference's own."""
        from molscape.potentials._bead_types import bonded_names, bonded_ranges
        from molscape.potentials._bond_spline import BondSpline

        names = bonded_names(self.types, making.beads, 2)
        plain = self.model_dump(include={"start", "end", "intervals"})
        if self.start is not None:
            return [BondSpline(types=names, **plain)]
        found: list[Potential] = []
        for name, (start, end) in bonded_ranges(making.beads, names, 2).items():
            found.append(BondSpline(**{**plain, "types": (name,), "start": start, "end": end}))
        return found
