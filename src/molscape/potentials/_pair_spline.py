"""Pair potentials as uniform B-splines: linear in their parameters, zero at the cutoff."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.interpolate import BSpline

from molscape.core.linear import SplineRows
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Positions
from molscape.core.system import System
from molscape.core.terms import PairTable, Term
from molscape.potentials._pair import PairPotential, check_pairs

TABLE_POINTS = 20_000


class PairSpline(PairPotential, SplineRows):
    """u(r) is a uniform B-spline of `degree` (of the energy) on [start, cutoff], in nm.

    With n = (cutoff - start)/spacing intervals there are n + degree B-spline coefficients; two
    are bound by u(cutoff) = u'(cutoff) = 0, the other n + degree - 2 are the parameters of a
    type pair. Degree 4 makes the force a cubic spline. Below `start` the energy goes on as
    the parabola that matches value, slope and curvature there.
    (de Boor, A Practical Guide to Splines, 1978.)

    Raises:
        ValueError: if the range is not a whole number of spacings, or shapes disagree.
    """

    kind: ClassVar[str] = "pair_spline"

    parameters: Float[Array, "pair parameter"]
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    start: float = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)
    spacing: float = eqx.field(static=True)
    degree: int = eqx.field(static=True)

    def __init__(
        self,
        *,
        start: float,
        cutoff: float,
        spacing: float,
        pairs: tuple[tuple[str, str], ...],
        degree: int = 4,
        parameters: Any = None,
    ) -> None:
        intervals = (cutoff - start) / spacing
        if start < 0 or round(intervals) < 1 or abs(intervals - round(intervals)) > 1e-6:
            raise ValueError(
                f"from start {start:g} to cutoff {cutoff:g} nm there are {intervals:g} spacings of "
                f"{spacing:g} nm: choose them so that this is a whole number of at least 1"
            )
        if degree not in (3, 4, 5):
            raise ValueError(f"degree {degree} of a pair spline: use 3, 4 or 5")
        size = round(intervals) + degree - 2
        if parameters is None:
            parameters = np.zeros((len(pairs), size))
        self.parameters = jnp.asarray(parameters, dtype=float)
        self.pairs = tuple((str(a), str(b)) for a, b in pairs)
        self.start, self.cutoff, self.spacing = float(start), float(cutoff), float(spacing)
        self.degree = degree
        check_pairs(self.pairs, self.parameters.shape[0])
        if self.parameters.shape[1] != size:
            raise ValueError(
                f"{self.parameters.shape[1]} parameters a pair, this spline has {size}: "
                "they belong to another range or spacing"
            )

    @property
    def intervals(self) -> int:
        """Number of knot intervals between start and cutoff."""
        return round((self.cutoff - self.start) / self.spacing)

    @property
    def coefficients(self) -> Float[Array, "pair coefficient"]:
        """All B-spline coefficients, the two bound at the cutoff included."""
        expand = jnp.asarray(end_condition(self.intervals, self.degree), self.parameters.dtype)
        return self.parameters @ expand.T

    def _place(self, distance: Array) -> tuple[Array, Array]:
        """Return the interval of each distance and the position in it, in spacings."""
        t = (distance - self.start) * (1.0 / self.spacing)
        interval = jnp.clip(jnp.floor(t).astype(jnp.int32), 0, self.intervals - 1)
        return interval, t - interval

    def pair_energy(self, distance: Array, row: Array | int) -> Array:
        """Return u(r) by Horner's rule on the interval's polynomial."""
        coefficients = self.coefficients
        windows = jnp.stack(
            [coefficients[:, m : m + self.intervals] for m in range(self.degree + 1)], axis=-1
        )
        polynomial = windows @ jnp.asarray(blending(self.degree), coefficients.dtype).T
        interval, x = self._place(distance)
        flat = polynomial.reshape(-1, self.degree + 1)
        index = interval + self.intervals * (row if isinstance(row, int) else jnp.maximum(row, 0))
        high = jnp.maximum(x, 0.0)
        value = flat[:, self.degree][index]
        for power in range(self.degree - 1, -1, -1):
            value = flat[:, power][index] + value * (x if power < 2 else high)
        return value

    def basis_forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Float[Array, "parameter particle 3"], Float[Array, "pair interval"]]:
        """Return the force of each parameter set to one, and the pairs met in each interval.

        Parameters are numbered pair by pair. Forces are in kJ/mol/nm per kJ/mol; counts are
        of unordered pairs, those closer than `start` in the first interval.
        """
        components, distance, row, inside = self._geometry(system, positions, box, neighbours)
        interval, x = self._place(distance)
        derivative = np.array(blending(self.degree))[1:] * np.arange(1, self.degree + 1)[:, None]
        high = jnp.maximum(x, 0.0)
        powers = jnp.stack([jnp.ones_like(x), x, *(high**p for p in range(2, self.degree))])
        # Each pair touches degree + 1 basis functions; their slopes over r, zero outside.
        scale = jnp.where(inside, 1.0 / (self.spacing * distance), 0.0)
        slopes = jnp.einsum("pm,pik->ikm", jnp.asarray(derivative, x.dtype), powers)
        size, particles = self.intervals + self.degree, positions.shape[0]
        width = len(self.pairs) * size
        own = jnp.arange(particles, dtype=jnp.int32)[:, None]
        place = own * width + jnp.asarray(row, dtype=jnp.int32) * size + interval
        place = jnp.where(inside, place, particles * width)
        vectors = jnp.stack([scale * component for component in components], axis=-1)
        table = jnp.zeros((particles * width, 3), dtype=x.dtype)
        for m in range(self.degree + 1):
            table = table.at[place + m].add(slopes[..., m, None] * vectors, mode="drop")
        expand = jnp.asarray(end_condition(self.intervals, self.degree), x.dtype)
        table = table.reshape(particles, len(self.pairs), size, 3)
        forces = jnp.einsum("sp,iqsc->qpic", expand, table).reshape(-1, particles, 3)
        met = jnp.where(inside, jnp.asarray(row, jnp.int32) * self.intervals + interval, -1)
        intervals = jnp.arange(len(self.pairs) * self.intervals, dtype=jnp.int32)
        counts = jax.lax.map(lambda k: jnp.sum(met == k), intervals)
        return forces, 0.5 * counts.reshape(len(self.pairs), -1).astype(x.dtype)

    def roughness(self) -> np.ndarray:
        """Return the matrix P of a penalty p^T P p on a rough force; a straight force is free.

        It sums the squared second differences of the force's coefficients.
        """
        expand = end_condition(self.intervals, self.degree)
        difference = np.diff(np.eye(len(expand)), n=3, axis=0) @ expand / self.spacing
        one = difference.T @ difference
        return np.kron(np.eye(len(self.pairs)), one)

    def with_parameters(self, flat: np.ndarray) -> PairSpline:
        """Return the spline with these flat parameters."""
        return PairSpline(
            start=self.start,
            cutoff=self.cutoff,
            spacing=self.spacing,
            pairs=self.pairs,
            degree=self.degree,
            parameters=np.asarray(flat).reshape(len(self.pairs), -1),
        )

    def extrapolated(self, first: np.ndarray, last: np.ndarray, stiffness: float) -> PairSpline:
        """Return the spline with a repulsive wall inside the sampled range of each pair.

        From interval `first[pair]` inwards the second derivative of the energy goes on as it is
        there, but never below `stiffness` (kJ/mol/nm^2): in B-spline terms, the coefficients of
        u'' are replaced by the larger of the last sampled one and the stiffness, which keeps
        the curvature positive all the way in. The spline begins up to degree - 2 intervals
        further in than this one, so that the wall also stands where `start` is well sampled;
        its last parameters are those of this spline. `last` is not used: a pair spline ends at
        its cutoff.
        """
        extra = min(self.degree - 2, int(self.start / self.spacing + 1e-9))
        full = np.array(self.coefficients, dtype=np.float64)
        full = np.concatenate([np.zeros((len(full), extra)), full], axis=1)
        h2 = self.spacing**2
        for row, edge in enumerate(np.asarray(first) + extra):
            if edge == 0:
                continue
            curvature = (full[row, edge] - 2 * full[row, edge + 1] + full[row, edge + 2]) / h2
            wall = max(float(curvature), stiffness)
            for j in range(int(edge) - 1, -1, -1):
                full[row, j] = 2 * full[row, j + 1] - full[row, j + 2] + h2 * wall
        return PairSpline(
            start=self.start - extra * self.spacing,
            cutoff=self.cutoff,
            spacing=self.spacing,
            pairs=self.pairs,
            degree=self.degree,
            parameters=full[:, : full.shape[1] - 2],
        )

    def span(self, label: str) -> tuple[float, float] | None:
        """Return the range of the knots."""
        return self.start, self.cutoff

    def lower(self) -> tuple[Term, ...]:
        """Return one table of 20,000 points for each pair, from near zero to the cutoff."""
        distance = np.linspace(0.0, self.cutoff, TABLE_POINTS + 1)[1:]
        return tuple(PairTable(p, distance, *self.tabulate(distance, p)) for p in self.pairs)


@lru_cache
def blending(degree: int) -> tuple[tuple[float, ...], ...]:
    """Return M with u(x) = sum_p x^p sum_m M_pm c_m on one interval, x in [0, 1)."""
    columns = []
    for m in range(degree + 1):
        # An interval's m-th coefficient belongs to the B-spline that began degree - m knots before.
        element = BSpline.basis_element(np.arange(degree + 2) - (degree - m), extrapolate=False)
        x = (np.arange(degree + 1) + 0.5) / (degree + 1)
        columns.append(np.polynomial.polynomial.polyfit(x, element(x), degree))
    return tuple(tuple(float(v) for v in row) for row in np.array(columns).T)


@lru_cache
def end_condition(intervals: int, degree: int) -> np.ndarray:
    """Return E (coefficient, parameter) that binds the last two so that u = u' = 0 at the end."""
    size = intervals + degree
    matrix = np.array(blending(degree))
    value = matrix.sum(axis=0)
    slope = (np.arange(degree + 1)[:, None] * matrix).sum(axis=0)
    ends = np.stack([value, slope])
    bound = -np.linalg.solve(ends[:, -2:], ends[:, :-2])
    expand = np.zeros((size, size - 2))
    expand[: size - 2] = np.eye(size - 2)
    last = degree - 1
    expand[size - 2 :, size - 2 - last :] = (
        bound[:, -last:] if last <= size - 2 else bound[:, -(size - 2) :]
    )
    return expand
