"""Bonded potentials as uniform B-splines of the energy: linear in their parameters."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.linear import SplineRows
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Positions
from molscape.core.system import System
from molscape.core.terms import BondedTable, Term
from molscape.potentials._bonded import COORDINATES, BondedPotential, bonded_types, check_once
from molscape.potentials._pair_spline import blending

TABLE_POINTS = 20_000


class BondedSpline(BondedPotential, SplineRows):
    """u(x) = sum_i parameters[i] B_i(x), B-splines of `degree` on equal intervals of [start, end].

    Degree 4 makes the force a cubic spline. The B-splines add up to one, so that a constant
    added to all parameters of a row changes no force.
    (de Boor, A Practical Guide to Splines, 1978.)

    Raises:
        ValueError: if the range is empty, there are too few intervals, or shapes disagree.
    """

    stored: ClassVar[tuple[str, ...] | None] = ("types", "start", "end", "intervals", "degree")

    parameters: Float[Array, "type parameter"]
    types: tuple[str, ...] = eqx.field(static=True)
    start: float = eqx.field(static=True)
    end: float = eqx.field(static=True)
    spacing: float = eqx.field(static=True)
    degree: int = eqx.field(static=True)

    def __init__(
        self,
        *,
        types: tuple[str, ...],
        start: float,
        end: float,
        intervals: int,
        degree: int = 4,
        parameters: Any = None,
    ) -> None:
        if degree not in (3, 4, 5):
            raise ValueError(f"degree {degree} of a {self.coordinate} spline: use 3, 4 or 5")
        if not 0 <= start < end and self.coordinate != "dihedral":
            raise ValueError(
                f"a {self.coordinate} spline from {start:g} to {end:g}: give a `start` of at "
                "least 0 and a larger `end`"
            )
        if intervals != int(intervals) or intervals < degree + 1:
            raise ValueError(
                f"intervals {intervals} of a {self.coordinate} spline of degree {degree}: use a "
                f"whole number of at least {degree + 1}"
            )
        self.types = bonded_types(self.coordinate, types)
        check_once(self.coordinate, self.types)
        self.start, self.end, self.degree = float(start), float(end), degree
        self.spacing = (self.end - self.start) / int(intervals)
        size = self._size(int(intervals))
        if parameters is None:
            parameters = np.zeros((len(types), size))
        self.parameters = jnp.asarray(parameters, dtype=float)
        if self.parameters.shape != (len(types), size):
            raise ValueError(
                f"parameters {self.parameters.shape} for {len(types)} types and {intervals} "
                f"intervals: this spline has {(len(types), size)}"
            )

    @abstractmethod
    def _size(self, intervals: int) -> int:
        """Return the number of parameters of a row with that many intervals."""

    @abstractmethod
    def _terms(self, interval: Any) -> Any:
        """Return the degree + 1 parameters (..., degree + 1) that an interval depends on."""

    @abstractmethod
    def _differences(self, order: int) -> np.ndarray:
        """Return the matrix of the differences of that order along a row."""

    @property
    @abstractmethod
    def intervals(self) -> int:
        """Number of knot intervals between start and end."""

    def _place(self, value: Array) -> tuple[Array, Array, Array]:
        """Return interval, position in it (0 to 1), and how far outside, in spacings."""
        t = (value - self.start) * (1.0 / self.spacing)
        interval = jnp.clip(jnp.floor(t).astype(jnp.int32), 0, self.intervals - 1)
        inner = jnp.clip(t - interval, 0.0, 1.0)
        return interval, inner, t - interval - inner

    def _basis(self, inner: Array, derivative: int) -> Array:
        """Return the derivatives (..., degree + 1) in spacings of an interval's B-splines."""
        matrix = np.array(blending(self.degree))
        for _ in range(derivative):
            matrix = matrix[1:] * np.arange(1, len(matrix))[:, None]
        powers = [jnp.ones_like(inner)]
        for _ in range(len(matrix) - 1):
            powers.append(powers[-1] * inner)
        return jnp.stack(powers, axis=-1) @ jnp.asarray(matrix, inner.dtype)

    def bonded_energy(self, value: Array, row: int) -> Array:
        """Return u(x); outside the range it goes on as the parabola that fits at the end."""
        interval, inner, outside = self._place(value)
        own = self.parameters[row][self._terms(interval)]
        u, slope, curvature = (jnp.sum(own * self._basis(inner, d), axis=-1) for d in range(3))
        return u + outside * (slope + 0.5 * outside * curvature)

    def basis_forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Float[Array, "parameter particle 3"], Float[Array, "type interval"]]:
        """Return the force of each parameter set to one, and how many fell into each interval.

        Parameters are numbered type by type; forces are in kJ/mol/nm per kJ/mol. Values
        outside the range count in the first or last interval.
        """
        rows, size = self.parameters.shape
        particles = positions.shape[0]
        table = jnp.zeros((rows * size * particles, 3), dtype=positions.dtype)
        counts = jnp.zeros((rows, self.intervals), dtype=positions.dtype)
        measure = COORDINATES[self.coordinate][2]
        for row, members in self.groups(system):
            value, pull = jax.vjp(lambda points: measure(points, box), positions[members])
            (gradient,) = pull(jnp.ones_like(value))
            interval, inner, outside = self._place(value)
            slope = self._basis(inner, 1) + outside[..., None] * self._basis(inner, 2)
            forces = -slope[:, :, None, None] / self.spacing * gradient[:, None]
            place = (row * size + self._terms(interval)[:, :, None]) * particles + members[:, None]
            table = table.at[place].add(forces)
            counts = counts.at[row, interval].add(1.0)
        return table.reshape(rows * size, particles, 3), counts

    def roughness(self) -> np.ndarray:
        """Return the matrix P of a penalty p^T P p on a rough force; a straight force is free.

        It sums the squared second differences of the force's coefficients.
        """
        difference = self._differences(3) / self.spacing
        return np.kron(np.eye(len(self.types)), difference.T @ difference)

    def with_parameters(self, flat: np.ndarray) -> BondedSpline:
        """Return the spline with these flat parameters."""
        parameters = jnp.asarray(np.asarray(flat).reshape(len(self.types), -1), dtype=float)
        return eqx.tree_at(lambda spline: spline.parameters, self, parameters)

    def _zeroed(self, first: np.ndarray, last: np.ndarray) -> BondedSpline:
        """Return the spline with the lowest energy of each sampled range at zero."""
        parameters = np.array(self.parameters, dtype=np.float64)
        powers = np.linspace(0, 1, 20)[:, None] ** np.arange(self.degree + 1)
        basis = powers @ np.array(blending(self.degree))
        for row, (begin, stop) in enumerate(zip(first, last, strict=True)):
            length = (int(stop) - int(begin)) % self.intervals + 1
            interval = (int(begin) + np.arange(length)) % self.intervals
            own = parameters[row][np.asarray(self._terms(interval))]
            parameters[row] -= np.min(own @ basis.T)
        return self.with_parameters(parameters)

    def _table_range(self) -> tuple[float, float]:
        """Return the range that the table of an engine covers."""
        return self.start, self.end

    def span(self, label: str) -> tuple[float, float] | None:
        """Return the range of the knots."""
        return self.start, self.start + self.spacing * self.intervals

    def lower(self) -> tuple[Term, ...]:
        """Return one table of 20,001 points for each type."""
        x = np.linspace(*self._table_range(), TABLE_POINTS + 1)
        return tuple(
            BondedTable(tuple(name.split("-")), x, *self.tabulate(x, name)) for name in self.types
        )
