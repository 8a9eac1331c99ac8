"""The recipe: what a study is, checked by pydantic before anything runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from molscape.app.blocks import Strict, Study, checked_names
from molscape.app.fit_blocks import FitBlock
from molscape.app.mapping_blocks import MappingBlock
from molscape.app.potential_blocks import PotentialBlock
from molscape.app.reference_blocks import Reference, StateBlock
from molscape.app.simulate_blocks import SimulateBlock
from molscape.core.identity import NOT_DECIDING


class ModelBlock(Strict):
    """One candidate model: a potential, fitted unless there is nothing to fit."""

    potential: list[PotentialBlock] = Field(min_length=1)
    fit: FitBlock | None = None
    search: list[dict[str, list[Any]]] = Field(
        default=[], description="stages of keys with the values to choose from by cross-validation"
    )


Observable = Literal[
    "rdf",
    "centres",
    "gyration",
    "angles",
    "bonds",
    "bond_angles",
    "dihedrals",
    "coordination",
    "pressure",
    "density",
    "diffusion",
    "velocity",
    "maps",
]


Judged = Literal[
    "rdf",
    "centres",
    "gyration",
    "angles",
    "bonds",
    "bond_means",
    "bond_angles",
    "dihedrals",
]
"""What `tolerances` can judge."""


class Recipe(Study):
    """A coarse-graining study: one reference, one or more models, one report."""

    kind: Literal["coarse_graining"] = "coarse_graining"
    reference: Reference
    states: dict[str, StateBlock] = {}
    mapping: MappingBlock
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[Observable] = ["rdf", "angles", "pressure", "diffusion"]
    regions: dict[str, dict[str, tuple[float, float]]] = Field(
        default={}, description="ranges of dihedrals in degrees whose populations are measured"
    )
    noise_floor: Literal["neighbours", "held", "none"] = "neighbours"
    tolerances: dict[Judged, float] = {}
    export: list[Literal["lammps", "gromacs", "openmm"]] = []
    quick: dict[str, Any] = Field(default={}, json_schema_extra=NOT_DECIDING)

    @field_validator("models", "states")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named)
