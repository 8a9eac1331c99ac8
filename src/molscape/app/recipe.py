"""The recipe: what a study is, checked by pydantic before anything runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from molscape.app.blocks import Strict
from molscape.app.fit_blocks import FitBlock
from molscape.app.potential_blocks import PotentialBlock
from molscape.app.reference_blocks import MappingBlock, Reference, StateBlock


class ModelBlock(Strict):
    """One candidate model: a potential, fitted unless there is nothing to fit."""

    potential: list[PotentialBlock] = Field(min_length=1)
    fit: FitBlock | None = None


class LangevinBlock(Strict):
    """Langevin thermostat with friction in 1/ps."""

    kind: Literal["langevin"]
    friction: float = Field(default=1.0, gt=0)


class NoseHooverBlock(Strict):
    """Chain of Nosé-Hoover thermostats with period in ps."""

    kind: Literal["nose_hoover"]
    time: float = Field(default=0.2, gt=0)
    chain: int = Field(default=3, ge=1)


class NoThermostat(Strict):
    """Constant energy."""

    kind: Literal["none"]


class SimulateBlock(Strict):
    """How every model is run."""

    engine: Literal["jax", "lammps", "openmm"] = "jax"
    thermostat: Annotated[
        LangevinBlock | NoseHooverBlock | NoThermostat, Field(discriminator="kind")
    ] = LangevinBlock(kind="langevin")
    temperature: float | None = Field(default=None, gt=0)
    pressure: float | None = Field(default=None, description="bar; constant volume without it")
    timestep: float = Field(default=0.005, gt=0)
    steps: int = Field(default=200_000, ge=1)
    every: int = Field(default=200, ge=1)
    equilibration: int = Field(default=20_000, ge=0)
    replicas: int = Field(default=1, ge=1)
    precision: Literal["single", "double"] = "single"
    threads: int = Field(default=1, ge=1)
    platform: Literal["auto", "reference", "cpu", "cuda", "opencl"] = "auto"

    @model_validator(mode="after")
    def _fits(self) -> SimulateBlock:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        if self.thermostat.kind == "none" and self.pressure is not None:
            raise ValueError("constant pressure needs a thermostat: use langevin or nose_hoover")
        if self.engine != "jax" and self.replicas > 1:
            raise ValueError("replicas are run side by side by the jax engine: use engine: jax")
        return self


Observable = Literal[
    "rdf",
    "angles",
    "bonds",
    "bond_angles",
    "dihedrals",
    "coordination",
    "pressure",
    "density",
    "diffusion",
    "velocity",
]


class Recipe(Strict):
    """A coarse-graining study: one reference, one or more models, one report."""

    molscape: Literal[1]
    kind: Literal["coarse_graining"] = "coarse_graining"
    title: str
    description: str = ""
    seed: int = Field(default=0, ge=0)
    reference: Reference
    states: dict[str, StateBlock] = {}
    mapping: MappingBlock
    models: dict[str, ModelBlock] = Field(min_length=1)
    simulate: SimulateBlock = SimulateBlock()
    observables: list[Observable] = ["rdf", "angles", "pressure", "diffusion"]
    noise_floor: Literal["neighbours", "held", "none"] = "neighbours"
    tolerances: dict[Literal["rdf", "angles", "bonds", "bond_angles", "dihedrals"], float] = {}
    export: list[Literal["lammps", "gromacs", "openmm"]] = []
    quick: dict[str, Any] = {}

    @field_validator("models", "states")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        for name in named:
            if not name.replace("_", "").replace("-", "").isalnum():
                raise ValueError(f"name {name!r}: use letters, digits, - and _ only")
            if name in ("reference", "all-atom"):
                raise ValueError(f"name {name!r} means the reference: choose another")
        return named
