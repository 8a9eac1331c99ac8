"""Harmonic bonds: the recipe block, and the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from molscape.core.block import unit
from molscape.core.lazy import defer
from molscape.potentials._block import Making, PotentialBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.potentials._harmonic_bonds import HarmonicBonds as HarmonicBonds

__getattr__ = defer("molscape.potentials", {"HarmonicBonds": "_harmonic_bonds"})


class HarmonicBondsBlock(PotentialBlock):
    """Harmonic bonds 1/2 k (r - r0)^2; k and r0 from the reference's fluctuations if not given."""

    kind: Literal["harmonic_bonds"]
    types: list[str] | None = Field(default=None, description="pairs of types, as `A-B`")
    stiffness: list[float] | None = Field(
        default=None, description="k of each", json_schema_extra=unit("kJ/mol/nm²")
    )
    length: list[float] | None = Field(
        default=None, description="r₀ of each", json_schema_extra=unit("nm")
    )

    @model_validator(mode="after")
    def _together(self) -> HarmonicBondsBlock:
        self.check_together("types", "stiffness", "length")
        return self

    def build(self, making: Making) -> list[Potential]:
        """Return the potential, its constants from the beads unless given."""
        from molscape.core.state import State
        from molscape.potentials._bead_types import PRIOR_FRAMES, bonded_names, some_frames
        from molscape.potentials._harmonic_bonds import HarmonicBonds
        from molscape.potentials._harmonic_prior import harmonic_from_data

        if self.types is not None:
            bonded_names(self.types, making.beads, 2)
            return [HarmonicBonds(**self.arguments())]
        data = [(some_frames(making.beads, PRIOR_FRAMES), State(making.temperature))]
        return [harmonic_from_data(data, "bond")]
