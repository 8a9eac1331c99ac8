"""Force matching of potentials that are linear in their parameters."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import scipy.linalg

from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.normal_equations import NormalEquations, accumulate, linear_terms
from molscape.fit.result import Fit, ForceLoss, Support
from molscape.objectives.force_matching import ForceMatching

log = logging.getLogger(__name__)

WALL = 16.0
"""Least curvature of the wall where there are no samples, in kT per (0.02 nm)^2 of travel."""


FLOOR = 1e-13
"""Added to the normal equations scaled to a diagonal of one, just above rounding."""


def linear(
    potential: Potential,
    objective: ForceMatching,
    data: Sequence[tuple[Trajectory, State]],
    *,
    ridge: float | str = "auto",
    blocks: int = 10,
    minimum_samples: float = 50,
    progress: Progress | None = None,
) -> Fit:
    """Minimise the force loss over the parameters of every linear term, others held fixed.

    Solves (A^T A + lambda P) theta = A^T F with sums over all frames in double precision; P
    punishes roughness of the force. `ridge` is lambda relative to trace(A^T A)/trace(P), or
    "auto" for generalised cross-validation (Golub, Heath and Wahba, Technometrics 21, 215
    (1979)). Error bars come from leaving out each of `blocks` contiguous blocks of frames.
    Knot intervals with fewer than `minimum_samples` pairs are marked; inwards of the first
    well sampled one the energy goes on as a repulsive wall.

    Raises:
        ValueError: if there are no forces, too few frames for the parameters, or an option
            does not fit.
    """
    if not isinstance(objective, ForceMatching):
        raise ValueError(
            f"the linear fit minimises force matching, got {type(objective).__name__}: use a "
            "gradient or iterative fit"
        )
    if ridge != "auto" and (isinstance(ridge, str) or ridge < 0):
        raise ValueError(f"ridge {ridge!r}: give a number of at least 0, or 'auto'")
    if blocks < 2:
        raise ValueError(f"blocks {blocks}: error bars need at least 2")
    sums = accumulate(potential, data, blocks, progress)
    total = sums[0]
    for block in sums[1:]:
        total = total + block
    plan = _Plan.make(potential, total, minimum_samples, data)
    strength = plan.generalised_cross_validation(total) if ridge == "auto" else float(ridge)
    parameters = plan.solve(total, strength)
    stiffness = WALL * data[0][1].kT / 0.02**2
    without = [total - block for block in sums] if len(sums) > 1 else []
    replicas = [plan.build(plan.solve(rest, strength), stiffness) for rest in without]
    left_out = [
        block.loss(plan.trimmed(replica)) for block, replica in zip(sums, replicas, strict=False)
    ]
    spread = np.std(left_out, ddof=1) / np.sqrt(len(left_out)) if len(left_out) > 1 else np.nan
    fitted = plan.build(parameters, stiffness)
    walled = plan.trimmed(fitted)
    return Fit(
        method="linear",
        potential=fitted,
        frames=sum(len(trajectory) for trajectory, _ in data),
        replicas=tuple(replicas),
        force_loss=ForceLoss(
            fit=total.loss(walled),
            zero=total.square / total.components,
            validation=float(np.mean(left_out)) if left_out else np.nan,
            error=float(spread),
        ),
        supports=plan.supports(total.samples),
        settings={"ridge": strength},
    )


@dataclass(frozen=True, eq=False)
class _Plan:
    """Which parameters the data determines, and the penalty on them."""

    potential: Potential
    active: np.ndarray
    penalty: np.ndarray
    first: tuple[np.ndarray, ...]
    poor: tuple[np.ndarray, ...]

    @classmethod
    def make(
        cls,
        potential: Potential,
        total: NormalEquations,
        minimum: float,
        data: Sequence[tuple[Trajectory, State]],
    ) -> _Plan:
        active, first, poor = [], [], []
        for term, samples in zip(linear_terms(potential), total.samples, strict=True):
            sparse = samples < minimum
            start = np.array([_first_run(~row) for row in sparse])
            for label, row, begin in zip(term.labels, sparse, start, strict=True):
                missing = int(np.sum(row[begin:]))
                if begin >= len(row) or missing > 0.2 * len(row[begin:]):
                    frames = sum(len(trajectory) for trajectory, _ in data)
                    raise ValueError(
                        f"too few samples for the {label} spline: {int(np.sum(row))} of "
                        f"{len(row)} intervals have fewer than {minimum:g} pairs in {frames} "
                        "frames: use more frames, a larger `spacing`, a `start` nearer to the "
                        "first neighbours, or a smaller `minimum_samples`"
                    )
                if missing:
                    log.warning(
                        "%s spline: %d intervals beyond the first neighbours have fewer than %g "
                        "pairs",
                        label,
                        missing,
                        minimum,
                    )
            # Pairs inwards of the wall's edge are fitted too, or they would bend the rest.
            size = term.parameters.shape[1]
            active += [np.arange(size) >= np.argmax(row > 0) for row in samples]
            first.append(start)
            poor.append(sparse)
        mask = np.concatenate(active)
        if total.components < mask.sum():
            raise ValueError(
                f"{total.components} force components for {mask.sum()} parameters: use more frames"
            )
        penalty = scipy.linalg.block_diag(*[term.roughness() for term in linear_terms(potential)])
        return cls(potential, mask, penalty, tuple(first), tuple(poor))

    def supports(self, samples: tuple[np.ndarray, ...]) -> tuple[Support, ...]:
        """Return where the data determines each row of each linear term."""
        rows = []
        pieces = zip(linear_terms(self.potential), samples, self.first, self.poor, strict=True)
        for term, counts, first, poor in pieces:
            rows += [
                Support(
                    kind=term.kind,
                    label=label,
                    unit="nm",
                    start=term.start,
                    spacing=term.spacing,
                    samples=counts[k],
                    first=int(first[k]),
                    last=term.intervals - 1,
                    poor=poor[k],
                )
                for k, label in enumerate(term.labels)
            ]
        return tuple(rows)

    def _scaled(self, sums: NormalEquations) -> tuple[np.ndarray, np.ndarray]:
        gram = sums.gram[np.ix_(self.active, self.active)]
        penalty = self.penalty[np.ix_(self.active, self.active)]
        return gram, penalty * (np.trace(gram) / np.trace(penalty))

    def _factor(self, matrix: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return the Cholesky factor of the matrix scaled to a diagonal of one, and the scale.

        Where a parameter hardly meets a pair, the small floor keeps the factor in being.
        """
        scale = 1.0 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
        scaled = matrix * scale[:, None] * scale
        return scipy.linalg.cho_factor(scaled + FLOOR * np.eye(len(scaled))), scale

    def solve(self, sums: NormalEquations, strength: float) -> np.ndarray:
        """Return all parameters; those without data are zero until the wall is built."""
        gram, penalty = self._scaled(sums)
        factor, scale = self._factor(gram + strength * penalty)
        theta = np.zeros(len(self.active))
        theta[self.active] = scale * scipy.linalg.cho_solve(
            factor, scale * sums.moment[self.active]
        )
        return theta

    def generalised_cross_validation(self, sums: NormalEquations) -> float:
        """Return the relative ridge with the least (RSS/M) / (1 - trace(H)/M)^2."""
        gram, penalty = self._scaled(sums)
        candidates = 10.0 ** np.arange(-14.0, 6.1, 0.5)
        scores = []
        for strength in candidates:
            factor, scale = self._factor(gram + strength * penalty)
            freedom = np.trace(scipy.linalg.cho_solve(factor, gram * scale[:, None] * scale))
            loss = sums.loss(self.solve(sums, strength))
            scores.append(loss / (1 - freedom / sums.components) ** 2)
        return float(candidates[int(np.argmin(scores))])

    def build(self, parameters: np.ndarray, stiffness: float) -> Potential:
        """Return the potential, in double precision, with walls where there is no data."""
        with jax.enable_x64(True):
            return self._build(parameters, stiffness)

    def _build(self, parameters: np.ndarray, stiffness: float) -> Potential:
        place = 0
        walls: dict[int, Potential] = {}
        for term, first in zip(linear_terms(self.potential), self.first, strict=True):
            size = int(np.prod(term.parameters.shape))
            own = parameters[place : place + size]
            last = np.full(len(first), term.intervals - 1)
            walls[id(term)] = term.with_parameters(own).extrapolated(first, last, stiffness)
            place += size
        parts = [walls.get(id(term), term) for term in self.potential.terms()]
        return parts[0] if len(parts) == 1 else type(self.potential)(*parts)

    def trimmed(self, fitted: Potential) -> np.ndarray:
        """Return the flat parameters of a built potential, without what the walls added."""
        flat = []
        pairs = zip(linear_terms(self.potential), linear_terms(fitted), strict=True)
        for before, after in pairs:
            size = before.parameters.shape[1]
            flat.append(np.asarray(after.parameters, dtype=np.float64)[:, -size:].ravel())
        return np.concatenate(flat)


def _first_run(enough: np.ndarray) -> int:
    """Return the first index from which three neighbours in a row (or all the rest) have data."""
    for begin in range(len(enough)):
        if enough[begin : begin + 3].all():
            return begin
    return len(enough)
