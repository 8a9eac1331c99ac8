"""Training of a potential on frames in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from molscape.core.identity import settings_of
from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.fit.checkpoints import open_checkpoints
from molscape.fit.problem import Problem, TrainingData, Turn
from molscape.fit.samples import Samples, chosen
from molscape.fit.training import Epoch, Training, minimise
from molscape.networks import MLP, project
from molscape.objectives.objective import Batch, Objective

OUTSIDE = ("patience", "folds", "cross_validation", "committee")
"""Options that change no epoch: they end a training, or say which frames are held out."""


class PotentialProblem(Problem):
    """An objective of the free parameters of a potential: `scale` makes it of order one.

    `held` is the potential with None where a parameter is free; `bound` the largest singular
    value of any layer of a network, or None.
    """

    held: Any
    objective: Objective
    scale: Array
    bound: float | None = eqx.field(static=True, default=None)

    def potential(self, free: Any) -> Potential:
        """Return the potential with these free parameters."""
        whole: Potential = eqx.combine(free, self.held)
        return whole

    def batch(self, data: Batch, turn: Turn) -> Batch:
        """Return the frames of a turn."""
        return chosen(data, turn.rows, turn.weights)

    def loss(self, free: Any, batch: Batch) -> Array:
        """Return the loss of a batch over the scale."""
        return self.objective(self.potential(free), batch)[0] / self.scale

    def losses(self, free: Any, batch: Batch) -> Float[Array, " frame"]:
        """Return the loss of each frame in its own units."""
        residuals = self.objective.residuals(self.potential(free), batch)
        share = jnp.mean(batch.system.mask.astype(batch.weight.dtype))
        return jnp.mean(residuals.reshape(len(batch.weight), -1) ** 2, axis=1) / share

    def residuals(self, free: Any, batch: Batch) -> Array:
        """Return what is squared in the loss, over the root of the scale."""
        return self.objective.residuals(self.potential(free), batch) / jnp.sqrt(self.scale)

    def project(self, free: Any) -> Any:
        """Return free parameters with every network within the spectral bound."""
        bound = self.bound
        if bound is None:
            return free

        def within(node: Any) -> Any:
            trained = isinstance(node, MLP) and node.weights[0] is not None
            return project(node, bound) if trained else node

        return jax.tree.map(within, free, is_leaf=lambda node: isinstance(node, MLP))


@dataclass(frozen=True, eq=False)
class Trained:
    """The best potential met, the epoch it is from (counted from 1) and the history.

    Losses of the history are in (kJ/mol/nm)^2.
    """

    potential: Potential
    best: int
    history: tuple[Epoch, ...]
    stopped: str


def train_once(
    potential: Potential,
    objective: Objective,
    samples: Sequence[Samples],
    training: Training,
    *,
    held_out: Sequence[Bool[np.ndarray, " _"]] | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train a potential on all frames but those held out.

    The best parameters by the loss of the frames held out are kept; without any, the last.
    A loss that is not a number ends the training; the best so far is returned and `stopped`
    names the batch. With several devices each batch is divided among them. A folder lets a
    training that was stopped go on to the same result.

    Args:
        potential: where to begin; what `trainable()` marks is changed.
        objective: what is to be small.
        samples: the data.
        training: how.
        held_out: marks frames for validation, for each of the samples.
        folder: where checkpoints are kept.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if nothing is trainable, the folder holds another training, or the first
            loss is not finite.
        RuntimeError: if another process trains in the folder.
        TypeError: if there is a folder, and the optimiser, the schedule or the objective is not
            a dataclass of plain values, by which it could be known again.
    """
    dtype = np.dtype(np.float64 if training.precision == "double" else np.float32)
    held = held_out or [np.zeros(len(one), dtype=bool) for one in samples]
    with jax.enable_x64(training.precision == "double"):
        data = _data(samples, held, dtype)
        potential = cast(potential, dtype)
        free, fixed = eqx.partition(potential, potential.trainable())
        if not jax.tree.leaves(free):
            raise ValueError(
                f"this potential ({potential.kind}) has nothing to train: add a cgnet or deepcg "
                "term, or leave `fit` out"
            )
        scale = jnp.asarray(data.unit, dtype=dtype)
        problem = PotentialProblem(fixed, objective, scale, training.spectral_bound)

        def identity() -> dict[str, Any]:
            """Return what decides the parameters after each epoch."""
            options = settings_of(training)
            return {
                "kind": potential.kind,
                "shapes": [list(np.shape(leaf)) for leaf in jax.tree.leaves(free)],
                "training": {key: options[key] for key in options if key not in OUTSIDE},
                "objective": objective,
                "data": [one.identity for one in samples],
                "held_out": held,
            }

        with open_checkpoints(folder, identity) as kept:
            found = minimise(problem, free, data, training, kept, progress)
        return Trained(problem.potential(found.free), found.best, found.history, found.stopped)


def _data(samples: Sequence[Samples], held: Sequence[np.ndarray], dtype: np.dtype) -> TrainingData:
    """Return all frames on the device; losses are measured in the mean square of the forces."""
    seen = tuple(np.flatnonzero(~mask) for mask in held)
    pairs = list(zip(samples, seen, strict=True))
    components = sum(one.forces[frames].size for one, frames in pairs)
    squares = sum(float(np.sum(one.forces[frames] ** 2)) for one, frames in pairs)
    return TrainingData(
        sets=tuple(one.whole(dtype) for one in samples),
        seen=seen,
        held_out=tuple(np.flatnonzero(mask) for mask in held),
        unit=squares / components if components else np.nan,
    )
