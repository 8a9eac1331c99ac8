"""Iterative Boltzmann inversion, with several types and state points and a target pressure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit._boltzmann import inverted, tail_mean
from molscape.fit.iteration import Plan, Sampler, iterate
from molscape.fit.pressure_ramp import pressure_change
from molscape.fit.projection import MINIMUM_SAMPLES, Problem, Row, Sample
from molscape.fit.result import Fit

LARGEST = 2.0
"""Largest change of an energy in one iteration, in kT."""


def iterative_boltzmann(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    sampler: Sampler,
    *,
    iterations: int = 15,
    folder: Path | str | None = None,
    scale: float = 1.0,
    alternate: bool = False,
    pressure: bool = False,
    mixing: int = 5,
    start: str = "inversion",
    blocks: int = 10,
    minimum_samples: float = MINIMUM_SAMPLES,
    progress: Progress | None = None,
) -> Fit:
    """Change every row by scale kT ln(g / g_reference) until the model has its structure.

    The change is taken in fine bins, weighted by 1/variance, which is 1/n + 1/n_reference of the
    counts, averaged over state points by these weights, and projected on the splines.

    Args:
        potential: one or several linear terms; other terms are kept as they are.
        data: reference beads and their states.
        sampler: runs a model, see `fit.iteration.Sampler`.
        iterations: number of runs at most.
        folder: where the fit keeps its state; the same call goes on from there.
        scale: share of the change that is made.
        alternate: change one row in each iteration, in turn, instead of all.
        pressure: after each change also correct the pressure to `State.pressure`.
        mixing: number of earlier iterations whose changes are combined with the last one's by
            Anderson's method, for pairs; 0 for the plain iteration, as also where rows alternate.
        start: "inversion" for the Boltzmann inversion, "given" for the potential's parameters.
        blocks: number of blocks of frames for errors.
        minimum_samples: an interval of the reference with fewer samples counts as poor.
        progress: called as progress(what, done, total).

    Returns:
        The fit; `history` holds the distances "rdf.A-B" of each iteration's potential.

    Raises:
        ValueError: if data, potential or options do not fit, or the folder holds another fit.
        RuntimeError: if the first run breaks down.

    Source: D. Reith, M. Puetz and F. Mueller-Plathe, J. Comput. Chem. 24, 1624 (2003); mixing:
    `fit.mixing`.
    """
    problem = Problem.make(potential, data, blocks, minimum_samples)

    def update(
        parameters: np.ndarray, samples: list[Sample], iteration: int
    ) -> tuple[np.ndarray, dict[str, float]]:
        new = np.array(parameters)
        turn = iteration % len(problem.rows)
        for k, row in enumerate(problem.rows):
            if not alternate or k == turn:
                new[row.parameters] += scale * _change(problem, row, samples)
        largest = problem.largest(new - parameters)
        if largest > LARGEST * problem.kT:
            new = parameters + (new - parameters) * (LARGEST * problem.kT / largest)
        numbers = {"largest_change": problem.largest(new - parameters)}
        if pressure:
            ramp, numbers["ramp"] = pressure_change(problem, samples)
            new += ramp
        return new, numbers

    settings = {
        "scale": scale,
        "alternate": float(alternate),
        "pressure": float(pressure),
        "minimum_samples": minimum_samples,
        "mixing": float(mixing),
    }
    if mixing < 0:
        raise ValueError(f"mixing {mixing}: give a number of iterations, 0 for none")
    plan = Plan(
        "iterative_boltzmann",
        iterations,
        folder,
        settings,
        blocks,
        progress,
        mixing=0 if alternate else mixing,
    )
    return iterate(problem, beginning(problem, start), update, sampler, plan)


def beginning(problem: Problem, start: str) -> Float[np.ndarray, " parameter"]:
    """Return the parameters of the first iteration.

    Raises:
        ValueError: if `start` is neither "inversion" nor "given".
    """
    if start not in ("inversion", "given"):
        raise ValueError(f"start {start!r}: use 'inversion' or 'given'")
    if start == "given":
        return problem.parameters
    return inverted(problem, problem.references)


def _change(problem: Problem, row: Row, samples: list[Sample]) -> Float[np.ndarray, " parameter"]:
    """Return kT ln(g / g_reference) of one row, projected on its parameters.

    ln(a/b) is taken as 2 (a - b)/(a + b): the same to third order, finite in empty bins, and
    unbiased where counts are few.
    """
    total, weights = np.zeros(row.fitted.shape), np.zeros(row.fitted.shape)
    for state, reference, sample in zip(problem.states, problem.references, samples, strict=True):
        counts, ideal, goal, goal_ideal = (
            each.sum(axis=0)[row.bins]
            for each in (
                sample.histograms.counts,
                sample.histograms.ideal,
                reference.counts,
                reference.ideal,
            )
        )
        scaled = goal * (ideal / np.maximum(goal_ideal, np.finfo(float).tiny))
        both = np.maximum(counts + scaled, np.finfo(float).tiny)
        energy = 2 * state.kT * (counts - scaled) / both
        pooled = (counts + goal) / (ideal + goal_ideal + np.finfo(float).tiny)
        weight = pooled * ideal * goal_ideal / (ideal + goal_ideal) / state.kT**2
        weight = np.where(row.fitted, weight, 0.0)
        total += weight * (energy - tail_mean(row, energy, weight))
        weights += weight
    mean = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
    return problem.project(row, mean, weights, errors_known=True)
