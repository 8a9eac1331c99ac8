"""What every fit method is: a block of a recipe that fits."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator

from molscape.core.block import Block
from molscape.workers.blocks import Workers

if TYPE_CHECKING:
    from molscape.fit.cross_validation import CrossValidation
    from molscape.fit.iteration import IterationOptions
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


@dataclass(frozen=True)
class Sampling:
    """How a fit runs models: iterations, and the steps of each run."""

    iterations: int
    steps: int
    every: int
    equilibration: int

    @property
    def all_steps(self) -> int:
        """The steps of all runs together."""
        return self.iterations * (self.steps + self.equilibration)


class Method(Block):
    """How the parameters of a potential are found.

    A method is one file `fit/methods/KIND.py` with one class, whose `kind` is the file's name. It
    imports nothing heavy before `fit` is called.

    Attributes:
        objectives: names of the objectives that it suits.
        name: `Fit.method` of its fits, by which results are known again.
        title: what reports call it.
        citation: whom reports cite.
    """

    objectives: ClassVar[tuple[str, ...]]
    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]

    kind: str

    @property
    def sampling(self) -> Sampling | None:
        """How the fit runs models itself; None for a method that does not."""
        return None

    @property
    def iterates(self) -> bool:
        """Whether the fit runs models itself, so that how they are run decides its result."""
        return self.sampling is not None

    @property
    def pool(self) -> Workers:
        """What runs pieces of the fit side by side: one worker is this process."""
        return 1

    @abstractmethod
    def fit(self, task: Task) -> Fit:
        """Fit the potential of a task.

        Raises:
            ValueError: if data or options do not suit the fit.
            RuntimeError: if the first run of an iterative fit breaks down.
        """

    def cross_validate(self, task: Task) -> CrossValidation | None:
        """Return the loss on frames held out; None for a method that is no training.

        Raises:
            ValueError: if data or options do not suit the fit.
        """
        return None


class IterativeMethod(Method):
    """A method that runs the model in each iteration, and how long."""

    iterations: int = Field(
        default=15, ge=1, description="at most; the fit stops earlier within the noise"
    )
    steps: int = Field(default=60_000, ge=1, description="of each run")
    every: int = Field(default=100, ge=1, description="steps between frames")
    equilibration: int = Field(default=5_000, ge=0, description="steps before, not measured")

    @model_validator(mode="after")
    def _fits(self) -> IterativeMethod:
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) must be a multiple of every ({self.every}), the interval "
                "between frames"
            )
        return self

    @property
    def sampling(self) -> Sampling:
        """How the fit runs models."""
        return Sampling(self.iterations, self.steps, self.every, self.equilibration)

    def options(self, task: Task) -> IterationOptions:
        """Return how long the fit is and where it keeps its state."""
        from molscape.fit import IterationOptions

        found: IterationOptions = IterationOptions(
            iterations=self.iterations, folder=task.folder, progress=task.progress
        )
        return found
