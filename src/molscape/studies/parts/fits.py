"""Fitting a model of a recipe: which fit, which sampler, and what is remembered of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.store import whole
from molscape.core.units import BAR
from molscape.studies.blocks.fit import (
    BoltzmannMethod,
    FitBlock,
    GradientMethod,
    InverseMonteCarloMethod,
    IterativeBoltzmannMethod,
    LeastSquaresMethod,
    LinearMethod,
    NewtonMethod,
    Sampling,
)
from molscape.studies.parts.models import Model
from molscape.studies.parts.noise import with_floor
from molscape.studies.parts.simulation import run_model
from molscape.studies.parts.tasks import Task

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.fit.result import Fit
    from molscape.fit.training import Training
    from molscape.objectives.objective import Objective
    from molscape.simulate.run import Run


def fit_potential(block: FitBlock, task: Task) -> Fit:
    """Fit a potential as a recipe says.

    Raises:
        ValueError: if data or options do not suit the fit.
        RuntimeError: if the first run of an iterative fit breaks down.
    """
    from molscape import fit

    method = block.method
    data = [(point.beads, point.state) for point in task.points]
    if isinstance(method, LinearMethod | LeastSquaresMethod):
        return with_floor(_solve(method, task, data), task)
    if isinstance(method, GradientMethod):
        return with_floor(_train(block, method, task, data), task)
    if isinstance(method, BoltzmannMethod):
        return fit.boltzmann(task.potential, data)
    options = fit.IterationOptions(
        iterations=method.iterations,
        folder=task.folder,
        scale=method.scale if isinstance(method, IterativeBoltzmannMethod) else 1.0,
        progress=task.progress,
    )
    sampler = _Sampler(task, method)
    if isinstance(method, IterativeBoltzmannMethod):
        target = method.pressure
        if target is not None:
            data = [(b, replace(s, pressure=target * BAR, density=None)) for b, s in data]
        return fit.iterative_boltzmann(
            task.potential,
            data,
            sampler,
            options,
            mixing=method.mixing,
            pressure=target is not None,
        )
    if isinstance(method, InverseMonteCarloMethod):
        return fit.inverse_monte_carlo(task.potential, data, sampler, options)
    assert isinstance(method, NewtonMethod)
    return fit.relative_entropy(task.potential, data, sampler, options)


def _solve(method: LinearMethod | LeastSquaresMethod, task: Task, data: list[Any]) -> Fit:
    """Match forces by normal equations, or by least squares of few parameters."""
    from molscape import fit, objectives

    given = task.potential, objectives.ForceMatching(), data
    if isinstance(method, LinearMethod):
        linear = fit.LinearOptions(
            method.ridge, method.blocks, method.minimum_samples, method.weights
        )
        return fit.linear(*given, linear, progress=task.progress)
    few = fit.LeastSquaresOptions(
        free=method.parameters, blocks=method.blocks, iterations=method.iterations
    )
    return fit.least_squares(*given, few, progress=task.progress)


def training_of(method: GradientMethod, seed: int) -> Training:
    """Return how a potential is trained, as a recipe says.

    Raises:
        ValueError: if the optimiser takes no learning rate and one is given.
    """
    from molscape import fit

    classes = {cls.kind: cls for cls in (fit.Adam, fit.SGD, fit.RPROP, fit.LBFGS, fit.Kalman)}
    rate = {} if method.learning_rate is None else {"learning_rate": method.learning_rate}
    if rate and method.optimiser in ("lbfgs", "kalman"):
        raise ValueError(f"{method.optimiser} finds its own steps: leave `learning_rate` out")
    plan = method.schedule
    schedule = {
        "constant": fit.Constant(),
        "steps": fit.Steps(plan.factor, plan.steps),
        "exponential": fit.Exponential(max(plan.end, 1e-6)),
        "cosine": fit.Cosine(plan.end),
    }[plan.kind]
    return fit.Training(
        optimiser=classes[method.optimiser](**rate),
        batch=method.batch,
        epochs=method.epochs,
        schedule=schedule,
        spectral_bound=method.spectral_bound,
        patience=method.patience,
        precision=method.precision,
        seed=seed,
        folds=method.folds,
        cross_validation=method.cross_validation,
        committee=method.committee,
    )


def objective_of(block: FitBlock) -> Objective:
    """Return the objective of a training.

    Raises:
        ValueError: if it is not one that parameters are trained for.
    """
    from molscape import objectives

    if block.objective == "force_matching":
        return objectives.ForceMatching()
    if block.objective == "energy_and_force_matching":
        return objectives.EnergyAndForceMatching(block.energy_weight)
    raise ValueError(f"{block.objective} is not an objective of `kind: gradient`")


def _train(block: FitBlock, method: GradientMethod, task: Task, data: list[Any]) -> Fit:
    """Train a network; with several workers the folds run side by side."""
    from molscape import fit

    with workers(method.workers) as executor:
        return fit.train(
            task.potential,
            objective_of(block),
            data,
            training_of(method, task.seed),
            folder=task.folder,
            executor=executor,
            progress=task.progress,
        )


@contextmanager
def workers(count: int) -> Iterator[Executor | None]:
    """Start worker processes of dask, none for a count of one."""
    if count == 1:
        yield None
        return
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise ValueError(
            "several `workers` need dask: pip install 'molscape[distributed]'"
        ) from error
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor(pure=False)


class _Sampler:
    """Runs the model of an iteration in a folder of its own, from the end of the run before."""

    def __init__(self, task: Task, method: Sampling) -> None:
        self.task = task
        bath = task.simulate.thermostat
        if bath.kind == "none":
            raise ValueError(
                "an iterative fit samples the model at the temperature of its reference, and the "
                "recipe has no thermostat: use langevin or nose_hoover"
            )
        self.block = task.simulate.model_copy(
            update={
                "steps": method.steps,
                "every": method.every,
                "equilibration": method.equilibration,
                "pressure": None,
                "temperature": None,
            }
        )

    def __call__(self, potential: Potential, iteration: int, state: int) -> Run:
        task, point = self.task, self.task.points[state]
        model = Model(task.name, potential, point.beads.topology, point.state.temperature, fit=None)
        run = run_model(
            model,
            self.block,
            self._start(iteration, state),
            self._folder(iteration, state),
            task.seed + 1000 * iteration + state,
            task.progress,
        )
        if run.blow_up is None:
            count = self.block.replicas
            end = Frames.concatenate([run.trajectory[-k] for k in range(count, 0, -1)])
            with whole(self._end(iteration, state)) as part, part.open("wb") as stream:
                np.save(stream, end.positions)
        # Runs before this one are not read any more; their ends are.
        if iteration:
            shutil.rmtree(self._folder(iteration - 1, state), ignore_errors=True)
        return run

    def _folder(self, iteration: int, state: int) -> Path:
        return self.task.folder / f"iteration-{iteration + 1:03d}" / f"state-{state}"

    def _end(self, iteration: int, state: int) -> Path:
        return self.task.folder / f"end-{iteration + 1:03d}-{state}.npy"

    def _start(self, iteration: int, state: int) -> Frames:
        """Return where the last good run ended, or the reference's start."""
        start = self.task.starts[state]
        for before in range(iteration - 1, -1, -1):
            if self._end(before, state).exists():
                return start.replace(positions=np.load(self._end(before, state)))
        return start
