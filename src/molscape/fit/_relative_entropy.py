"""Relative entropy by Newton's method on potentials that are linear in their parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.comparison import Sampler
from molscape.fit.iteration import IterationOptions, Update, UpdateRule, iterate
from molscape.fit.projection import Counted, StructureProblem
from molscape.fit.response import active_counts, active_functions, bounded_step
from molscape.fit.result import Fit


def relative_entropy(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    sampler: Sampler,
    options: IterationOptions | None = None,
) -> Fit:
    """Minimise the relative entropy of the reference to the model over spline parameters.

    With gradient beta (<dU/dl>_reference - <dU/dl>_model) and Hessian beta^2 cov(dU/dl, dU/dl)
    of the model, Newton's step is taken, with a prior on the change of the energy as strong
    as makes the gradient most likely given its error, and shortened until no energy changes by
    more than one kT. dU/dl is summed over histograms in fine bins with the basis functions.
    With one state the gradient vanishes where the means of all basis functions agree.
    Arguments, returns and errors are those of `iterative_boltzmann`.

    Source: M. S. Shell, J. Chem. Phys. 129, 144108 (2008); A. Chaimovich and M. S. Shell,
    J. Chem. Phys. 134, 094112 (2011).
    """
    return iterate(UpdateRule("relative_entropy", _newton), potential, data, sampler, options)


def _newton(problem: StructureProblem, scale: float) -> Update:
    """Return Newton's step on the parameters that the data determines."""
    functions, active = active_functions(problem)
    sizes = active_counts(problem)

    def update(
        parameters: np.ndarray, samples: list[Counted], iteration: int
    ) -> tuple[np.ndarray, dict[str, float]]:
        step, size = bounded_step(problem, samples, functions, sizes)
        new = np.array(parameters)
        new[active] += scale * step
        return new, {"likely_change": size, "largest_change": problem.largest(new - parameters)}

    return update
