"""Potentials that are linear in their parameters: what normal equations solve for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Positions, Potential
from molscape.core.system import System


class Linear(Potential):
    """A potential whose energy and forces are linear in its parameters (kJ/mol).

    Parameters are numbered as they lie in `parameters`, the last axis fastest.
    """

    parameters: eqx.AbstractVar[Float[Array, "..."]]

    @abstractmethod
    def basis_forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Float[Array, "parameter particle 3"], Float[Array, "..."]]:
        """Return the force of each parameter set to one, and how often data met each part of it.

        Forces are in kJ/mol/nm per kJ/mol.
        """

    @abstractmethod
    def roughness(self) -> np.ndarray:
        """Return the matrix P of a penalty p^T P p on a rough force; a straight force is free."""

    @abstractmethod
    def with_parameters(self, flat: np.ndarray) -> Linear:
        """Return the potential with these flat parameters."""


class SplineRows(Linear):
    """Rows of B-spline parameters in one coordinate, one for each type.

    Row k belongs to `labels[k]`, such as "A-B" or "A-B-C"; all rows have `intervals` knot
    intervals of width `spacing` from `start` on, in `unit` ("nm" or "rad"). `ends` says how
    rows end: at a "cutoff" where energy and force vanish, "free" on both sides, or "periodic".
    Unless there is a cutoff, a constant added to all parameters of a row changes no force.
    """

    unit: ClassVar[Literal["nm", "rad"]] = "nm"
    ends: ClassVar[Literal["cutoff", "free", "periodic"]] = "cutoff"

    parameters: eqx.AbstractVar[Float[Array, "row parameter"]]
    start: eqx.AbstractVar[float]
    spacing: eqx.AbstractVar[float]

    @property
    @abstractmethod
    def intervals(self) -> int:
        """Number of knot intervals of each row."""

    @abstractmethod
    def basis_forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Float[Array, "parameter particle 3"], Float[Array, "row interval"]]:
        """Return the force of each parameter set to one, and what fell into each interval.

        Parameters are numbered row by row; forces are in kJ/mol/nm per kJ/mol.
        """

    @abstractmethod
    def curve(self, x: Float[Array, "*point"], row: int) -> Float[Array, "*point"]:
        """Return the energy in kJ/mol of a row at each x; zero beyond a cutoff."""

    @abstractmethod
    def with_parameters(self, flat: np.ndarray) -> SplineRows:
        """Return the splines with these flat parameters."""

    @abstractmethod
    def extrapolated(self, first: np.ndarray, last: np.ndarray, stiffness: float) -> SplineRows:
        """Return the potential with walls outside the sampled intervals first to last of each row.

        A wall goes on with the curvature of the energy there, at least `stiffness` (kJ/mol/nm^2
        or kJ/mol/rad^2). The new one has the same spacing; it may begin earlier and end later.
        """


def linear_terms(potential: Potential) -> list[SplineRows]:
    """Return the parts that are linear in their parameters."""
    return [term for term in potential.terms() if isinstance(term, SplineRows)]


def held_terms(potential: Potential) -> list[Potential]:
    """Return the other parts, which a linear fit holds as they are."""
    return [term for term in potential.terms() if not isinstance(term, SplineRows)]


def with_linear_terms(potential: Potential, fitted: Sequence[Potential]) -> list[Potential]:
    """Return all parts in their order, with the fitted ones in place of those of `linear_terms`."""
    places = iter(fitted)
    return [next(places) if isinstance(term, SplineRows) else term for term in potential.terms()]
