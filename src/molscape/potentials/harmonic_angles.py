"""Harmonic angles: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._harmonic_angles import HarmonicAngles as HarmonicAngles

__getattr__ = defer("molscape.potentials", {"HarmonicAngles": "_harmonic_angles"})


class HarmonicAnglesBlock(PotentialBlock):
    """Harmonic angles 1/2 k (t - t0)^2; k and t0 from the reference's fluctuations if not given."""

    kind: Literal["harmonic_angles"]
    types: list[str] | None = Field(default=None, description="triples of types, as `A-B-C`")
    stiffness: list[float] | None = Field(
        default=None, description="k of each", json_schema_extra=unit("kJ/mol/rad²")
    )
    angle: list[float] | None = Field(
        default=None, description="θ₀ of each", json_schema_extra=unit("rad")
    )

    @model_validator(mode="after")
    def _together(self) -> HarmonicAnglesBlock:
        self.check_together("types", "stiffness", "angle")
        return self

    def build(self, making: Making) -> list[Potential]:
        """Return the potential, its constants from the beads unless given."""
        from molscape.core.state import State
        from molscape.potentials._bead_types import PRIOR_FRAMES, bonded_names, some_frames
        from molscape.potentials._harmonic_angles import HarmonicAngles
        from molscape.potentials._harmonic_prior import harmonic_from_data

        if self.types is not None:
            bonded_names(self.types, making.beads, 3)
            return [HarmonicAngles(**self.arguments())]
        data = [(some_frames(making.beads, PRIOR_FRAMES), State(making.temperature))]
        return [harmonic_from_data(data, "angle")]
