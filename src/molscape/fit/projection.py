"""Rows of linear potentials and the bins they act on: from energies in bins to parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float, Int

from molscape.core.linear import SplineRows, linear_terms, with_linear_terms
from molscape.core.potential import Potential, cast
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.result import Support
from molscape.fit.supports import TRAVEL, WALL, find_supports
from molscape.objectives.structure import (
    Distribution,
    Histograms,
    distributions_of,
    measure,
    slices,
)
from molscape.potentials.sum import Sum

MINIMUM_SAMPLES = 50.0
"""An interval with fewer samples in the reference is poor; inwards of them is the wall."""

INSET = 2
"""Sampled intervals at an end of a bond or angle that go to the wall where they bend down."""

MISSED = 3.0
"""Standard errors by which a smoothed curve may miss the mean of a knot interval."""

STRENGTHS = 10.0 ** np.arange(-10.0, 4.1, 0.5)
"""Strengths of smoothing that are tried, relative to the data."""


@dataclass(frozen=True, eq=False)
class Row:
    """One row of a linear term and where its bins and parameters are among those of all.

    `active` marks the parameters that the data determines, `fitted` the bins that do so, and
    `tail` those of the last interval before a cutoff, where the energy is zero. `interval` is
    the knot interval of each bin, -1 beyond a cutoff; `period` that of the coordinate, if any.
    """

    support: Support
    bins: slice
    parameters: slice
    active: Bool[np.ndarray, " parameter"]
    fitted: Bool[np.ndarray, " bin"]
    tail: Bool[np.ndarray, " bin"] | None
    interval: Int[np.ndarray, " bin"]
    period: float | None
    roughness: Float[np.ndarray, "parameter parameter"]


@dataclass(frozen=True, eq=False)
class StructureProblem:
    """What a structure-based fit works on: the potential, its rows, and the references.

    `basis` is the energy (kJ/mol) in each fine bin of each parameter set to one, averaged over
    the bin; it is block diagonal.
    """

    potential: Potential
    states: tuple[State, ...]
    distributions: tuple[Distribution, ...]
    references: tuple[Histograms, ...]
    rows: tuple[Row, ...]
    basis: Float[np.ndarray, "bin parameter"]

    @classmethod
    def make(
        cls,
        potential: Potential,
        data: Sequence[tuple[Trajectory, State]],
        blocks: int,
        minimum_samples: float,
    ) -> StructureProblem:
        """Measure the references and find what they determine.

        Raises:
            ValueError: if no part of the potential is linear, or a row has too few samples.
        """
        with jax.enable_x64(True):
            potential = cast(potential, jnp.float64)
            terms = linear_terms(potential)
            if not terms:
                raise ValueError(
                    f"no part of this potential ({potential.kind}) is linear in its parameters: "
                    "fit splines"
                )
            if not data:
                raise ValueError("no data: give at least one (trajectory, state)")
            found = distributions_of(terms, [trajectory for trajectory, _ in data])
            references = tuple(
                measure(trajectory, found, blocks=blocks, products=False) for trajectory, _ in data
            )
            counts = sum(each.counts.sum(axis=0) for each in references)
            frames = int(sum(each.frames.sum() for each in references))
            rows: list[Row] = []
            columns: list[np.ndarray] = []
            where, at = slices(found), 0
            for term in terms:
                own = range(len(rows), len(rows) + len(term.labels))
                samples = np.array(
                    [_samples(term, found[number], counts[where[number]]) for number in own]
                )
                supports = find_supports(term, samples, minimum_samples, frames)
                for k, number in enumerate(own):
                    basis = _averaged_basis(term, k, found[number])
                    place = where[number], slice(at, at + basis.shape[1])
                    rows.append(_row(term, k, supports[k], found[number], basis, place))
                    columns.append(basis)
                    at = place[1].stop
        return cls(
            potential=potential,
            states=tuple(state for _, state in data),
            distributions=found,
            references=references,
            rows=tuple(rows),
            basis=scipy.linalg.block_diag(*columns),
        )

    @property
    def parameters(self) -> Float[np.ndarray, " parameter"]:
        """Parameters of the potential that was given."""
        return np.concatenate(
            [np.asarray(t.parameters, np.float64).ravel() for t in linear_terms(self.potential)]
        )

    @property
    def kT(self) -> float:
        """Thermal energy of the hottest state, kJ/mol."""
        return max(state.kT for state in self.states)

    @property
    def metric(self) -> Float[np.ndarray, "parameter parameter"]:
        """Return the matrix of the mean square energy of a change over what the data sampled."""
        counts = sum(each.counts.sum(axis=0) for each in self.references)
        fitted = np.concatenate([row.fitted for row in self.rows])
        weight = np.where(fitted, counts, 0.0)
        matrix: Float[np.ndarray, "parameter parameter"] = (self.basis.T * weight) @ self.basis
        return matrix / weight.sum()

    def largest(self, change: Float[np.ndarray, " parameter"]) -> float:
        """Return the largest energy (kJ/mol) of a change of parameters in determined bins."""
        fitted = np.concatenate([row.fitted for row in self.rows])
        return float(np.max(np.abs(self.basis @ change)[fitted]))

    def build(self, parameters: Float[np.ndarray, " parameter"]) -> Potential:
        """Return the potential of these parameters with walls where there is no data."""
        fitted: list[Potential] = []
        rows = iter(self.rows)
        with jax.enable_x64(True):
            for part in linear_terms(self.potential):
                own = [next(rows) for _ in part.labels]
                flat = np.concatenate([parameters[row.parameters] for row in own])
                first = np.array([row.support.first for row in own])
                last = np.array([row.support.last for row in own])
                if part.ends == "free":
                    first, last = inset(part, flat, first, last)
                stiffness = WALL * self.kT / TRAVEL[part.unit] ** 2
                fitted.append(part.with_parameters(flat).extrapolated(first, last, stiffness))
            parts = with_linear_terms(self.potential, fitted)
            return parts[0] if len(parts) == 1 else Sum(*parts)

    def project(
        self,
        row: Row,
        energy: Float[np.ndarray, " bin"],
        weight: Float[np.ndarray, " bin"],
        *,
        errors_known: bool = False,
    ) -> Float[np.ndarray, " parameter"]:
        """Return the row's parameters that come closest to energies in its bins.

        Minimises sum_b weight_b (u(x_b) - energy_b)^2 + lambda p^T P p over the bins that the
        reference samples; P punishes a rough force. lambda is the one of largest restricted
        likelihood, with weights in proportion to 1/variance: noise bends the curve little,
        also where bins at the edge are few and noisy. (S. N. Wood, J. R. Stat. Soc. B 73, 3
        (2011).) With `errors_known` weights are 1/variance, and lambda is lowered until the mean
        of no knot interval is missed by more than `MISSED` standard errors: what most bins need
        would else bend away what a few, such as those of the core, say clearly.
        """
        chosen = row.fitted & (weight > 0)
        design = self.basis[row.bins, row.parameters][np.ix_(chosen, row.active)]
        root = np.sqrt(weight[chosen] / weight[chosen].mean())
        matrix, target = design * root[:, None], energy[chosen] * root
        penalty = row.roughness[np.ix_(row.active, row.active)]
        gram, moment = matrix.T @ matrix, matrix.T @ target
        penalty = penalty * (np.trace(gram) / np.trace(penalty))
        # In the basis where G + P is one and G is diagonal, G + lambda P is diagonal as well.
        shares, modes = scipy.linalg.eigh(gram, gram + penalty)
        shares = np.clip(shares, 1e-12, 1.0)
        along = modes.T @ moment
        free = int(np.sum(1 - shares < 1e-9))
        curved = len(shares) - free
        scaled = shares + STRENGTHS[:, None] * (1 - shares)
        kept = 1 / scaled
        left = np.maximum(target @ target - kept @ along**2, 1e-14 * (target @ target) + 1e-300)
        surprise = (len(target) - free) * np.log(left)
        surprise += np.sum(np.log(scaled), axis=1) - curved * np.log(STRENGTHS)
        best = int(np.argmin(surprise))
        interval = row.interval[chosen]

        def missed(number: int) -> float:
            left = (target - matrix @ (modes @ (kept[number] * along))) * root
            means = np.bincount(interval, left) * weight[chosen].mean()
            errors = np.sqrt(np.maximum(np.bincount(interval, weight[chosen]), 1e-300))
            return float(np.max(np.abs(means / errors)))

        while errors_known and best > 0 and missed(best) > MISSED:
            best -= 1
        solution = modes @ (kept[best] * along)
        found = np.zeros(len(row.active))
        found[row.active] = solution
        return found


@dataclass(frozen=True, eq=False)
class Counted:
    """What the update of one iteration sees of a state point."""

    histograms: Histograms
    pressure: float | None
    pressure_error: float


def inset(
    term: SplineRows, flat: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move the ends of each row's range inwards where the energy bends down towards an end.

    The outermost coefficients rest on a few samples each; a wall knows better than they.
    """
    rows = flat.reshape(len(first), -1)
    degree = rows.shape[1] - term.intervals
    moved = np.array([first, last])
    for k, (begin, stop) in enumerate(zip(first, last, strict=True)):
        if stop - begin < 4 * INSET:
            continue
        bend = np.diff(rows[k, begin : stop + degree + 1], n=2)
        moved[0, k] += INSET * bool(np.any(bend[: INSET + 1] < -1e-9))
        moved[1, k] -= INSET * bool(np.any(bend[-INSET - 1 :] < -1e-9))
    return moved[0], moved[1]


def _averaged_basis(
    term: SplineRows, row: int, which: Distribution
) -> Float[np.ndarray, "bin parameter"]:
    """Return the mean over each bin of the energy of each parameter set to one.

    Three-point Gauss quadrature, weighted by the volume element.
    """
    points, weights = np.polynomial.legendre.leggauss(3)
    x = which.x[:, None] + np.diff(which.edges)[:, None] / 2 * points
    weight = weights * np.maximum(which.jacobian(x), np.finfo(float).tiny)
    weight /= weight.sum(axis=1, keepdims=True)

    def energy(parameters: jax.Array) -> jax.Array:
        changed = eqx.tree_at(lambda t: t.parameters, term, parameters)
        return changed.curve(jnp.asarray(x), row)

    values = np.asarray(jax.jacfwd(energy)(term.parameters))[:, :, row]
    return np.asarray(np.einsum("bq,bqp->bp", weight, values))


def _samples(
    term: SplineRows, which: Distribution, counts: Float[np.ndarray, " bin"]
) -> Float[np.ndarray, " interval"]:
    """Return what fell into each knot interval."""
    interval = _interval(term, which)
    inside = interval >= 0
    return np.bincount(interval[inside], counts[inside], minlength=term.intervals)


def _interval(term: SplineRows, which: Distribution) -> Int[np.ndarray, " bin"]:
    """Return the knot interval of each bin, -1 beyond a cutoff; the ends take what lies outside."""
    place = np.floor((which.x - term.start) / term.spacing + 1e-9).astype(np.int64)
    if term.ends == "cutoff":
        place[place >= term.intervals] = -1
        return np.where(place < 0, np.where(which.x < term.start, 0, -1), place)
    return np.clip(place, 0, term.intervals - 1)


def _row(
    term: SplineRows,
    row: int,
    support: Support,
    which: Distribution,
    basis: Float[np.ndarray, "bin parameter"],
    place: tuple[slice, slice],
) -> Row:
    """Say which bins and parameters belong to the determined range of a row."""
    interval = _interval(term, which)
    length = (support.last - support.first) % term.intervals + 1
    fitted = (interval >= 0) & ((interval - support.first) % term.intervals < length)
    end = term.start + term.spacing * term.intervals
    fitted &= (which.x > term.start) & (which.x < end)
    size = basis.shape[1]
    own = slice(row * size, (row + 1) * size)
    return Row(
        support=support,
        bins=place[0],
        parameters=place[1],
        active=np.any(np.abs(basis[fitted]) > 0, axis=0),
        fitted=fitted,
        tail=interval == term.intervals - 1 if term.ends == "cutoff" else None,
        interval=interval,
        period=2 * np.pi if term.ends == "periodic" else None,
        roughness=term.roughness()[own, own],
    )
