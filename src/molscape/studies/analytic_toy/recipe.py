"""The recipe of an analytic toy: a particle in a field whose free energy is known exactly."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from molscape.core.block import Block, type_text, unit
from molscape.studies.blocks.head import Quick, RecipeHead, checked_names


class ToyRunBlock(Block):
    """Overdamped dynamics of many independent replicas."""

    replicas: int = Field(default=1000, ge=4, description="run side by side")
    steps: int = Field(default=25_000, ge=1, description="of each replica, a multiple of `every`")
    every: int = Field(default=25, ge=1, description="steps between frames")
    equilibration: int = Field(default=5_000, ge=0, description="steps before the first frame")
    timestep: float = Field(default=0.004, gt=0, json_schema_extra=unit("ps"))

    @model_validator(mode="after")
    def _fits(self) -> ToyRunBlock:
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
        default=["x", "x^2", "x^3", "x^4", "sin(x)", "cos(6x)", "sin(8x)"],
        min_length=1,
        description="to choose from: `x` to `x^9`, `sin(2.5x)`, `cos(x)`",
        json_schema_extra=type_text("list of functions"),
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

    @property
    def networks(self) -> int:
        """The number of networks that are cross-validated: none."""
        return 0

    def describe(self) -> str:
        """Say what is fitted, for a check."""
        return f"regression on {', '.join(self.functions)}"


class NetworkBlock(Block):
    """A network on the coordinate, with or without a harmonic prior and a spectral bound."""

    kind: Literal["cgnet"]
    hidden: list[Annotated[int, Field(ge=1)]] = Field(
        default=[50], description="width of each hidden layer"
    )
    activation: Literal["tanh", "silu", "softplus", "gelu"] = Field(
        default="tanh", description="between layers"
    )
    prior: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="stiffness of a harmonic well at x = 0 that the network is added to",
        json_schema_extra=unit("kT/nm²"),
    )
    spectral_bounds: list[Annotated[float, Field(gt=0)]] = Field(
        default=[],
        description=(
            "largest singular value of each layer; of several the one with the lowest "
            "cross-validated loss"
        ),
    )

    @property
    def networks(self) -> int:
        """The number of networks that are cross-validated, one for each bound."""
        return max(1, len(self.spectral_bounds))

    def describe(self) -> str:
        """Say what is fitted, for a check."""
        return f"a network of {self.hidden} on x, {self.networks} times cross-validated"


class ToyTrainingBlock(Block):
    """How networks are trained, by Adam with a rate that falls to a hundredth."""

    frames: int = Field(
        default=200_000,
        ge=100,
        description="points of the data that models are fitted to, evenly chosen",
    )
    folds: int = Field(default=3, ge=2, description="of the cross-validation")
    epochs: int = Field(default=30, ge=1, description="passes through the frames")
    batch: int = Field(default=250, ge=1, description="frames of a step")
    rate: float = Field(default=0.06, gt=0, description="of Adam, falling to a hundredth")


ToyModel = Annotated[RegressionBlock | NetworkBlock, Field(discriminator="kind")]


class ToyRecipe(RecipeHead):
    """A study of models whose exact answer is known: two dimensions seen along one."""

    kind: Literal["analytic_toy"] = Field(description="kind of study")
    temperature: float = Field(
        default=300.0,
        gt=0,
        description="sets kT; the field is given in units of it",
        json_schema_extra=unit("K"),
    )
    diffusion: float = Field(
        default=1.0,
        gt=0,
        description="diffusion coefficient of the particle, in the data and in the runs",
        json_schema_extra=unit("nm²/ps"),
    )
    data: ToyRunBlock = Field(
        default=ToyRunBlock(), description="how the particle is run in two dimensions"
    )
    models: dict[str, ToyModel] = Field(
        min_length=1,
        description=(
            "models by name (letters, digits, - and _; not `reference`, `exact` or `data`)"
        ),
    )
    training: ToyTrainingBlock = Field(
        default=ToyTrainingBlock(), description="how networks are trained"
    )
    simulate: ToyRunBlock = Field(default=ToyRunBlock(), description="how every model is run")
    tolerance: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description=(
            "largest deviation of free energies and mean forces that passes; without it there "
            "is no verdict"
        ),
        json_schema_extra=unit("kT, kT/nm"),
    )
    quick: Quick = {}

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
