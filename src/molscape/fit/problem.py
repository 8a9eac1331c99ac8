"""What can be trained: a loss of free parameters and a batch, and the data behind it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int


class Turn(NamedTuple):
    """What one step looks at: samples, 1 for each that counts and 0 for padding, and when.

    `done` is the share of the training that is done before the step, `number` the steps.
    """

    rows: Int[Array, " sample"]
    weights: Float[Array, " sample"]
    done: Float[Array, ""]
    number: Int[Array, ""]


class Problem(eqx.Module):
    """A loss of free parameters; `fit.training.minimise` trains any."""

    measured: ClassVar[int] = 256
    """Samples that `losses` is asked for at a time."""

    measures_training: ClassVar[bool] = False
    """Whether the history tells losses of the samples trained on as they are after an epoch,
    like those held out, in place of the mean of its steps."""

    @abstractmethod
    def batch(self, data: Any, turn: Turn) -> Any:
        """Return what `loss` and `losses` are given of one of the data sets."""

    @abstractmethod
    def loss(self, free: Any, batch: Any) -> Float[Array, "..."]:
        """Return what is to be small: a number, or one for each of several independent trainings.

        Several go side by side with optimisers that treat every parameter by itself.
        """

    def losses(self, free: Any, batch: Any) -> Float[Array, "sample ..."]:
        """Return the losses of each sample, whose mean over samples and parts is validated.

        Raises:
            NotImplementedError: if nothing of this problem can be held out.
        """
        raise NotImplementedError(f"{type(self).__name__} has no losses of single samples")

    def residuals(self, free: Any, batch: Any) -> Float[Array, " residual"]:
        """Return what is squared in the loss, for optimisers of least squares.

        Raises:
            NotImplementedError: if the loss is no mean of squares.
        """
        raise NotImplementedError(f"the loss of {type(self).__name__} is no mean of squares")

    def project(self, free: Any) -> Any:
        """Return the nearest free parameters that are allowed; all are, by default."""
        return free


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Data sets, and which of the samples of each are trained on and held out.

    Args:
        sets: arrays of each set, in trees of which `Problem.batch` takes samples.
        seen: the samples trained on, by set; batches are of one set.
        held_out: those validated on; all empty if there is no validation.
        unit: by which losses of steps are multiplied in the history.

    Raises:
        ValueError: if nothing of a set is trained on.
    """

    sets: tuple[Any, ...]
    seen: tuple[Int[np.ndarray, " _"], ...]
    held_out: tuple[Int[np.ndarray, " _"], ...]
    unit: float = 1.0

    def __post_init__(self) -> None:
        if not all(len(rows) for rows in self.seen):
            raise ValueError("no frame is left to train on: hold fewer out, or use more frames")
