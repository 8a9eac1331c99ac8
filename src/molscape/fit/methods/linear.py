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

    kind: Literal["linear"] = Field(description="normal equations, solved once: for splines")
    ridge: Literal["auto"] | Annotated[float, Field(ge=0)] = Field(
        default="auto", description="strength of smoothing; auto: by generalised cross-validation"
    )
    blocks: int = Field(
        default=10,
        ge=2,
        description="stretches of frames left out in turn, for errors and validation",
    )
    minimum_samples: float = Field(
        default=50,
        ge=1,
        description="fewest samples in an interval between knots that count as data",
    )
    weights: Literal["equal", "molecules"] = Field(
        default="equal",
        description=(
            "squares of the forces on beads as they are, or [mixed within each "
            "molecule](force-matching.md#weights-for-molecules-of-several-beads) so that all "
            "their combinations vary alike"
        ),
    )

    def fit(self, task: Task) -> Fit:
        """Solve the normal equations of all frames."""
        from molscape.fit import LinearOptions, linear
        from molscape.objectives import ForceMatching

        options = LinearOptions(self.ridge, self.blocks, self.minimum_samples, self.weights)
        found: Fit = linear(
            task.potential, ForceMatching(), task.data, options, progress=task.progress
        )
        return found
