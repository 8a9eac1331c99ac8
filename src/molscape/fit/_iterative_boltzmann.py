"""Iterative Boltzmann inversion, with several types and state points and a target pressure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.comparison import Sampler
from molscape.fit.inversion import compare_row
from molscape.fit.iteration import IterationOptions, Update, UpdateRule, iterate
from molscape.fit.pressure_ramp import pressure_change
from molscape.fit.projection import Counted, StructureProblem
from molscape.fit.result import Fit

LARGEST = 2.0
"""Largest change of an energy in one iteration, in kT."""


def iterative_boltzmann(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    sampler: Sampler,
    options: IterationOptions | None = None,
    *,
    alternate: bool = False,
    pressure: bool = False,
    mixing: int = 5,
) -> Fit:
    """Change every row by scale kT ln(g / g_reference) until the model has its structure.

    The change is taken in fine bins, weighted by 1/variance, which is 1/n + 1/n_reference of the
    counts, averaged over state points by these weights, and projected on the splines.

    Args:
        potential: one or several linear terms; other terms are kept as they are.
        data: reference beads and their states.
        sampler: runs a model, see `fit.comparison.Sampler`.
        options: how long and from where; `IterationOptions()` by default.
        alternate: change one row in each iteration, in turn, instead of all.
        pressure: after each change also correct the pressure to `State.pressure`.
        mixing: number of earlier iterations whose changes are combined with the last one's by
            Anderson's method, for pairs; 0 for the plain iteration, as also where rows alternate.

    Returns:
        The fit; `history` holds the distances "rdf.A-B" of each iteration's potential.

    Raises:
        ValueError: if data, potential or options do not fit, or the folder holds another fit.
        RuntimeError: if the first run breaks down.

    Source: D. Reith, M. Puetz and F. Mueller-Plathe, J. Comput. Chem. 24, 1624 (2003); mixing:
    `fit.mixing`.
    """
    if mixing < 0:
        raise ValueError(f"mixing {mixing}: give a number of iterations, 0 for none")
    rule = UpdateRule(
        "iterative_boltzmann",
        partial(_add_logarithms, alternate=alternate, pressure=pressure),
        {"alternate": float(alternate), "pressure": float(pressure), "mixing": float(mixing)},
        mixing=0 if alternate else mixing,
    )
    return iterate(rule, potential, data, sampler, options)


def _add_logarithms(
    problem: StructureProblem, scale: float, *, alternate: bool, pressure: bool
) -> Update:
    """Return the update that adds scale kT ln(g / g_reference), then corrects the pressure."""

    def update(
        parameters: np.ndarray, samples: list[Counted], iteration: int
    ) -> tuple[np.ndarray, dict[str, float]]:
        new = np.array(parameters)
        turn = iteration % len(problem.rows)
        for k, row in enumerate(problem.rows):
            if not alternate or k == turn:
                new[row.parameters] += scale * compare_row(problem, row, samples)
        largest = problem.largest(new - parameters)
        if largest > LARGEST * problem.kT:
            new = parameters + (new - parameters) * (LARGEST * problem.kT / largest)
        numbers = {"largest_change": problem.largest(new - parameters)}
        if pressure:
            ramp, numbers["ramp"] = pressure_change(problem, samples)
            new += ramp
        return new, numbers

    return update
