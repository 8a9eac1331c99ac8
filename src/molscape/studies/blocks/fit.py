"""Blocks of a recipe that say how the parameters of a model are found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from molscape.core.block import Block
from molscape.core.identity import NOT_DECIDING


class LinearMethod(Block):
    """Normal equations, solved once: for splines."""

    kind: Literal["linear"]
    ridge: Literal["auto"] | Annotated[float, Field(ge=0)] = "auto"
    blocks: int = Field(default=10, ge=2)
    minimum_samples: float = Field(default=50, ge=1)
    weights: Literal["equal", "molecules"] = "equal"


class LeastSquaresMethod(Block):
    """Levenberg-Marquardt: for forms with few parameters, such as Lennard-Jones."""

    kind: Literal["least_squares"]
    iterations: int = Field(default=50, ge=1)
    blocks: int = Field(default=10, ge=2)
    parameters: list[str] | None = None


class BoltzmannMethod(Block):
    """Boltzmann inversion: the potentials of mean force, once."""

    kind: Literal["boltzmann"]


class ScheduleBlock(Block):
    """The learning rate over the epochs: constant, in steps, or falling to a share of its start."""

    kind: Literal["constant", "steps", "exponential", "cosine"] = "steps"
    factor: float = Field(default=0.3, gt=0, le=1, description="of each step")
    steps: int = Field(default=5, ge=1)
    end: float = Field(default=0.01, ge=0, le=1)


class GradientMethod(Block):
    """Training of networks, or of any potential, with cross-validation."""

    kind: Literal["gradient"]
    optimiser: Literal["adam", "sgd", "rprop", "lbfgs", "kalman"] = "adam"
    learning_rate: float | None = Field(default=None, gt=0)
    schedule: ScheduleBlock = ScheduleBlock()
    batch: int = Field(default=512, ge=1)
    epochs: int = Field(default=50, ge=1)
    spectral_bound: float | None = Field(default=None, gt=0)
    patience: int | None = Field(default=None, ge=1)
    folds: int = Field(default=5, ge=2)
    cross_validation: bool = True
    committee: bool = False
    workers: int = Field(default=1, ge=1, json_schema_extra=NOT_DECIDING)
    precision: Literal["single", "double"] = "single"


class Sampling(Block):
    """How long the model is run in each iteration."""

    iterations: int = Field(default=15, ge=1)
    steps: int = Field(default=60_000, ge=1)
    every: int = Field(default=100, ge=1)
    equilibration: int = Field(default=5_000, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Sampling:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        return self


class IterativeBoltzmannMethod(Sampling):
    """Iterative Boltzmann inversion."""

    kind: Literal["iterative_boltzmann"]
    scale: float = Field(default=1.0, gt=0, le=2)
    pressure: float | None = Field(default=None, description="bar, for the pressure correction")
    mixing: int = Field(default=5, ge=0)


class InverseMonteCarloMethod(Sampling):
    """Inverse Monte Carlo."""

    kind: Literal["inverse_monte_carlo"]


class NewtonMethod(Sampling):
    """Newton's method, for the relative entropy."""

    kind: Literal["newton"]


Method = Annotated[
    LinearMethod
    | LeastSquaresMethod
    | GradientMethod
    | BoltzmannMethod
    | IterativeBoltzmannMethod
    | InverseMonteCarloMethod
    | NewtonMethod,
    Field(discriminator="kind"),
]

METHODS: dict[str, tuple[str, ...]] = {
    "force_matching": ("linear", "least_squares", "gradient"),
    "energy_and_force_matching": ("gradient",),
    "structure": ("iterative_boltzmann", "inverse_monte_carlo", "boltzmann"),
    "relative_entropy": ("newton",),
}
"""The methods that suit each objective; the first is its default."""


class FitBlock(Block):
    """An objective and a method."""

    objective: Literal[
        "force_matching", "energy_and_force_matching", "structure", "relative_entropy"
    ]
    method: Method
    energy_weight: float = Field(default=100.0, ge=0, description="1/nm^2")

    @model_validator(mode="before")
    @classmethod
    def _default(cls, plain: object) -> object:
        if isinstance(plain, dict) and "method" not in plain:
            kinds = METHODS.get(str(plain.get("objective")), ("linear",))
            return {**plain, "method": {"kind": kinds[0]}}
        return plain

    @model_validator(mode="after")
    def _suits(self) -> FitBlock:
        kinds = METHODS[self.objective]
        if self.method.kind not in kinds:
            raise ValueError(
                f"the method {self.method.kind} does not suit the objective {self.objective}: use "
                f"{' or '.join(kinds)}"
            )
        return self

    @property
    def iterates(self) -> bool:
        """Whether the fit runs models itself, so that how they are run decides its result."""
        return isinstance(self.method, Sampling)
