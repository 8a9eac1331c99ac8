"""The block of a recipe that says what a good model means, and how its parameters are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block, unit
from molscape.fit.method import Method
from molscape.fit.methods import KINDS, kinds, kinds_for

if TYPE_CHECKING:
    from molscape.objectives.objective import Objective


class FitBlock(Block):
    """An objective and a method."""

    objective: Literal[
        "force_matching", "energy_and_force_matching", "structure", "relative_entropy"
    ] = Field(description="what a good model means")
    method: Annotated[Method, KINDS] = Field(
        description=(
            "how it is found; if left out: `linear`, `gradient`, `iterative_boltzmann`, `newton`"
        )
    )
    energy_weight: float = Field(
        default=100.0,
        ge=0,
        description=(
            "of `energy_and_force_matching`, for [potentials of "
            "atoms](learned.md#networks-of-atoms): weight of the energy beside the forces"
        ),
        json_schema_extra=unit("1/nm²"),
    )

    @model_validator(mode="before")
    @classmethod
    def _default(cls, plain: object) -> object:
        if isinstance(plain, dict) and "method" not in plain:
            kind = next(kinds_for(str(plain.get("objective"))), kinds()[0])
            return {**plain, "method": {"kind": kind}}
        return plain

    @model_validator(mode="after")
    def _suits(self) -> FitBlock:
        if self.objective not in self.method.objectives:
            raise ValueError(
                f"the method {self.method.kind} does not suit the objective {self.objective}: use "
                f"{' or '.join(kinds_for(self.objective))}"
            )
        return self

    @property
    def iterates(self) -> bool:
        """Whether the fit runs models itself, so that how they are run decides its result."""
        return self.method.iterates

    def build_objective(self) -> Objective | None:
        """Return the loss on frames that is minimised; None for objectives of distributions."""
        from molscape import objectives

        if self.objective == "force_matching":
            return objectives.ForceMatching()
        if self.objective == "energy_and_force_matching":
            return objectives.EnergyAndForceMatching(self.energy_weight)
        return None
