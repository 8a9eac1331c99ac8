"""Block of a recipe that says what all-atom data is made with OpenMM, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from molscape.core.block import Block, unit
from molscape.core.units import BAR

if TYPE_CHECKING:
    from molscape.reference import MakingOptions, ReferencePlan


class Make(Block):
    """All-atom data made here with OpenMM."""

    molecules: dict[str, int] = Field(
        min_length=1,
        description=(
            "how many of each; the box must hold a cutoff of 0.9 nm (200 waters, 90 methanols)"
        ),
    )
    temperature: float = Field(default=300.0, gt=0, json_schema_extra=unit("K"))
    phase: Literal["liquid", "vacuum", "implicit"] | None = Field(
        default=None,
        description=(
            "in a periodic box, alone, or alone in implicit water (alanine dipeptide); without "
            "it vacuum for one molecule, else liquid"
        ),
    )
    pressure: float | None = Field(
        default=1.0,
        description="of a liquid; null: constant volume, at the usual density",
        json_schema_extra=unit("bar"),
    )
    frames: int = Field(default=200, ge=2, description="how many to keep")
    interval: float = Field(
        default=5.0,
        gt=0,
        description="time between frames; a multiple of the time step",
        json_schema_extra=unit("ps"),
    )
    timestep: float | None = Field(
        default=None,
        gt=0,
        description="without it 0.002; with a `hydrogen_mass` 0.004; without constraints 0.0005",
        json_schema_extra=unit("ps"),
    )
    constraints: Literal["none", "h-bonds", "all-bonds"] = Field(
        default="h-bonds", description="bonds held at their lengths; water is rigid in any case"
    )
    hydrogen_mass: float | None = Field(
        default=None,
        gt=0,
        description=(
            "heavier hydrogens at the cost of their neighbours, 3 is usual: same structure, "
            "twice the speed, other dynamics"
        ),
        json_schema_extra=unit("u"),
    )
    friction: float = Field(
        default=1.0, gt=0, description="of the Langevin thermostat", json_schema_extra=unit("1/ps")
    )
    seed: int | None = Field(
        default=None, ge=0, description="of the reference; without it the study's"
    )
    platform: Literal["auto", "reference", "cpu", "cuda", "hip", "opencl"] = Field(
        default="auto",
        description=(
            "of OpenMM; auto: a GPU if there is one, the reference platform below 100 "
            "particles, else the CPU"
        ),
    )

    def options(self, seed: int) -> MakingOptions:
        """Return how the reference is made; `seed` is the study's."""
        from molscape.reference import MakingOptions

        return MakingOptions(
            phase=self.phase,
            temperature=self.temperature,
            pressure=None if self.pressure is None else self.pressure * BAR,
            frames=self.frames,
            interval=self.interval,
            constraints=self.constraints,
            timestep=self.timestep,
            hydrogen_mass=self.hydrogen_mass,
            friction=self.friction,
            seed=seed if self.seed is None else self.seed,
        )

    def plan(self, seed: int) -> ReferencePlan:
        """Build what will be sampled and plan the run; `seed` is the study's."""
        from molscape.reference import plan_reference

        return plan_reference(self.molecules, self.options(seed))
