"""Training with cross-validation: a model on all frames, and one without each fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.statistics import standard_error
from molscape.core.trajectory import Trajectory
from molscape.fit.potential_training import PotentialProblem, Trained, train_once
from molscape.fit.result import Fit, ForceLoss, Step
from molscape.fit.samples import Samples, chosen, fold_of, load_all
from molscape.fit.schedules import Schedule
from molscape.fit.training import Training, mean_losses
from molscape.objectives.energy_matching import EnergyAndForceMatching
from molscape.objectives.force_matching import ForceMatching
from molscape.objectives.objective import Objective
from molscape.potentials.committee import Committee
from molscape.workers import Evaluator


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """A model without each fold, and the loss of its forces on that fold in (kJ/mol/nm)^2.

    `energy_error` is the root mean square deviation of energies per particle on the folds
    (kJ/mol), None where the objective asks for none.
    """

    models: tuple[Trained, ...]
    losses: tuple[float, ...]
    energy_error: float | None = None

    @property
    def loss(self) -> float:
        """Mean over the folds."""
        return float(np.mean(self.losses))

    @property
    def error(self) -> float:
        """Standard error of the mean; not a number for one fold."""
        return float(standard_error(self.losses))


def cross_validate(
    potential: Potential,
    objective: Objective,
    data: Sequence[tuple[Trajectory, State]],
    training: Training,
    *,
    folder: Path | str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> CrossValidation:
    """Train a model without each fold and validate its forces there, in double precision.

    Arguments are those of `train`.

    Raises:
        ValueError: if data or options do not fit, or the first loss is not finite.
    """
    samples = load_all(data, potential.reach)
    parts = [fold_of(len(one), training.folds) for one in samples]
    once = partial(train_once, potential, objective, samples, training)
    count = training.folds if training.cross_validation else 1
    held = [[part == k for part in parts] for k in range(count)]
    places = [None if folder is None else Path(folder) / f"fold-{k + 1}" for k in range(count)]
    found = _train_each(once, held, places, executor, progress)
    trained = [found[k] for k in range(count)]
    pairs = list(zip(trained, held, strict=True))
    losses = [mean_loss(one.potential, ForceMatching(), samples, frames) for one, frames in pairs]
    error = None
    if isinstance(objective, EnergyAndForceMatching):
        squares = [_energy_loss(one.potential, samples, frames) for one, frames in pairs]
        error = float(np.sqrt(np.mean(squares)))
    return CrossValidation(tuple(trained), tuple(losses), error)


def _train_each(
    once: Callable[..., Trained],
    held: Sequence[list[np.ndarray]],
    places: Sequence[Path | None],
    executor: Executor | None,
    progress: Progress | None,
) -> dict[int, Trained]:
    """Train without each of the folds, side by side where there are workers."""
    # A worker that died is worth another attempt; in this process an error would come again.
    evaluator = Evaluator(executor, retries=0 if executor is None else 1)
    own = progress if executor is None else None
    for k, (frames, place) in enumerate(zip(held, places, strict=True)):
        evaluator.submit(str(k), once, held_out=frames, folder=place, progress=own)
    found: dict[int, Trained] = {}
    try:
        for outcome in evaluator.collect():
            found[int(outcome.key)] = outcome.result()
            if executor is not None and progress is not None:
                progress("folds", len(found), len(held))
    finally:
        evaluator.cancel()
    return found


def train(
    potential: Potential,
    objective: Objective,
    data: Sequence[tuple[Trajectory, State]],
    training: Training | None = None,
    *,
    folder: Path | str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Train any potential by steps down the gradient of an objective.

    With cross-validation a model is trained without each fold and validated on it; the model
    that is returned is trained on all frames, for as many epochs as were best on average, and
    the others are its `replicas`, whose spread tells how far to trust it. Without, one fold
    is held out and the parameters that were best for it are returned. Losses of the result are
    those of the forces alone, evaluated in double precision.

    Args:
        potential: where to begin; what `trainable()` marks is changed.
        objective: what is to be small.
        data: trajectories with forces, and their states.
        training: how; `Training()` by default.
        folder: where checkpoints are kept, so that a stopped fit goes on.
        executor: runs folds side by side, such as `Client().get_executor()` of dask.
        progress: called as progress(what, done, total).

    Returns:
        The fit. `history` has the losses of every epoch of the first fold; `settings` has the
        best epoch and what single precision changed.

    Raises:
        ValueError: if data or options do not fit, or the first loss is not finite.
    """
    training = training or Training()
    checked = cross_validate(
        potential, objective, data, training, folder=folder, executor=executor, progress=progress
    )
    models = [model.potential for model in checked.models]
    best = max(1, round(float(np.mean([model.best for model in checked.models]))))
    if training.committee:
        final: Potential = Committee(models)
    elif not training.cross_validation:
        final = models[0]
    else:
        # The schedule runs over all epochs also where the best was met before its end.
        final = train_once(
            potential,
            objective,
            load_all(data, potential.reach),
            replace(
                training, epochs=best, schedule=_Part(training.schedule, best, training.epochs)
            ),
            folder=None if folder is None else Path(folder) / "all",
            progress=progress,
        ).potential
    found = _result(final, checked, load_all(data, potential.reach), best)
    # A committee holds its members itself.
    return found if training.committee or len(models) == 1 else replace(found, replicas=(*models,))


@dataclass(frozen=True)
class _Part:
    """A schedule over `planned` epochs of which only the first `epochs` are run."""

    kind: ClassVar[str] = "part"

    schedule: Schedule
    epochs: int
    planned: int

    def __call__(self, done: float) -> float:
        return self.schedule(done * (self.epochs / self.planned))


def mean_loss(
    potential: Potential,
    objective: Objective,
    samples: Sequence[Samples],
    frames: Sequence[np.ndarray] | None = None,
    precision: str = "double",
) -> float:
    """Return the loss over frames that are marked, all by default, in (kJ/mol/nm)^2."""
    with jax.enable_x64(precision == "double"):
        dtype = np.dtype(np.float64 if precision == "double" else np.float32)
        free, held = eqx.partition(cast(potential, dtype), eqx.is_inexact_array)
        problem = PotentialProblem(held, objective, jnp.ones((), dtype=dtype))
        marked = [np.ones(len(one), dtype=bool) for one in samples] if frames is None else frames
        rows = [np.flatnonzero(mask) for mask in marked]
        return float(mean_losses(problem, free, [one.whole(dtype) for one in samples], rows))


def _energy_loss(
    potential: Potential, samples: Sequence[Samples], frames: Sequence[np.ndarray]
) -> float:
    """Return the mean squared deviation of energies per particle, the mean of each state free."""
    squares: list[np.ndarray] = []
    with jax.enable_x64(True):
        exact = cast(potential, np.dtype(np.float64))
        for one, marked in zip(samples, frames, strict=True):
            rows = np.flatnonzero(marked)
            if len(rows):
                weight = jnp.ones(len(rows), dtype=np.float64)
                batch = chosen(one.whole(np.dtype(np.float64)), jnp.asarray(rows), weight)
                squares.append(
                    np.asarray(EnergyAndForceMatching().energy_errors(exact, batch)) ** 2
                )
    return float(np.mean(np.concatenate(squares)))


def _result(
    final: Potential, checked: CrossValidation, samples: Sequence[Samples], best: int
) -> Fit:
    exact = mean_loss(final, ForceMatching(), samples)
    single = mean_loss(final, ForceMatching(), samples, precision="single")
    zero = sum(float(np.sum(one.forces**2)) for one in samples)
    components = sum(one.forces.size for one in samples)
    history = tuple(
        Step(
            epoch.number,
            {},
            {"training": epoch.training, "validation": epoch.validation, "rate": epoch.rate},
            0.0,
            epoch.seconds,
        )
        for epoch in checked.models[0].history
    )
    return Fit(
        method="train",
        potential=final,
        frames=sum(len(one) for one in samples),
        force_loss=ForceLoss(
            fit=exact, zero=zero / components, validation=checked.loss, error=checked.error
        ),
        history=history,
        stopped="; ".join(dict.fromkeys(model.stopped for model in checked.models)),
        settings={
            "best_epoch": float(best),
            "folds": float(len(checked.models)),
            "single_precision_change": abs(single - exact) / exact,
            **({} if checked.energy_error is None else {"energy_error": checked.energy_error}),
        },
    )
