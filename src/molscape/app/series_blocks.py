"""The recipe of a series: one reference, several mappings, and the same models of each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from molscape.app.blocks import Study, checked_names
from molscape.app.mapping_blocks import MappingBlock
from molscape.app.recipe import Judged, ModelBlock, Observable
from molscape.app.reference_blocks import Reference
from molscape.app.simulate_blocks import SimulateBlock
from molscape.core.identity import NOT_DECIDING


class SeriesRecipe(Study):
    """Coarse-graining studies that differ in their mapping alone, side by side."""

    kind: Literal["mapping_series"]
    reference: Reference
    mappings: dict[str, MappingBlock] = Field(min_length=1)
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[Observable] = ["rdf", "centres", "pressure", "diffusion"]
    noise_floor: Literal["neighbours", "held", "none"] = "neighbours"
    tolerances: dict[Judged, float] = {}
    export: list[Literal["lammps", "gromacs", "openmm"]] = []
    quick: dict[str, Any] = Field(default={}, json_schema_extra=NOT_DECIDING)

    @field_validator("mappings", "models")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)
