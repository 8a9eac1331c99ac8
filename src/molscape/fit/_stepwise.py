"""Stepwise regression: functions of a coordinate are taken in while they lower the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from molscape.core.state import State
from molscape.core.statistics import standard_error
from molscape.core.trajectory import Trajectory
from molscape.features.coordinates import AXES
from molscape.fit.result import Fit, ForceLoss, Step
from molscape.fit.samples import Samples, fold_of, load_all
from molscape.potentials.basis_sum import BasisSum


def stepwise(library: BasisSum, data: Sequence[tuple[Trajectory, State]], *, folds: int = 5) -> Fit:
    """Choose functions from a library and fit their coefficients to forces.

    Beginning with none, the function that lowers the cross-validated force loss most is added,
    as long as it lowers it by more than the standard error of the difference over the folds.

    Args:
        library: the functions to choose from; its coefficients are not used.
        data: trajectories with forces, and their states.
        folds: parts of the data; see `fold_of`.

    Returns:
        The fit, a `BasisSum` of the functions that were taken, in their order; `history` has the
        validation loss after each, in (kJ/mol/nm)^2 over all three components.

    Raises:
        ValueError: if data or folds do not fit, or no function lowers the loss.
    """
    sums = _Sums.of(library, load_all(data, 0.0), folds)
    chosen: list[int] = []
    losses = sums.validation(chosen)
    history = []
    while len(chosen) < len(library.functions):
        left = [k for k in range(len(library.functions)) if k not in chosen]
        tried = {k: sums.validation([*chosen, k]) for k in left}
        best = min(left, key=lambda k: float(np.mean(tried[k])))
        gain = losses - tried[best]
        if np.mean(gain) <= standard_error(gain):
            break
        chosen, losses = [*chosen, best], tried[best]
        numbers = {"validation": float(np.mean(losses))}
        history.append(Step(len(chosen), {}, numbers, 0.0, 0.0))
    if not chosen:
        raise ValueError(
            f"none of {', '.join(library.functions)} explains any of the forces: give other "
            "functions"
        )
    names = [library.functions[k] for k in chosen]

    def fit_without(without: int | None) -> BasisSum:
        solved = sums.solve(chosen, without)
        return BasisSum(functions=names, axis=library.axis, coefficients=solved)

    return Fit(
        method="stepwise",
        potential=fit_without(None),
        frames=int(sums.count.sum()) // 3,
        replicas=tuple(fit_without(k) for k in range(folds)),
        force_loss=ForceLoss(
            fit=sums.fit(chosen),
            zero=float(sums.squares.sum() / sums.count.sum()),
            validation=float(np.mean(losses)),
            error=float(standard_error(losses)),
        ),
        history=tuple(history),
        stopped=f"{names[-1]} was the last of {len(library.functions)} functions to lower the "
        "cross-validated loss",
        settings={"functions": float(len(chosen)), "folds": float(folds)},
    )


class _Sums:
    """Normal equations of each fold: products of basis forces, and with the data."""

    def __init__(
        self,
        products: Float[np.ndarray, "fold function function"],
        right: Float[np.ndarray, "fold function"],
        squares: Float[np.ndarray, " fold"],
        count: Float[np.ndarray, " fold"],
    ) -> None:
        self.products, self.right, self.squares, self.count = products, right, squares, count

    @classmethod
    def of(cls, library: BasisSum, samples: Sequence[Samples], folds: int) -> _Sums:
        """Add up all frames; forces are summed over frames and particles."""
        size, axis = len(library.functions), AXES.index(library.axis)
        products, right = np.zeros((folds, size, size)), np.zeros((folds, size))
        squares, count = np.zeros(folds), np.zeros(folds)
        for one in samples:
            part = fold_of(len(one), folds)
            for fold in range(folds):
                chosen = part == fold
                basis = library.basis_forces(one.positions[chosen, :, axis].ravel())
                forces = one.forces[chosen]
                products[fold] += basis @ basis.T
                right[fold] += basis @ forces[:, :, axis].ravel()
                squares[fold] += float(np.sum(forces**2))
                count[fold] += forces.size
        return cls(products, right, squares, count)

    def solve(self, chosen: Sequence[int], without: int | None) -> Float[np.ndarray, " function"]:
        """Return the coefficients from all folds but one."""
        keep = np.arange(len(self.count)) != (-1 if without is None else without)
        matrix = self.products[keep].sum(axis=0)[np.ix_(chosen, chosen)]
        # Powers of nm differ by orders of magnitude: each function is brought to size one.
        size = np.sqrt(np.diag(matrix))
        solved = np.linalg.lstsq(
            matrix / np.outer(size, size), self.right[keep].sum(axis=0)[list(chosen)] / size
        )
        return np.asarray(solved[0] / size)

    def validation(self, chosen: Sequence[int]) -> Float[np.ndarray, " fold"]:
        """Return the loss of each fold under the fit to all others."""
        folds = range(len(self.count))
        return np.array([self._loss(chosen, self.solve(chosen, k), [k]) for k in folds])

    def fit(self, chosen: Sequence[int]) -> float:
        """Return the loss of the fit to all folds on them."""
        return self._loss(chosen, self.solve(chosen, None), list(range(len(self.count))))

    def _loss(self, chosen: Sequence[int], coefficients: np.ndarray, folds: list[int]) -> float:
        matrix = self.products[folds].sum(axis=0)[np.ix_(chosen, chosen)]
        right = self.right[folds].sum(axis=0)[list(chosen)]
        square = coefficients @ matrix @ coefficients - 2 * coefficients @ right
        return float((self.squares[folds].sum() + square) / self.count[folds].sum())
