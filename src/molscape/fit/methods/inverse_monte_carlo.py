"""Inverse Monte Carlo, as a block of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from molscape.fit.method import IterativeMethod

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class InverseMonteCarloMethod(IterativeMethod):
    """Inverse Monte Carlo."""

    objectives: ClassVar[tuple[str, ...]] = ("structure",)
    name: ClassVar[str] = "inverse_monte_carlo"
    title: ClassVar[str] = "inverse Monte Carlo"
    citation: ClassVar[str] = (
        "A. P. Lyubartsev and A. Laaksonen, Phys. Rev. E 52, 3730 (1995) (inverse Monte Carlo)."
    )

    kind: Literal["inverse_monte_carlo"]

    def fit(self, task: Task) -> Fit:
        """Iterate until the model has the structure of the data."""
        from molscape.fit import inverse_monte_carlo

        found: Fit = inverse_monte_carlo(
            task.potential, task.data, task.need_sampler(), self.options(task)
        )
        return found
