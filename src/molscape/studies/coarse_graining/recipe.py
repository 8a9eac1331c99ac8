"""The recipe: what a study is, checked by pydantic before anything runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from molscape.core.block import unit
from molscape.export import ExportName
from molscape.studies.blocks.head import Quick, RecipeHead, checked_names
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.observables import JudgedName, NoiseFloor, ObservableName
from molscape.studies.blocks.reference import Reference, StateBlock
from molscape.studies.blocks.simulate import SimulateBlock


class Recipe(RecipeHead):
    """A coarse-graining study: one reference, one or more models, one report."""

    kind: Literal["coarse_graining"] = Field(default="coarse_graining", description="kind of study")
    reference: Reference = Field(
        description=(
            "the all-atom data: [files](#reference-files), [shipped](#reference-shipped-data) "
            "or [made](#reference-made-data)"
        )
    )
    states: dict[str, StateBlock] = Field(
        default={}, description="[further states](#further-states) by name"
    )
    mapping: MappingBlock = Field(description="[atoms to beads](#mapping)")
    models: dict[str, ModelBlock] = Field(
        min_length=1,
        description=(
            "[models](#models) by name (letters, digits, - and _; not `reference` or `all-atom`)"
        ),
    )
    simulate: SimulateBlock = Field(
        default=SimulateBlock(), description="[how every model is run](#simulate)"
    )
    observables: list[ObservableName] = Field(
        default=["rdf", "angles", "pressure", "diffusion"],
        description="what is measured: any of these and [more](#observables)",
    )
    regions: dict[str, dict[str, tuple[float, float]]] = Field(
        default={},
        description=(
            "ranges of dihedrals whose populations are measured, as `{left: {C1-N1-CA-C2: [0, "
            "130]}}`"
        ),
        json_schema_extra=unit("degrees"),
    )
    noise_floor: NoiseFloor = "neighbours"
    tolerances: dict[JudgedName, float] = Field(
        default={},
        description=(
            "largest distance that passes, for `rdf` and `centres` (nm), `angles`, `bonds`, "
            "`bond_angles`, `dihedrals`, `gyration`; for `bond_means` the largest deviation of "
            "a mean bond length, as a share of it; without one there is no verdict"
        ),
        json_schema_extra=unit("nm, 1"),
    )
    export: list[ExportName] = Field(
        default=[], description="engines to write the models for: `lammps`, `gromacs`, `openmm`"
    )
    quick: Quick = Field(
        default={},
        description="dotted keys and values that `--quick` applies, e.g. `simulate.steps: 20000`",
    )

    @field_validator("models", "states")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)
