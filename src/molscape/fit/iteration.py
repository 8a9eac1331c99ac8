"""Iterative fits: run the model, compare its structure with the reference, change it, repeat."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.store import Draft, Store
from molscape.core.trajectory import Trajectory
from molscape.fit.comparison import (
    Sampled,
    Sampler,
    distances_of,
    floors_of,
    pressures_of,
    sample_of,
)
from molscape.fit.convergence import choose_best, reason_to_stop
from molscape.fit.inversion import choose_start
from molscape.fit.mixing import mixed
from molscape.fit.projection import MINIMUM_SAMPLES, Counted, StructureProblem
from molscape.fit.response import fits_without_blocks
from molscape.fit.result import Distance, Fit, Step

log = logging.getLogger(__name__)

BREAKDOWNS = 3
"""Runs in a row that may break down before a fit stops."""

PIECE = "course"


Update = Callable[
    [Float[np.ndarray, " parameter"], list[Counted], int],
    tuple[Float[np.ndarray, " parameter"], dict[str, float]],
]
"""update(parameters, samples, iteration) returns new parameters and numbers for the history."""


@dataclass(frozen=True)
class IterationOptions:
    """How an iterative fit runs, whatever its method.

    Args:
        iterations: number of runs at most.
        folder: where the fit keeps its state; the same call continues from there.
        scale: share of the change that is made.
        start: "inversion" for the Boltzmann inversion, "given" for the potential's parameters.
        blocks: number of blocks of frames for errors.
        minimum_samples: an interval of the reference with fewer samples counts as poor.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if there are no iterations, or `start` is neither of the two.
    """

    iterations: int = 15
    folder: Path | str | None = None
    scale: float = 1.0
    start: str = "inversion"
    blocks: int = 10
    minimum_samples: float = MINIMUM_SAMPLES
    progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise ValueError(f"iterations {self.iterations}: give at least 1")
        if self.start not in ("inversion", "given"):
            raise ValueError(f"start {self.start!r}: use 'inversion' or 'given'")


@dataclass(frozen=True)
class UpdateRule:
    """How one method changes parameters after a run.

    Args:
        method: its name.
        make: make(problem, scale) returns the update of a fit, `scale` being the share of the
            change that is made.
        settings: options of the method that decide its numbers, besides the scale and the samples
            of an interval: a folder of a fit with other ones is refused.
        mixing: the last `mixing` + 1 updates are combined into the next parameters; none but
            the last if 0.
    """

    method: str
    make: Callable[[StructureProblem, float], Update]
    settings: dict[str, float] = field(default_factory=dict)
    mixing: int = 0

    @property
    def words(self) -> str:
        """What progress calls the fit."""
        return self.method.replace("_", " ")


def iterate(
    rule: UpdateRule,
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    sampler: Sampler,
    options: IterationOptions | None = None,
) -> Fit:
    """Repeat run, comparison and update until within noise, and return the best potential.

    A fit stops when every distance is at most max(floor/2, 2 standard errors) in two successive
    iterations, or when nothing has improved beyond the errors in five. (Halves of the reference
    differ by the floor, all of it from a perfect model by about half of that.) The potential
    returned is the latest whose distances lie within the errors of the smallest: it was run
    and measured. Its `replicas`, without one block of reference frames each, follow from the
    linear response of its structure. After a run that broke down, the last change is halved.

    Args:
        rule: changes the parameters after each run.
        potential: one or several linear terms; other terms are kept as they are.
        data: reference beads and their states.
        sampler: runs a model.
        options: how long and from where; `IterationOptions()` by default.

    Raises:
        ValueError: if data, potential or options do not fit, or the folder holds another fit.
        RuntimeError: if the first run breaks down, or another process fits in the folder.
    """
    options = options or IterationOptions()
    problem = StructureProblem.make(potential, data, options.blocks, options.minimum_samples)
    update = rule.make(problem, options.scale)
    work = _Work(problem, rule, update, sampler, options, floors_of(problem))
    start = choose_start(problem, options.start)
    with _open_folder(work, start) as store:
        course = _Course.resumed(start, store)
        while not course.stopped and len(course.history) < options.iterations:
            course.advance(work)
    stopped = course.stopped or f"reached the {options.iterations} iterations asked for"
    best = choose_best(course.history)
    return Fit(
        method=rule.method,
        potential=problem.build(course.tried[best]),
        frames=int(sum(each.frames.sum() for each in problem.references)),
        replicas=tuple(problem.build(each) for each in course.replicas[best]),
        supports=tuple(row.support for row in problem.rows),
        history=tuple(course.history),
        stopped=stopped,
        settings={**work.settings, "iteration": float(best + 1)},
    )


@dataclass(frozen=True)
class _Work:
    """What every iteration of a fit works with."""

    problem: StructureProblem
    rule: UpdateRule
    update: Update
    sampler: Sampler
    options: IterationOptions
    floors: dict[str, float]

    @property
    def settings(self) -> dict[str, float]:
        """Everything of the options that decides the numbers but the blocks."""
        options = self.options
        own = {"scale": options.scale, "minimum_samples": options.minimum_samples}
        return {**own, **self.rule.settings}

    def report(self, done: int) -> None:
        """Call the progress when so many iterations are done."""
        if self.options.progress is not None:
            self.options.progress(self.rule.words, done, self.options.iterations)

    def identity(self, start: np.ndarray) -> dict[str, Any]:
        """Return everything that decides the numbers of a fit but the sampler."""
        problem = self.problem
        references = [{"counts": each.counts, "ideal": each.ideal} for each in problem.references]
        return {
            "method": self.rule.method,
            "options": self.settings,
            "blocks": self.options.blocks,
            "states": problem.states,
            "potential": {
                "kind": problem.potential.kind,
                "settings": problem.potential.settings(),
                "arrays": problem.potential.arrays(),
            },
            "start": start,
            "references": references,
        }


class _Course:
    """The parameters tried so far, the next ones, and the history."""

    def __init__(self, start: np.ndarray, store: Store | None) -> None:
        self.next, self.store = start, store
        self.tried: list[np.ndarray] = []
        self.changes: list[np.ndarray] = []
        self.replicas: list[np.ndarray] = []
        self.history: list[Step] = []
        self.breakdowns = 0
        self.stopped = ""

    @classmethod
    def resumed(cls, start: np.ndarray, store: Store | None) -> _Course:
        """Start anew, or continue from what the folder holds."""
        course = cls(start, store)
        files = None if store is None else store.finished(PIECE)
        if files is None:
            return course
        numbers, text = files
        saved = json.loads(text.read_text(encoding="utf-8"))
        with np.load(numbers) as arrays:
            course.next, course.tried = arrays["next"], list(arrays["tried"])
            course.changes = list(arrays["changes"])
            course.replicas = list(arrays["replicas"])
        for step in saved["history"]:
            distances = {name: Distance(**each) for name, each in step.pop("distances").items()}
            course.history.append(Step(distances=distances, **step))
        course.breakdowns, course.stopped = saved["breakdowns"], saved["stopped"]
        return course

    def advance(self, work: _Work) -> None:
        """Do one iteration."""
        problem, number = work.problem, len(self.history)
        work.report(number)
        begin = time.perf_counter()
        potential = problem.build(self.next)
        own = time.perf_counter() - begin
        runs = [work.sampler(potential, number, k) for k in range(len(problem.states))]
        sampling = float(sum(run.seconds for run in runs))
        begin = time.perf_counter()
        self.tried.append(self.next)
        broken = next((run.blow_up for run in runs if run.blow_up), None)
        step = self._improve(work, runs) if broken is None else self._retreat(broken)
        own += time.perf_counter() - begin
        step = replace(step, sampling=sampling, own=own)
        self.history.append(step)
        self.stopped = self.stopped or reason_to_stop(self.history)
        for name, each in step.distances.items():
            log.info(
                "iteration %d, %s: distance %.4g +- %.2g %s, floor %.2g",
                *(number + 1, name, each.value, each.error, each.unit, each.floor),
            )
        self._save()
        work.report(number + 1)

    def _improve(self, work: _Work, runs: list[Sampled]) -> Step:
        """Compare runs with the references and find the next parameters."""
        problem, number = work.problem, len(self.history)
        samples = [sample_of(problem, run, work.options.blocks) for run in runs]
        distances = distances_of(problem, samples, work.floors)
        self.replicas.append(fits_without_blocks(problem, self.next, samples))
        new, numbers = work.update(self.next, samples, number)
        self.changes.append(new - self.next)
        self.next = self._mixed(problem, work.rule.mixing) if work.rule.mixing else new
        numbers.update(pressures_of(samples))
        self.breakdowns = 0
        return Step(number + 1, distances, numbers, 0.0, 0.0)

    def _mixed(self, problem: StructureProblem, count: int) -> np.ndarray:
        """Combine the last updates of pairs, leaving out runs that broke down.

        Bonds, angles and dihedrals hardly depend on each other: their plain updates are good,
        and where they are hardly sampled a combination could take any value.
        """
        good = [k for k, change in enumerate(self.changes) if np.all(np.isfinite(change))]
        last = good[-count - 1 :]
        pairs = np.zeros(len(self.next), dtype=bool)
        for row, which in zip(problem.rows, problem.distributions, strict=True):
            pairs[row.parameters] = which.kind == "rdf"
        new = np.array(self.tried[-1] + self.changes[-1])
        if pairs.any():
            metric = problem.metric[np.ix_(pairs, pairs)]
            tried = [self.tried[k][pairs] for k in last]
            new[pairs] = mixed(tried, [self.changes[k][pairs] for k in last], metric)
        return new

    def _retreat(self, why: str) -> Step:
        """Halve the last change after a run that broke down."""
        good = [k for k, step in enumerate(self.history) if step.distances]
        if not good:
            raise RuntimeError(
                f"the run of the first potential broke down ({why}): use a smaller time step or "
                "another start of the fit"
            )
        self.breakdowns += 1
        if self.breakdowns == BREAKDOWNS:
            self.stopped = f"{BREAKDOWNS} runs in a row broke down, the last one as: {why}"
        self.replicas.append(np.full_like(self.replicas[-1], np.nan))
        self.changes.append(np.full_like(self.next, np.nan))
        self.next = (self.tried[good[-1]] + self.next) / 2
        log.warning("the run of iteration %d broke down: %s", len(self.history) + 1, why)
        return Step(len(self.history) + 1, {}, {"broken": 1.0}, 0.0, 0.0)

    def _save(self) -> None:
        """Keep this state in place of the one before."""
        if self.store is not None:
            self.store.put(PIECE, self._write)

    def _write(self, draft: Draft) -> None:
        name = f"fit-{len(self.history):04d}"
        arrays = {
            "next": self.next,
            "tried": np.array(self.tried),
            "changes": np.array(self.changes),
            "replicas": np.array(self.replicas),
        }
        plain = {
            "history": [asdict(step) for step in self.history],
            "breakdowns": self.breakdowns,
            "stopped": self.stopped,
        }
        draft.arrays(f"{name}.npz", arrays)
        draft.text(f"{name}.json", json.dumps(plain, indent=1))


@contextmanager
def _open_folder(work: _Work, start: np.ndarray) -> Iterator[Store | None]:
    """Own the folder of a fit while it runs; None without one."""
    if work.options.folder is None:
        yield None
        return
    with Store(work.options.folder, traces=("fit.json",)).locked() as store:
        store.claim("fit", work.identity(start))
        yield store
