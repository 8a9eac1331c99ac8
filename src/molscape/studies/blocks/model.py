"""The block of one candidate model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from molscape.core.block import Block
from molscape.studies.blocks.fit import FitBlock
from molscape.studies.blocks.potentials import PotentialBlock


class ModelBlock(Block):
    """One candidate model: a potential, fitted unless there is nothing to fit."""

    potential: list[PotentialBlock] = Field(min_length=1)
    fit: FitBlock | None = None
    search: list[dict[str, list[Any]]] = Field(
        default=[], description="stages of keys with the values to choose from by cross-validation"
    )
