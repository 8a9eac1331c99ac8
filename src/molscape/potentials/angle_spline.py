"""Splines of angles: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._angle_spline import STRAIGHT as STRAIGHT
    from molscape.potentials._angle_spline import AngleSpline as AngleSpline

__getattr__ = defer(
    "molscape.potentials", {"AngleSpline": "_angle_spline", "STRAIGHT": "_angle_spline"}
)


class AngleSplineBlock(PotentialBlock):
    """Splines in the angles of three beads (rad); without a range, that of the reference."""

    kind: Literal["angle_spline"]
    start: float | None = Field(
        default=None, ge=0, description="first knot", json_schema_extra=unit("rad")
    )
    end: float | None = Field(
        default=None, gt=0, description="last knot", json_schema_extra=unit("rad")
    )
    intervals: int = Field(default=20, ge=5, description="between knots")
    types: list[str] | None = Field(default=None, description="as `A-B-C`; all angles without it")

    @model_validator(mode="after")
    def _together(self) -> AngleSplineBlock:
        self.check_together("start", "end")
        return self

    def build(self, making: Making) -> list[Potential]:
        """Return the splines, one for each type where the range is the reference's own."""
        import numpy as np

        from molscape.potentials._angle_spline import STRAIGHT, AngleSpline
        from molscape.potentials._bead_types import bonded_names, bonded_ranges

        names = bonded_names(self.types, making.beads, 3)
        plain = self.model_dump(include={"start", "end", "intervals"})
        if self.start is not None:
            return [AngleSpline(types=names, **plain)]
        found: list[Potential] = []
        for name, (start, end) in bonded_ranges(making.beads, names, 3).items():
            if end > np.pi - STRAIGHT:
                end = np.pi
            found.append(AngleSpline(**{**plain, "types": (name,), "start": start, "end": end}))
        return found
