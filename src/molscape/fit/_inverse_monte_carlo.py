"""Inverse Monte Carlo: the change of energy in bins from the covariance of their counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from jaxtyping import Float

from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.comparison import Sampler
from molscape.fit.iteration import IterationOptions, Update, UpdateRule, iterate
from molscape.fit.projection import Counted, StructureProblem
from molscape.fit.response import bounded_step, goal
from molscape.fit.result import Fit


def inverse_monte_carlo(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    sampler: Sampler,
    options: IterationOptions | None = None,
) -> Fit:
    """Solve sum_c beta cov(S_b, S_c) dU_c = <S_b> - S_b,reference for the change of energy dU.

    S_b counts pairs (bonds, angles, dihedrals) of one type in bin b, half a knot interval wide;
    the covariance couples all types. The solution is Tikhonov's, with the strength that makes
    the excess counts most likely given their errors, raised until no energy changes by more
    than one kT; it is projected on the splines. Arguments, returns and errors are those of
    `iterative_boltzmann`.

    Source: A. P. Lyubartsev and A. Laaksonen, Phys. Rev. E 52, 3730 (1995).
    """
    return iterate(UpdateRule("inverse_monte_carlo", _solve), potential, data, sampler, options)


def _solve(problem: StructureProblem, scale: float) -> Update:
    """Return the update that solves for the change of energy in counting bins."""
    bins = [_Bins(problem, k) for k in range(len(problem.rows))]
    sizes = [each.members.shape[1] for each in bins]
    functions = scipy.linalg.block_diag(*[each.members for each in bins])

    def update(
        parameters: np.ndarray, samples: list[Counted], iteration: int
    ) -> tuple[np.ndarray, dict[str, float]]:
        step, size = bounded_step(problem, samples, functions, sizes)
        new = np.array(parameters)
        # Bins that the model does not visit yet count too, as often as the reference visits them.
        own = np.sum([each.histograms.mean for each in samples], axis=0)
        pairs = zip(samples, problem.references, strict=True)
        counts = own + np.sum([goal(each.histograms, data) for each, data in pairs], axis=0)
        parts = np.split(step, np.cumsum(sizes)[:-1])
        for row, each, part in zip(problem.rows, bins, parts, strict=True):
            energy = each.interpolated(part)
            change = problem.project(row, energy, counts[row.bins])
            new[row.parameters] += scale * change
        return new, {"likely_change": size, "largest_change": problem.largest(new - parameters)}

    return update


class _Bins:
    """The counting bins of one row: halves of the knot intervals that the reference determines."""

    def __init__(self, problem: StructureProblem, number: int) -> None:
        row, self.x = problem.rows[number], problem.distributions[number].x
        half = row.support.spacing / 2
        place = np.floor((self.x - row.support.start) / half + 1e-9)
        self.members: Float[np.ndarray, "bin function"] = np.stack(
            [row.fitted & (place == k) for k in np.unique(place[row.fitted])], axis=1
        ).astype(np.float64)
        self.centres = self.x @ self.members / self.members.sum(axis=0)
        self.period = row.period

    def interpolated(self, energy: Float[np.ndarray, " function"]) -> Float[np.ndarray, " bin"]:
        """Return energies given in the middle of the counting bins in every fine bin."""
        return np.interp(self.x, self.centres, energy, period=self.period)
