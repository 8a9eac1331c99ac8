"""Training with cross-validation, as a block of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from pydantic import Field

from molscape.core.identity import NOT_DECIDING
from molscape.fit.method import Method
from molscape.fit.schedules import ScheduleBlock
from molscape.workers.blocks import Workers

if TYPE_CHECKING:
    from molscape.fit.cross_validation import CrossValidation
    from molscape.fit.optimisers import Optimiser
    from molscape.fit.result import Fit
    from molscape.fit.task import Task
    from molscape.fit.training import Training

_CLASSES = {"adam": "Adam", "sgd": "SGD", "rprop": "RPROP", "lbfgs": "LBFGS", "kalman": "Kalman"}

_Found = TypeVar("_Found")


class GradientMethod(Method):
    """Training of networks, or of any potential, with cross-validation."""

    objectives: ClassVar[tuple[str, ...]] = ("force_matching", "energy_and_force_matching")
    name: ClassVar[str] = "train"
    title: ClassVar[str] = "training, with frames held out"
    citation: ClassVar[str] = (
        "D. P. Kingma and J. Ba, ICLR (2015) (Adam); W. G. Noid et al., J. Chem. Phys. 128, 244114 "
        "(2008) (force matching)."
    )

    kind: Literal["gradient"] = Field(
        description="[training](learned.md#training) of networks, or of any form"
    )
    optimiser: Literal["adam", "sgd", "rprop", "lbfgs", "kalman"] = Field(
        default="adam", description="how steps are taken"
    )
    learning_rate: float | None = Field(
        default=None,
        gt=0,
        description="of adam (0.003 if not given), sgd (0.01) and rprop (0.001, the first step)",
    )
    schedule: ScheduleBlock = Field(
        default=ScheduleBlock(), description="the learning rate over the epochs"
    )
    batch: int = Field(default=512, ge=1, description="frames of a step")
    epochs: int = Field(default=50, ge=1, description="passes through the data")
    spectral_bound: float | None = Field(
        default=None,
        gt=0,
        description="largest singular value of any layer: bounds the force where there are no data",
    )
    patience: int | None = Field(
        default=None,
        ge=1,
        description="epochs without a better loss on held-out frames that end the training",
    )
    folds: int = Field(default=5, ge=2, description="parts of the data")
    cross_validation: bool = Field(
        default=True,
        description="hold each part out in turn, then train on all; false: hold out the first only",
    )
    committee: bool = Field(default=False, description="return the mean of the models of all folds")
    workers: Workers = Field(
        default=1,
        description="processes that train folds side by side, or a cluster (extra `distributed`)",
        json_schema_extra=NOT_DECIDING,
    )
    precision: Literal["single", "double"] = Field(
        default="single", description="of the training; losses of the result are in double"
    )

    @property
    def pool(self) -> Workers:
        """What trains folds side by side."""
        return self.workers

    def fit(self, task: Task) -> Fit:
        """Train on all frames, and without each fold."""
        from molscape.fit import train

        return self._trained(train, task)

    def cross_validate(self, task: Task) -> CrossValidation:
        """Train without each fold, and return the losses there."""
        from molscape.fit import cross_validate

        return self._trained(cross_validate, task)

    def _trained(self, train: Callable[..., _Found], task: Task) -> _Found:
        return train(
            task.potential,
            task.need_objective(),
            task.data,
            self.training(task.seed),
            folder=task.folder,
            executor=task.executor,
            progress=task.progress,
        )

    def training(self, seed: int) -> Training:
        """Return how a potential is trained.

        Raises:
            ValueError: if the optimiser takes no learning rate and one is given.
        """
        from molscape.fit import Training

        found: Training = Training(
            optimiser=self._optimiser(),
            batch=self.batch,
            epochs=self.epochs,
            schedule=self.schedule.build(),
            spectral_bound=self.spectral_bound,
            patience=self.patience,
            precision=self.precision,
            seed=seed,
            folds=self.folds,
            cross_validation=self.cross_validation,
            committee=self.committee,
        )
        return found

    def _optimiser(self) -> Optimiser:
        from molscape import fit

        chosen = getattr(fit, _CLASSES[self.optimiser])
        rate = {} if self.learning_rate is None else {"learning_rate": self.learning_rate}
        if not rate.keys() <= {each.name for each in fields(chosen)}:
            raise ValueError(f"{self.optimiser} finds its own steps: leave `learning_rate` out")
        found: Optimiser = chosen(**rate)
        return found
