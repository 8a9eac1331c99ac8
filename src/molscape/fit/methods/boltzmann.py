"""Boltzmann inversion, as a block of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from molscape.fit.method import Method

if TYPE_CHECKING:
    from molscape.fit.result import Fit
    from molscape.fit.task import Task


class BoltzmannMethod(Method):
    """Boltzmann inversion: the potentials of mean force, once."""

    objectives: ClassVar[tuple[str, ...]] = ("structure",)
    name: ClassVar[str] = "boltzmann"
    title: ClassVar[str] = "Boltzmann inversion"
    citation: ClassVar[str] = (
        "D. Reith, M. Pütz and F. Müller-Plathe, J. Comput. Chem. 24, 1624 (2003) (Boltzmann "
        "inversion)."
    )

    kind: Literal["boltzmann"] = Field(description="Boltzmann inversion, once")

    def fit(self, task: Task) -> Fit:
        """Invert the distributions of the data."""
        from molscape.fit import boltzmann

        found: Fit = boltzmann(task.potential, task.data)
        return found
