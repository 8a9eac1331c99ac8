"""Iterative Boltzmann inversion, as a block of a recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from molscape.core.block import unit
from molscape.core.units import BAR
from molscape.fit.method import IterativeMethod

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class IterativeBoltzmannMethod(IterativeMethod):
    """Iterative Boltzmann inversion."""

    objectives: ClassVar[tuple[str, ...]] = ("structure",)
    name: ClassVar[str] = "iterative_boltzmann"
    title: ClassVar[str] = "iterative Boltzmann inversion"
    citation: ClassVar[str] = (
        "D. Reith, M. Pütz and F. Müller-Plathe, J. Comput. Chem. 24, 1624 (2003) (iterative "
        "Boltzmann inversion)."
    )

    kind: Literal["iterative_boltzmann"]
    scale: float = Field(
        default=1.0,
        gt=0,
        le=2,
        description="share of kT ln(g/g_ref) that is added; one-bead water oscillates at 1.4",
    )
    pressure: float | None = Field(
        default=None,
        description="target of the pressure correction; none: not corrected",
        json_schema_extra=unit("bar"),
    )
    mixing: int = Field(
        default=5,
        ge=0,
        description=(
            "earlier iterations whose changes are combined with the last one's (Anderson); 0: "
            "the plain iteration"
        ),
    )

    def fit(self, task: Task) -> Fit:
        """Iterate until the model has the structure of the data, and a pressure if one is given."""
        from molscape.fit import iterative_boltzmann

        data, target = task.data, self.pressure
        if target is not None:
            data = [(b, replace(s, pressure=target * BAR, density=None)) for b, s in data]
        found: Fit = iterative_boltzmann(
            task.potential,
            data,
            task.need_sampler(),
            replace(self.options(task), scale=self.scale),
            pressure=target is not None,
            mixing=self.mixing,
        )
        return found
