"""Linear force matching, as a block of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from molscape.fit.method import Method

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class LinearMethod(Method):
    """Normal equations, solved once: for splines."""

    objectives: ClassVar[tuple[str, ...]] = ("force_matching",)
    name: ClassVar[str] = "linear"
    title: ClassVar[str] = "force matching"
    citation: ClassVar[str] = (
        "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and the mapping of "
        "forces)."
    )

    kind: Literal["linear"]
    ridge: Literal["auto"] | Annotated[float, Field(ge=0)] = "auto"
    blocks: int = Field(default=10, ge=2)
    minimum_samples: float = Field(default=50, ge=1)
    weights: Literal["equal", "molecules"] = "equal"

    def fit(self, task: Task) -> Fit:
        """Solve the normal equations of all frames."""
        from molscape.fit import LinearOptions, linear
        from molscape.objectives import ForceMatching

        options = LinearOptions(self.ridge, self.blocks, self.minimum_samples, self.weights)
        found: Fit = linear(
            task.potential, ForceMatching(), task.data, options, progress=task.progress
        )
        return found
