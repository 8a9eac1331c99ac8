"""The recipe of a series: one reference, several mappings, and the same models of each."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from molscape.core.identity import NOT_DECIDING
from molscape.export import ExportName
from molscape.studies.blocks.head import RecipeHead, checked_names
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.observables import JudgedName, ObservableName
from molscape.studies.blocks.reference import Reference
from molscape.studies.blocks.simulate import SimulateBlock


class SeriesRecipe(RecipeHead):
    """Coarse-graining studies that differ in their mapping alone, side by side."""

    places: ClassVar[dict[str, str]] = {"map": "mappings", "fit": "mappings", "run": "report.html"}

    kind: Literal["mapping_series"]
    reference: Reference
    mappings: dict[str, MappingBlock] = Field(min_length=1)
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[ObservableName] = ["rdf", "centres", "pressure", "diffusion"]
    noise_floor: Literal["neighbours", "held", "none"] = "neighbours"
    tolerances: dict[JudgedName, float] = {}
    export: list[ExportName] = []
    quick: dict[str, Any] = Field(default={}, json_schema_extra=NOT_DECIDING)

    @field_validator("mappings", "models")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)

    @property
    def undecoded(self) -> str:
        """Say that each member has a run folder of its own."""
        return (
            "is a series of studies: give the run folder of one of its mappings, such as "
            f"RUN/mappings/{next(iter(self.mappings))}"
        )
