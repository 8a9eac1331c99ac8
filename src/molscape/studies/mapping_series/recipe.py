"""The recipe of a series: one reference, several mappings, and the same models of each."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from molscape.core.block import unit
from molscape.export import ExportName
from molscape.studies.blocks.head import Quick, RecipeHead, checked_names
from molscape.studies.blocks.mapping import Mappings
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.observables import JudgedName, NoiseFloor, ObservableName
from molscape.studies.blocks.reference import Reference
from molscape.studies.blocks.simulate import SimulateBlock


class SeriesRecipe(RecipeHead):
    """Coarse-graining studies that differ in their mapping alone, side by side."""

    places: ClassVar[dict[str, str]] = {"map": "mappings", "fit": "mappings", "run": "report.html"}

    kind: Literal["mapping_series"] = Field(description="kind of study")
    reference: Reference = Field(
        description="as in any [study](#the-study); one that is made is made once"
    )
    mappings: Mappings
    models: dict[str, ModelBlock] = Field(
        min_length=1,
        description=(
            "[models](#models) by name, of every mapping; `bonded_splines` fits itself to the beads"
        ),
    )
    simulate: SimulateBlock = Field(
        default=SimulateBlock(), description="[how every model is run](#simulate)"
    )
    observables: list[ObservableName] = Field(
        default=["rdf", "centres", "pressure", "diffusion"],
        description="what is measured: any of these and [more](#observables)",
    )
    noise_floor: NoiseFloor = "neighbours"
    tolerances: dict[JudgedName, float] = Field(
        default={}, description="as in any [study](#the-study)", json_schema_extra=unit("nm, 1")
    )
    export: list[ExportName] = Field(
        default=[], description="engines to write the models for: `lammps`, `gromacs`, `openmm`"
    )
    quick: Quick = {}

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
