"""One training of any problem: epochs of steps over batches, the best parameters kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.record import Progress
from molscape.fit.checkpoints import Checkpoints
from molscape.fit.optimisers import Adam, Optimiser
from molscape.fit.problem import Problem, TrainingData, Turn
from molscape.fit.schedules import Constant, Schedule

log = logging.getLogger(__name__)

NOT_A_NUMBER = (
    "the loss is not a number in batch {} of epoch {}: the best parameters before it are kept; "
    "lower the learning rate, or add a spectral bound or priors"
)


@dataclass(frozen=True)
class Training:
    """How parameters are trained.

    Args:
        optimiser: takes the steps.
        batch: samples of a step; fewer where there are fewer.
        epochs: passes through the data.
        schedule: the learning rate's factor over the epochs.
        spectral_bound: largest singular value of any layer of a potential, or None.
        patience: epochs without a better validation loss that end the training, or None.
        precision: "single" or "double".
        seed: for the order of samples.
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
    """What one pass through the data did: losses in the problem's units, and seconds.

    `parts` are the losses held out of each part, where the problem tells several apart.
    """

    number: int
    training: float
    validation: float
    rate: float
    seconds: float
    parts: Sequence[float] = ()


@dataclass(frozen=True, eq=False)
class Minimum:
    """The best parameters met, the epoch they are from (counted from 1) and the history.

    `steps` are the losses before each step, those of a training that was resumed from there on.
    """

    free: Any
    best: int
    history: tuple[Epoch, ...]
    stopped: str
    steps: Float[np.ndarray, "step ..."]


def minimise(
    problem: Problem,
    start: Any,
    data: TrainingData,
    training: Training,
    checkpoints: Checkpoints | None = None,
    progress: Progress | None = None,
) -> Minimum:
    """Train free parameters on the data but those held out.

    The best parameters by the loss of the samples held out are kept; without any, the last.
    A loss that is not a number ends the training; the best so far is returned and `stopped`
    names the batch. With several devices each batch is divided among them. To be called where
    jax has the training's precision.

    Args:
        problem: what is to be small.
        start: where the free parameters begin.
        data: what is trained on.
        training: how.
        checkpoints: from where a training that was stopped goes on to the same result.
        progress: called as progress("training", done, total) after each epoch.

    Raises:
        ValueError: if the first loss is not finite.
    """
    loop = _Loop(problem, data, training)
    return loop.finish(start, checkpoints or Checkpoints(None), progress)


class _Loop:
    """A problem and its data, epoch by epoch."""

    def __init__(self, problem: Problem, data: TrainingData, training: Training) -> None:
        self.problem, self.data, self.training = problem, data, training
        self.steps: list[np.ndarray] = []

    def finish(self, start: Any, kept: Checkpoints, progress: Progress | None) -> Minimum:
        """Train from where the checkpoints stand to the end."""
        training = self.training
        stopped = f"{training.epochs} epochs"
        first = (start, training.optimiser.init(start), start)
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
            free = self.problem.project(free)
            parts = mean_losses(self.problem, free, self.data.sets, self.data.held_out)
            validation = float(np.mean(parts))
            held = any(len(rows) for rows in self.data.held_out)
            better = not held or all(validation < epoch.validation for epoch in history)
            best = free if better else best
            if self.problem.measures_training:
                seen = mean_losses(self.problem, free, self.data.sets, self.data.seen)
                loss = float(np.mean(seen))
            seconds = time.perf_counter() - begin
            told = (loss * self.data.unit, validation, rate, seconds)
            history.append(Epoch(number + 1, *told, parts.tolist() if parts.ndim else ()))
            kept.keep((free, state, best), history)
            if progress is not None:
                progress("training", number + 1, training.epochs)
        if _waited(history, training.patience):
            stopped = f"no better validation loss in {training.patience} epochs"
        validated = [epoch.validation for epoch in history]
        number = int(np.argmin(validated)) + 1 if np.all(np.isfinite(validated)) else len(history)
        steps = np.concatenate(self.steps) if self.steps else np.zeros(0)
        return Minimum(best, number, tuple(history), stopped, steps)

    def _pass(
        self, free: Any, state: Any, number: int, rate: float
    ) -> tuple[Any, Any, float, int | None]:
        """Take one pass through the data; return its mean loss and the first bad batch."""
        losses: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        pieces = list(self._pieces(number))
        total, at = sum(len(piece.rows) for piece in pieces), 0
        for piece in pieces:
            steps = np.arange(at, at + len(piece.rows))
            at += len(steps)
            turns = Turn(
                *_shared_out(piece.rows, piece.weights.astype(jnp.zeros(()).dtype)),
                jnp.asarray((number + steps / total) / self.training.epochs),
                jnp.asarray(number * total + steps),
            )
            free, state, found = _epoch(
                self.training.optimiser,
                self.problem,
                _Begin(free, state),
                self.data.sets[piece.which],
                turns,
                jnp.asarray(rate),
            )
            losses.append(np.asarray(found))
            counts.append(piece.weights.sum(axis=1))
        loss, count = np.concatenate(losses), np.concatenate(counts)
        self.steps.append(loss)
        good = np.isfinite(loss).reshape(len(loss), -1).all(axis=1)
        mean = float(np.mean(np.average(loss, axis=0, weights=count)))
        return free, state, mean, None if good.all() else int(np.argmin(good))

    def _pieces(self, number: int) -> Iterator[_Piece]:
        """Give the samples of each step in a random order; several sets take turns."""
        random = np.random.default_rng([self.training.seed, number])
        pieces: list[_Piece] = []
        for which, rows in enumerate(self.data.seen):
            order = random.permutation(rows)
            size = min(self.training.batch, len(order))
            steps = -(-len(order) // size)
            padded = np.resize(order, steps * size).reshape(steps, size)
            weights = (np.arange(steps * size) < len(order)).reshape(steps, size)
            turns = min(steps, 10) if len(self.data.seen) > 1 else 1
            for part in np.array_split(np.arange(steps), turns):
                pieces.append(_Piece(which, padded[part], weights[part]))
        if len(self.data.seen) > 1:
            pieces = [pieces[k] for k in random.permutation(len(pieces))]
        yield from pieces


class _Piece(NamedTuple):
    """Steps over samples of one set; the weights tell which are no padding."""

    which: int
    rows: Int[np.ndarray, "step sample"]
    weights: np.ndarray


def mean_losses(
    problem: Problem, free: Any, sets: Sequence[Any], rows: Sequence[Int[np.ndarray, " _"]]
) -> Float[np.ndarray, "..."]:
    """Return the mean losses of some samples of each set, not a number without any."""
    total, count = np.zeros(()), 0
    for data, some in zip(sets, rows, strict=True):
        if len(some):
            total = total + np.sum(losses_of(problem, free, data, some), axis=0)
            count += len(some)
    return np.asarray(total / count if count else np.nan)


def losses_of(
    problem: Problem, free: Any, data: Any, rows: Int[np.ndarray, " sample"]
) -> Float[np.ndarray, "sample ..."]:
    """Return the losses of some samples of a set, in pieces of equal size."""
    size = min(problem.measured, len(rows))
    padded = np.resize(rows, -(-len(rows) // size) * size).reshape(-1, size)
    found = [np.asarray(_sample_losses(problem, free, data, jnp.asarray(row))) for row in padded]
    return np.concatenate(found)[: len(rows)].astype(np.float64)


@eqx.filter_jit
def _sample_losses(problem: Problem, free: Any, data: Any, rows: Array) -> Array:
    """Return the losses of each sample, at the end of a training."""
    turn = Turn(rows, jnp.ones(len(rows)), jnp.ones(()), jnp.zeros((), int))
    return problem.losses(free, problem.batch(data, turn))


class _Begin(NamedTuple):
    """Free parameters, and the state of the optimiser."""

    free: Any
    state: Any


@eqx.filter_jit
def _epoch(
    optimiser: Optimiser, problem: Problem, begin: _Begin, data: Any, turns: Turn, rate: Array
) -> tuple[Any, Any, Array]:
    """Take a step for each turn and return the loss before each."""

    def step(carry: Any, turn: Turn) -> Any:
        free, state, good = carry
        batch = problem.batch(data, turn)
        new_free, new_state, loss = optimiser.step(problem, free, state, batch, rate)
        new_free = problem.project(new_free)
        # Once a loss is not a number, nothing moves: what went before can be saved.
        moved = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(new_free)]
        good = good & jnp.all(jnp.isfinite(loss)) & jnp.all(jnp.stack(moved))
        loss = jnp.where(good, loss, jnp.nan)
        kept = partial(jax.tree.map, lambda new, old: jnp.where(good, new, old))
        return (kept(new_free, free), kept(new_state, state), good), loss

    (free, state, _), losses = jax.lax.scan(step, (*begin, jnp.ones((), bool)), turns)
    return free, state, losses


def _shared_out(rows: np.ndarray, weights: np.ndarray) -> tuple[Array, Array]:
    """Divide the samples of each batch among devices, where there are several."""
    devices = jax.local_devices()
    count = max(n for n in range(1, len(devices) + 1) if rows.shape[1] % n == 0)
    if count == 1:
        return jnp.asarray(rows), jnp.asarray(weights)
    mesh = jax.sharding.Mesh(np.array(devices[:count]), ("device",))
    spread = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(None, "device"))
    return jax.device_put(rows, spread), jax.device_put(weights, spread)


def _waited(history: Sequence[Epoch], patience: int | None) -> bool:
    if patience is None or len(history) <= patience:
        return False
    losses = [epoch.validation for epoch in history]
    return bool(np.all(np.isfinite(losses)) and int(np.argmin(losses)) < len(losses) - patience)
