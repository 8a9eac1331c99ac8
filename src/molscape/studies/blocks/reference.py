"""Blocks of a recipe that say where the all-atom data comes from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from molscape.core.block import Block
from molscape.core.identity import NOT_DECIDING

FRAMES = r"^-?\d*:-?\d*(:\d+)?$"


class FilesReference(Block):
    """A trajectory of the user's own: files, and the temperature it was made at (K)."""

    topology: str = Field(json_schema_extra=NOT_DECIDING)
    trajectory: str | None = Field(default=None, json_schema_extra=NOT_DECIDING)
    temperature: float = Field(gt=0)
    units: Literal["nm", "real", "metal", "atomic"] | None = None
    timestep: float | None = Field(
        default=None, gt=0, description="MD time step in ps, for dumps and DCD"
    )
    masses: dict[str, float] | None = None
    frames: str = Field(default=":", pattern=FRAMES)
    remove_net_force: bool = False
    guess_bonds: bool = False


class ShippedReference(Block):
    """Data that comes with the package."""

    shipped: str
    frames: str = Field(default=":", pattern=FRAMES)


class DataSetReference(Block):
    """A named data set by others, from `MOLSCAPE_DATA`, the user's cache or its address."""

    data_set: str
    frames: str = Field(default=":", pattern=FRAMES)


class FolderReference(Block):
    """A folder that `molscape rerun` or another study wrote; the temperature where it has none."""

    folder: str = Field(json_schema_extra=NOT_DECIDING)
    temperature: float | None = Field(default=None, gt=0)
    frames: str = Field(default=":", pattern=FRAMES)


class StudyReference(Block):
    """The run of a model of another study, with the forces of that model."""

    study: str = Field(json_schema_extra=NOT_DECIDING)
    model: str
    frames: str = Field(default=":", pattern=FRAMES)


class Make(Block):
    """All-atom data made here with OpenMM."""

    molecules: dict[str, int] = Field(min_length=1)
    temperature: float = Field(default=300.0, gt=0)
    phase: Literal["liquid", "vacuum", "implicit"] | None = None
    pressure: float | None = Field(default=1.0, description="bar; null for constant volume")
    frames: int = Field(default=200, ge=2)
    interval: float = Field(default=5.0, gt=0, description="time between frames in ps")
    timestep: float | None = Field(default=None, gt=0, description="ps")
    constraints: Literal["none", "h-bonds", "all-bonds"] = "h-bonds"
    hydrogen_mass: float | None = Field(default=None, gt=0, description="u")
    friction: float = Field(default=1.0, gt=0, description="1/ps")
    seed: int | None = Field(default=None, ge=0)
    platform: Literal["auto", "reference", "cpu", "cuda", "hip", "opencl"] = "auto"


class MadeReference(Block):
    """A reference that is made when the study runs."""

    make: Make
    frames: str = Field(default=":", pattern=FRAMES)


Reference = (
    FilesReference
    | FolderReference
    | ShippedReference
    | DataSetReference
    | StudyReference
    | MadeReference
)


class StateBlock(Block):
    """Another state that every model is run at; with a reference it is fitted to as well."""

    reference: Reference | None = None
    temperature: float | None = Field(default=None, gt=0)
    fit: bool = True

    @model_validator(mode="after")
    def _one(self) -> StateBlock:
        if (self.reference is None) == (self.temperature is None):
            raise ValueError(
                "give a `reference`, or a `temperature` alone to run the models at it in the box "
                "of the main reference"
            )
        return self
