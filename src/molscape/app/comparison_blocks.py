"""The recipe of a comparison of mappings: one reference, many ways to make beads of its atoms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from molscape.app.blocks import Strict
from molscape.app.mapping_blocks import MappingBlock
from molscape.app.reference_blocks import Reference


class ComparisonRecipe(Strict):
    """A study of mappings: what each keeps of the atoms; no model is fitted to be run."""

    molscape: Literal[1]
    kind: Literal["mapping_comparison"]
    title: str
    description: str = ""
    seed: int = Field(default=0, ge=0)
    reference: Reference
    mappings: dict[str, MappingBlock] = Field(min_length=1)
    spline_frames: int = Field(default=500, ge=20, le=500)
    noise_floor: Literal["neighbours", "none"] = "neighbours"
    quick: dict[str, Any] = {}

    @field_validator("mappings")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        for name in named:
            if not name.replace("_", "").replace("-", "").isalnum():
                raise ValueError(f"name {name!r}: use letters, digits, - and _ only")
            if name in ("reference", "all-atom"):
                raise ValueError(f"name {name!r} means the reference: choose another")
        return named
