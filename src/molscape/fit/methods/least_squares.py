"""Force matching of a few parameters, as a block of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from molscape.fit.method import Method

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class LeastSquaresMethod(Method):
    """Levenberg-Marquardt: for forms with few parameters, such as Lennard-Jones."""

    objectives: ClassVar[tuple[str, ...]] = ("force_matching",)
    name: ClassVar[str] = "least_squares"
    title: ClassVar[str] = "force matching"
    citation: ClassVar[str] = (
        "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and the mapping of "
        "forces)."
    )

    kind: Literal["least_squares"] = Field(
        description=(
            "Levenberg-Marquardt: for forms with few parameters, such as Lennard-Jones or "
            "Stillinger-Weber"
        )
    )
    iterations: int = Field(default=50, ge=1, description="at most")
    blocks: int = Field(default=10, ge=2, description="as above")
    parameters: list[str] | None = Field(
        default=None, description="those that may change; without it all that the form lets change"
    )

    def fit(self, task: Task) -> Fit:
        """Step from where the potential stands until nothing changes."""
        from molscape.fit import LeastSquaresOptions, least_squares
        from molscape.objectives import ForceMatching

        options = LeastSquaresOptions(
            free=self.parameters, blocks=self.blocks, iterations=self.iterations
        )
        found: Fit = least_squares(
            task.potential, ForceMatching(), task.data, options, progress=task.progress
        )
        return found
