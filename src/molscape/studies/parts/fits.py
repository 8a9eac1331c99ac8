"""Fitting a model of a recipe: which fit, which sampler, and what is remembered of it."""

from __future__ import annotations

import shutil
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from molscape.core.frames import Frames
from molscape.core.store import whole
from molscape.studies.blocks.fit import FitBlock
from molscape.studies.parts.models import Model, ModelTask
from molscape.studies.parts.noise import with_floor
from molscape.studies.parts.simulation import run_model
from molscape.workers import open_pool

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.fit.cross_validation import CrossValidation
    from molscape.fit.method import Sampling
    from molscape.fit.result import Fit
    from molscape.fit.task import Task
    from molscape.simulate.run import Run


def fit_potential(block: FitBlock, task: ModelTask) -> Fit:
    """Fit a potential as a recipe says.

    Raises:
        ValueError: if data or options do not suit the fit.
        RuntimeError: if the first run of an iterative fit breaks down.
    """
    sampling = block.method.sampling
    sampler = None if sampling is None else _Sampler(task, sampling)
    with open_pool(block.method.pool) as executor:
        found = block.method.fit(_task_of(block, task, sampler, executor))
    return with_floor(found, task)


def cross_validate(block: FitBlock, task: ModelTask) -> CrossValidation | None:
    """Return the loss of a training on frames held out; None for a fit that is no training.

    Raises:
        ValueError: if data or options do not suit the training.
    """
    with open_pool(block.method.pool) as executor:
        return block.method.cross_validate(_task_of(block, task, None, executor))


def _task_of(
    block: FitBlock, task: ModelTask, sampler: _Sampler | None, executor: Executor | None
) -> Task:
    from molscape.fit import Task

    found: Task = Task(
        name=task.name,
        potential=task.potential,
        data=[(point.beads, point.state) for point in task.points],
        objective=block.build_objective(),
        sampler=sampler,
        executor=executor,
        folder=task.folder,
        seed=task.seed,
        progress=task.progress,
    )
    return found


class _Sampler:
    """Runs the model of an iteration in a folder of its own, from the end of the run before."""

    def __init__(self, task: ModelTask, sampling: Sampling) -> None:
        self.task = task
        bath = task.simulate.thermostat
        if bath.kind == "none":
            raise ValueError(
                "an iterative fit samples the model at the temperature of its reference, and the "
                "recipe has no thermostat: use langevin or nose_hoover"
            )
        self.block = task.simulate.model_copy(
            update={
                "steps": sampling.steps,
                "every": sampling.every,
                "equilibration": sampling.equilibration,
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
