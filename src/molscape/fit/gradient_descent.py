"""Training with cross-validation: a model on all frames, and one without each fold."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.optimisers import Problem
from molscape.fit.result import Fit, ForceLoss, Step
from molscape.fit.samples import Samples, fold_of, load_all
from molscape.fit.training import Trained, Training, losses_of, train_once
from molscape.objectives.objective import Objective


def train(
    potential: Potential,
    objective: Objective,
    data: Sequence[tuple[Trajectory, State]],
    training: Training | None = None,
    *,
    folds: int = 5,
    cross_validation: bool = True,
    folder: Path | str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Train any potential by steps down the gradient of an objective.

    With cross-validation a model is trained without each fold and validated on it; the model
    that is returned is trained on all frames, for as many epochs as were best on average, and
    the others are its `replicas`, whose spread tells how far to trust it. Without, one fold
    is held out and the parameters that were best for it are returned. Losses of the result are
    evaluated in double precision.

    Args:
        potential: where to begin; what `trainable()` marks is changed.
        objective: what is to be small.
        data: trajectories with forces, and their states.
        training: how; `Training()` by default.
        folds: parts of the data; see `fold_of`.
        cross_validation: whether each fold is held out in turn.
        folder: where checkpoints are kept, so that a stopped fit goes on.
        executor: runs folds side by side, such as `Client().get_executor()` of dask.
        progress: called as progress(what, done, total).

    Returns:
        The fit. `history` has the losses of every epoch; `settings` has the best epoch and what
        single precision changed.

    Raises:
        ValueError: if data or options do not fit, or the first loss is not finite.
    """
    training = training or Training()
    samples = load_all(data, potential.reach)
    parts = [fold_of(len(one), folds) for one in samples]
    once = partial(train_once, potential, objective, samples)
    place = None if folder is None else Path(folder)

    def held(fold: int) -> list[np.ndarray]:
        return [part == fold for part in parts]

    def own(name: str) -> Path | None:
        return None if place is None else place / name

    tried = range(folds if cross_validation else 1)
    if executor is None:
        trained = [
            once(training, held_out=held(k), folder=own(f"fold-{k + 1}"), progress=progress)
            for k in tried
        ]
    else:
        waiting: list[Future[Trained]] = [
            executor.submit(once, training, held_out=held(k), folder=own(f"fold-{k + 1}"))
            for k in tried
        ]
        trained = []
        for k, one in enumerate(waiting):
            trained.append(one.result())
            if progress is not None:
                progress("folds", k + 1, folds)
    validated = [
        force_loss(model.potential, objective, samples, held(k)) for k, model in enumerate(trained)
    ]
    if cross_validation:
        best = max(1, round(float(np.mean([model.best for model in trained]))))
        # The schedule runs over all epochs also where the best was met before its end.
        final = once(
            replace(training, epochs=best, schedule=_Part(training, best)),
            folder=own("all"),
            progress=progress,
        )
        error = float(np.std(validated, ddof=1) / np.sqrt(folds))
    else:
        final, error = trained[0], np.nan
    return _result(final, trained, samples, objective, (float(np.mean(validated)), error), parts)


class _Part:
    """A schedule of which only the first epochs are run."""

    def __init__(self, training: Training, epochs: int) -> None:
        self.schedule, self.share = training.schedule, epochs / training.epochs

    def __call__(self, done: float) -> float:
        return self.schedule(done * self.share)

    def __repr__(self) -> str:
        return f"{self.share:.6f} of {self.schedule!r}"


def force_loss(
    potential: Potential,
    objective: Objective,
    samples: Sequence[Samples],
    frames: Sequence[np.ndarray] | None = None,
    precision: str = "double",
) -> float:
    """Return the loss over frames that are marked, all by default, in (kJ/mol/nm)^2."""
    total, count = 0.0, 0
    with jax.enable_x64(precision == "double"):
        dtype = np.dtype(np.float64 if precision == "double" else np.float32)
        free, held = eqx.partition(cast(potential, dtype), eqx.is_inexact_array)
        problem = Problem(held, objective, jnp.ones((), dtype=dtype))
        for k, one in enumerate(samples):
            some = np.arange(len(one)) if frames is None else np.flatnonzero(frames[k])
            if len(some):
                found = losses_of(problem, free, one.whole(dtype), some)
                total, count = total + float(found.sum()), count + len(some)
    return total / count


def _result(
    final: Trained,
    trained: Sequence[Trained],
    samples: Sequence[Samples],
    objective: Objective,
    validation: tuple[float, float],
    parts: Sequence[np.ndarray],
) -> Fit:
    exact = force_loss(final.potential, objective, samples)
    single = force_loss(final.potential, objective, samples, precision="single")
    zero = sum(float(np.sum(one.forces**2)) for one in samples)
    components = sum(one.forces.size for one in samples)
    whole = len(trained) > 1
    source = trained[0] if whole else final
    history = tuple(
        Step(
            epoch.number,
            {},
            {"training": epoch.training, "validation": epoch.validation, "rate": epoch.rate},
            0.0,
            epoch.seconds,
        )
        for epoch in source.history
    )
    return Fit(
        method="train",
        potential=final.potential,
        frames=sum(len(one) for one in samples),
        replicas=tuple(model.potential for model in trained) if whole else (),
        force_loss=ForceLoss(
            fit=exact, zero=zero / components, validation=validation[0], error=validation[1]
        ),
        history=history,
        stopped=final.stopped if not whole else "; ".join({m.stopped for m in trained}),
        settings={
            "best_epoch": float(final.best),
            "folds": float(max(int(part.max()) + 1 for part in parts)),
            "single_precision_change": abs(single - exact) / exact,
        },
    )
