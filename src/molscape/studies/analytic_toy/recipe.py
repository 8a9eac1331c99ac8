"""The recipe of an analytic toy: a particle in a field whose free energy is known exactly."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from molscape.core.block import Block
from molscape.core.identity import NOT_DECIDING
from molscape.studies.blocks.head import RecipeHead, checked_names


class BrownianBlock(Block):
    """Overdamped dynamics of many independent replicas."""

    replicas: int = Field(default=1000, ge=4)
    steps: int = Field(default=25_000, ge=1)
    every: int = Field(default=25, ge=1)
    equilibration: int = Field(default=5_000, ge=0)
    timestep: float = Field(default=0.004, gt=0)

    @model_validator(mode="after")
    def _fits(self) -> BrownianBlock:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        return self


class RegressionBlock(Block):
    """Functions of the coordinate, chosen one after another by cross-validation."""

    kind: Literal["regression"]
    functions: list[str] = Field(
        default=["x", "x^2", "x^3", "x^4", "sin(x)", "cos(6x)", "sin(8x)"], min_length=1
    )

    @field_validator("functions")
    @classmethod
    def _known(cls, functions: list[str]) -> list[str]:
        from molscape.potentials.basis_sum import parse

        for name in functions:
            parse(name)
        if len(set(functions)) < len(functions):
            raise ValueError("a function comes twice: give each once")
        return functions


class NetworkBlock(Block):
    """A network on the coordinate, with or without a harmonic prior and a spectral bound."""

    kind: Literal["cgnet"]
    hidden: list[Annotated[int, Field(ge=1)]] = [50]
    activation: Literal["tanh", "silu", "softplus", "gelu"] = "tanh"
    prior: Annotated[float, Field(gt=0)] | None = None
    spectral_bounds: list[Annotated[float, Field(gt=0)]] = []


class ToyTrainingBlock(Block):
    """How networks are trained, by Adam with a rate that falls to a hundredth."""

    frames: int = Field(default=200_000, ge=100)
    folds: int = Field(default=3, ge=2)
    epochs: int = Field(default=30, ge=1)
    batch: int = Field(default=250, ge=1)
    rate: float = Field(default=0.06, gt=0)


ToyModel = Annotated[RegressionBlock | NetworkBlock, Field(discriminator="kind")]


class ToyRecipe(RecipeHead):
    """A study of models whose exact answer is known: two dimensions seen along one."""

    kind: Literal["analytic_toy"]
    temperature: float = Field(default=300.0, gt=0)
    diffusion: float = Field(default=1.0, gt=0)
    data: BrownianBlock = BrownianBlock()
    models: dict[str, ToyModel] = Field(min_length=1)
    training: ToyTrainingBlock = ToyTrainingBlock()
    simulate: BrownianBlock = BrownianBlock()
    tolerance: Annotated[float, Field(gt=0)] | None = None
    quick: dict[str, Any] = Field(default={}, json_schema_extra=NOT_DECIDING)

    @field_validator("models")
    @classmethod
    def _names(cls, named: dict[str, Any]) -> dict[str, Any]:
        return checked_names(named, ("reference", "exact", "data"), "the exact answer or the data")

    @model_validator(mode="after")
    def _enough(self) -> ToyRecipe:
        points = self.data.replicas * (self.data.steps // self.data.every)
        if self.training.frames > points:
            raise ValueError(
                f"training.frames ({self.training.frames}) is more than the {points} points of "
                "`data`: train on fewer, or make more"
            )
        return self
