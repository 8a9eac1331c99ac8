"""One training: epochs of steps over batches, the best parameters kept, resumed after a stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.identity import settings_of
from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.fit.checkpoints import open_checkpoints
from molscape.fit.optimisers import Adam, Optimiser, Problem
from molscape.fit.samples import Samples, chosen
from molscape.fit.schedules import Constant, Schedule
from molscape.networks import MLP, project
from molscape.objectives.objective import Batch, Objective

log = logging.getLogger(__name__)

EVALUATED = 256
"""Frames that a loss is evaluated on at a time."""

NOT_A_NUMBER = (
    "the loss is not a number in batch {} of epoch {}: the best parameters before it are kept; "
    "lower the learning rate, or add a spectral bound or priors"
)

OUTSIDE = ("patience", "folds", "cross_validation", "committee")
"""Options that change no epoch: they end a training, or say which frames are held out."""


@dataclass(frozen=True)
class Training:
    """How a potential is trained.

    Args:
        optimiser: takes the steps.
        batch: frames of a step; fewer where there are fewer.
        epochs: passes through the data.
        schedule: the learning rate's factor over the epochs.
        spectral_bound: largest singular value of any layer, or None.
        patience: epochs without a better validation loss that end the training, or None.
        precision: "single" or "double".
        seed: for the order of frames.
        folds: parts of the data; see `fold_of`.
        cross_validation: whether `fit.train` holds each fold out in turn, or the first only.
        committee: whether `fit.train` returns the mean of the models of all folds
            (`potentials.Committee`) instead of one trained on all frames.
    """

    optimiser: Optimiser = field(default_factory=Adam)
    batch: int = 512
    epochs: int = 50
    schedule: Schedule = field(default_factory=Constant)
    spectral_bound: float | None = None
    patience: int | None = None
    precision: str = "single"
    seed: int = 0
    folds: int = 5
    cross_validation: bool = True
    committee: bool = False

    def __post_init__(self) -> None:
        if self.committee and not self.cross_validation:
            raise ValueError(
                "a committee is made of the models of all folds: leave cross-validation on"
            )
        if self.batch < 1 or self.epochs < 1:
            raise ValueError(f"batch {self.batch}, epochs {self.epochs}: both begin at 1")
        if self.precision not in ("single", "double"):
            raise ValueError(f"precision {self.precision!r}: use 'single' or 'double'")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience {self.patience}: give a number of epochs, or leave it out")


@dataclass(frozen=True)
class Epoch:
    """What one pass through the data did: losses in (kJ/mol/nm)^2, and seconds."""

    number: int
    training: float
    validation: float
    rate: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Trained:
    """The best potential met, the epoch it is from (counted from 1) and the history."""

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
    with jax.enable_x64(training.precision == "double"):
        run = _Run(potential, objective, samples, training, held_out)
        return run.finish(folder, progress)


class _Run:
    """Arrays on the device, the compiled epoch, and where a training stands."""

    def __init__(
        self,
        potential: Potential,
        objective: Objective,
        samples: Sequence[Samples],
        training: Training,
        held_out: Sequence[np.ndarray] | None,
    ) -> None:
        dtype = np.dtype(np.float64 if training.precision == "double" else np.float32)
        self.training, self.dtype = training, dtype
        self.data = [one.whole(dtype) for one in samples]
        held = held_out or [np.zeros(len(one), dtype=bool) for one in samples]
        self.seen = [np.flatnonzero(~mask) for mask in held]
        self.unseen = [np.flatnonzero(mask) for mask in held]
        if not all(len(frames) for frames in self.seen):
            raise ValueError("no frame is left to train on: hold fewer out, or use more frames")
        potential = cast(potential, dtype)
        free, self.held = eqx.partition(potential, potential.trainable())
        if not jax.tree.leaves(free):
            raise ValueError(
                f"this potential ({potential.kind}) has nothing to train: add a cgnet or deepcg "
                "term, or leave `fit` out"
            )
        components = sum(
            one.forces[frames].size for one, frames in zip(samples, self.seen, strict=True)
        )
        squares = sum(
            float(np.sum(one.forces[frames] ** 2))
            for one, frames in zip(samples, self.seen, strict=True)
        )
        self.scale = squares / components
        self.problem = Problem(self.held, objective, jnp.asarray(self.scale, dtype=dtype))
        self.start, self.samples, self.masks = free, samples, held

    def identity(self) -> dict[str, Any]:
        """Return what decides the parameters after each epoch."""
        options = settings_of(self.training)
        return {
            "kind": self.held.kind,
            "shapes": [list(np.shape(leaf)) for leaf in jax.tree.leaves(self.start)],
            "training": {key: options[key] for key in options if key not in OUTSIDE},
            "objective": self.problem.objective,
            "data": [one.identity for one in self.samples],
            "held_out": self.masks,
        }

    def finish(self, folder: Path | None, progress: Progress | None) -> Trained:
        """Train from where the folder stands to the end."""
        training = self.training
        stopped = f"{training.epochs} epochs"
        with open_checkpoints(folder, self.identity) as kept:
            first = (self.start, training.optimiser.init(self.start), self.start)
            (free, state, best), before = kept.restore(first)
            history = [Epoch(**epoch) for epoch in before]
            for number in range(len(history), training.epochs):
                if _waited(history, training.patience):
                    break
                begin = time.perf_counter()
                rate = training.schedule(number / training.epochs)
                free, state, loss, bad = self._pass(free, state, number, rate)
                if bad is not None:
                    stopped = NOT_A_NUMBER.format(bad + 1, number + 1)
                    if number == 0:
                        raise ValueError(stopped)
                    log.warning(stopped)
                    break
                if training.spectral_bound is not None:
                    free = _projected(free, training.spectral_bound)
                validation = self.loss(free, self.unseen)
                held = any(len(frames) for frames in self.unseen)
                better = not held or all(validation < epoch.validation for epoch in history)
                best = free if better else best
                seconds = time.perf_counter() - begin
                history.append(Epoch(number + 1, loss * self.scale, validation, rate, seconds))
                kept.keep((free, state, best), history)
                if progress is not None:
                    progress("training", number + 1, training.epochs)
        if _waited(history, training.patience):
            stopped = f"no better validation loss in {training.patience} epochs"
        validated = [epoch.validation for epoch in history]
        number = int(np.argmin(validated)) + 1 if np.all(np.isfinite(validated)) else len(history)
        return Trained(self.problem.potential(best), number, tuple(history), stopped)

    def _pass(self, free: Any, state: Any, number: int, rate: float) -> Any:
        """Take one pass through the data; states with frames of their own take turns."""
        random = np.random.default_rng([self.training.seed, number])
        pieces: list[tuple[int, np.ndarray, np.ndarray]] = []
        for which, frames in enumerate(self.seen):
            order = random.permutation(frames)
            size = min(self.training.batch, len(order))
            steps = -(-len(order) // size)
            padded = np.resize(order, steps * size).reshape(steps, size)
            weight = (np.arange(steps * size) < len(order)).reshape(steps, size)
            turns = min(steps, 10) if len(self.seen) > 1 else 1
            for part in np.array_split(np.arange(steps), turns):
                pieces.append((which, padded[part], weight[part]))
        if len(self.seen) > 1:
            pieces = [pieces[k] for k in random.permutation(len(pieces))]
        losses: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        for which, frames, weight in pieces:
            indices, weights = _shared_out(frames, weight.astype(self.dtype))
            free, state, found = _epoch(
                self.training.optimiser,
                self.training.spectral_bound,
                self.problem,
                _Begin(free, state),
                self.data[which],
                _Rows(indices, weights),
                jnp.asarray(rate),
            )
            losses.append(np.asarray(found))
            counts.append(weight.sum(axis=1))
        loss, count = np.concatenate(losses), np.concatenate(counts)
        bad = np.flatnonzero(~np.isfinite(loss))
        return free, state, float(np.average(loss, weights=count)), bad[0] if len(bad) else None

    def loss(self, free: Any, frames: Sequence[Int[np.ndarray, " _"]]) -> float:
        """Return the loss over chosen frames of each of the samples, not a number without any."""
        total, count = 0.0, 0
        for batch, some in zip(self.data, frames, strict=True):
            if len(some):
                total += float(np.sum(losses_of(self.problem, free, batch, some)))
                count += len(some)
        return total / count if count else np.nan


def losses_of(
    problem: Problem, free: Any, batch: Batch, frames: Int[np.ndarray, " frame"]
) -> np.ndarray:
    """Return the loss of each of some frames, in pieces of equal size."""
    size = min(EVALUATED, len(frames))
    padded = np.resize(frames, -(-len(frames) // size) * size).reshape(-1, size)
    found = [np.asarray(_frame_losses(problem, free, batch, jnp.asarray(rows))) for rows in padded]
    return np.concatenate(found)[: len(frames)].astype(np.float64)


@eqx.filter_jit
def _frame_losses(problem: Problem, free: Any, batch: Batch, frames: Array) -> Array:
    """Return the loss of each frame in its own units."""
    weight = jnp.ones(len(frames), dtype=batch.weight.dtype)
    some = chosen(batch, frames, weight)
    residuals = problem.objective.residuals(problem.potential(free), some)
    share = jnp.mean(batch.system.mask.astype(batch.weight.dtype))
    return jnp.mean(residuals.reshape(len(frames), -1) ** 2, axis=1) / share


class _Begin(NamedTuple):
    """Free parameters, and the state of the optimiser."""

    free: Any
    state: Any


class _Rows(NamedTuple):
    """The frames of each step, and the weight of each frame."""

    frames: Int[Array, "step frame"]
    weights: Float[Array, "step frame"]


@eqx.filter_jit
def _epoch(
    optimiser: Optimiser,
    bound: float | None,
    problem: Problem,
    begin: _Begin,
    batch: Batch,
    rows: _Rows,
    rate: Array,
) -> tuple[Any, Any, Array]:
    """Take a step for each row of frames and return the loss before each."""

    def step(carry: Any, row: Any) -> Any:
        free, state, good = carry
        some = chosen(batch, *row)
        new_free, new_state, loss = optimiser.step(problem, free, state, some, rate)
        if bound is not None:
            new_free = _projected(new_free, bound)
        # Once a loss is not a number, nothing moves: what went before can be saved.
        moved = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(new_free)]
        good = good & jnp.isfinite(loss) & jnp.all(jnp.stack(moved))
        loss = jnp.where(good, loss, jnp.nan)
        kept = partial(jax.tree.map, lambda new, old: jnp.where(good, new, old))
        return (kept(new_free, free), kept(new_state, state), good), loss

    (free, state, _), losses = jax.lax.scan(step, (*begin, jnp.ones((), bool)), rows)
    return free, state, losses


def _projected(free: Any, bound: float) -> Any:
    """Return free parameters with every network within the spectral bound."""

    def within(node: Any) -> Any:
        trained = isinstance(node, MLP) and node.weights[0] is not None
        return project(node, bound) if trained else node

    return jax.tree.map(within, free, is_leaf=lambda node: isinstance(node, MLP))


def _shared_out(frames: np.ndarray, weights: np.ndarray) -> tuple[Array, Array]:
    """Divide the frames of each batch among devices, where there are several."""
    devices = jax.local_devices()
    count = max(n for n in range(1, len(devices) + 1) if frames.shape[1] % n == 0)
    if count == 1:
        return jnp.asarray(frames), jnp.asarray(weights)
    mesh = jax.sharding.Mesh(np.array(devices[:count]), ("device",))
    spread = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(None, "device"))
    return jax.device_put(frames, spread), jax.device_put(weights, spread)


def _waited(history: Sequence[Epoch], patience: int | None) -> bool:
    if patience is None or len(history) <= patience:
        return False
    losses = [epoch.validation for epoch in history]
    return bool(np.all(np.isfinite(losses)) and int(np.argmin(losses)) < len(losses) - patience)
