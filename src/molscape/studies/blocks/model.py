"""The block of one candidate model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Protocol, runtime_checkable

from pydantic import Field

from molscape.core.block import Block
from molscape.potentials import KINDS, PotentialBlock
from molscape.studies.blocks.fit import FitBlock
from molscape.studies.blocks.reference import StateBlock
from molscape.studies.blocks.simulate import SimulateBlock


class ModelBlock(Block):
    """One candidate model: a potential, fitted unless there is nothing to fit."""

    potential: list[Annotated[PotentialBlock, KINDS]] = Field(
        min_length=1, description="terms that are added up"
    )
    fit: FitBlock | None = Field(
        default=None,
        description="how the parameters are found; without it the model is run as it is given",
    )
    search: list[dict[str, list[Any]]] = Field(
        default=[],
        description=(
            "[options chosen by cross-validation](learned.md#choosing-options): stages of "
            "dotted keys with the values to try"
        ),
    )


@runtime_checkable
class ModelsRecipe(Protocol):
    """What a recipe of models says, of whatever kind the study is."""

    @property
    def models(self) -> Mapping[str, ModelBlock]:
        """The candidates by name."""
        ...

    @property
    def states(self) -> Mapping[str, StateBlock]:
        """Further states by name."""
        ...

    @property
    def simulate(self) -> SimulateBlock:
        """How every model is run."""
        ...

    @property
    def export(self) -> list[Any]:
        """Engines that every model is exported for."""
        ...
