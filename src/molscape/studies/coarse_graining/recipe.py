"""The recipe: what a study is, checked by pydantic before anything runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from molscape.core.identity import NOT_DECIDING
from molscape.export import ExportName
from molscape.studies.blocks.head import RecipeHead, checked_names
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.observables import JudgedName, ObservableName
from molscape.studies.blocks.reference import Reference, StateBlock
from molscape.studies.blocks.simulate import SimulateBlock


class Recipe(RecipeHead):
    """A coarse-graining study: one reference, one or more models, one report."""

    kind: Literal["coarse_graining"] = "coarse_graining"
    reference: Reference
    states: dict[str, StateBlock] = {}
    mapping: MappingBlock
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[ObservableName] = ["rdf", "angles", "pressure", "diffusion"]
    regions: dict[str, dict[str, tuple[float, float]]] = Field(
        default={}, description="ranges of dihedrals in degrees whose populations are measured"
    )
    noise_floor: Literal["neighbours", "held", "none"] = "neighbours"
    tolerances: dict[JudgedName, float] = {}
    export: list[ExportName] = []
    quick: dict[str, Any] = Field(default={}, json_schema_extra=NOT_DECIDING)

    @field_validator("models", "states")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)
