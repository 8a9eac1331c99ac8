"""Newton's method for the relative entropy, as a block of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from molscape.fit.method import IterativeMethod

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class NewtonMethod(IterativeMethod):
    """Newton's method, for the relative entropy."""

    objectives: ClassVar[tuple[str, ...]] = ("relative_entropy",)
    name: ClassVar[str] = "relative_entropy"
    title: ClassVar[str] = "relative entropy"
    citation: ClassVar[str] = "M. S. Shell, J. Chem. Phys. 129, 144108 (2008) (relative entropy)."

    kind: Literal["newton"]

    def fit(self, task: Task) -> Fit:
        """Iterate until the gradient of the relative entropy vanishes within noise."""
        from molscape.fit import relative_entropy

        found: Fit = relative_entropy(
            task.potential, task.data, task.need_sampler(), self.options(task)
        )
        return found
