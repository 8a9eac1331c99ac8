"""Force matching of potentials that are linear in their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import scipy.linalg

from molscape.core.linear import linear_terms
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.statistics import standard_error
from molscape.core.trajectory import Trajectory
from molscape.fit.force_covariance import whitening
from molscape.fit.normal_equations import NormalEquations, accumulate
from molscape.fit.result import Fit, ForceLoss, Support
from molscape.fit.supports import TRAVEL, WALL, active_parameters, find_supports
from molscape.objectives.force_matching import ForceMatching

FLOOR = 1e-13
"""Added to the normal equations scaled to a diagonal of one, just above rounding."""


@dataclass(frozen=True)
class LinearOptions:
    """How forces are matched by a linear fit.

    Args:
        ridge: strength of smoothing relative to trace(A^T A)/trace(P) of each term, or "auto" for
            generalised cross-validation (Golub, Heath and Wahba, Technometrics 21, 215 (1979)).
        blocks: contiguous blocks of frames; error bars come from leaving out each.
        minimum_samples: knot intervals with fewer pairs, bonds, angles or dihedrals are marked.
        weights: "equal", or "molecules" for squares of forces mixed within each molecule such
            that all their combinations vary alike (`force_covariance.whitening`): for molecules
            of several beads, whose bonds drown what their neighbours do.

    Raises:
        ValueError: if an option does not fit.
    """

    ridge: float | str = "auto"
    blocks: int = 10
    minimum_samples: float = 50
    weights: str = "equal"

    def __post_init__(self) -> None:
        if self.ridge != "auto" and (isinstance(self.ridge, str) or self.ridge < 0):
            raise ValueError(f"ridge {self.ridge!r}: give a number of at least 0, or 'auto'")
        if self.blocks < 2:
            raise ValueError(f"blocks {self.blocks}: error bars need at least 2")
        if self.weights not in ("equal", "molecules"):
            raise ValueError(f"weights {self.weights!r}: use 'equal' or 'molecules'")


def linear(
    potential: Potential,
    objective: ForceMatching,
    data: Sequence[tuple[Trajectory, State]],
    options: LinearOptions | None = None,
    *,
    progress: Progress | None = None,
) -> Fit:
    """Minimise the force loss over the parameters of every linear term, others held fixed.

    Solves (A^T A + lambda P) theta = A^T F with sums over all frames in double precision; P
    punishes roughness of the force. Inwards of the first well sampled knot interval, and outwards
    of the last one of a bond or angle, the energy goes on as a wall. The lowest energy of each
    bonded type is zero. Losses are of plain forces, whatever they were weighted by.

    Args:
        potential: one or several linear terms; other terms are kept as they are.
        objective: force matching.
        data: trajectories with forces, and their states.
        options: how; `LinearOptions()` by default.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if there are no forces, or too few frames for the parameters.
    """
    options = options or LinearOptions()
    if not isinstance(objective, ForceMatching):
        raise ValueError(
            f"the linear fit minimises force matching, got {type(objective).__name__}: use a "
            "gradient or iterative fit"
        )
    plain = accumulate(potential, data, options.blocks, progress)
    sums = plain
    if options.weights == "molecules":
        matrices = whitening([trajectory for trajectory, _ in data])
        sums = accumulate(potential, data, options.blocks, progress, matrices=matrices)
    total, unweighted = _total(sums), _total(plain)
    frames = sum(len(trajectory) for trajectory, _ in data)
    plan = _Plan.make(potential, total, options.minimum_samples, frames)
    ridge = options.ridge
    strength = plan.generalised_cross_validation(total) if ridge == "auto" else float(ridge)
    parameters = plan.solve(total, strength)
    kT = data[0][1].kT
    without = [total - block for block in sums] if len(sums) > 1 else []
    replicas = [plan.build(plan.solve(rest, strength), kT) for rest in without]
    left_out = [
        block.loss(plan.trimmed(replica)) for block, replica in zip(plain, replicas, strict=False)
    ]
    fitted = plan.build(parameters, kT)
    walled = plan.trimmed(fitted)
    return Fit(
        method="linear",
        potential=fitted,
        frames=frames,
        replicas=tuple(replicas),
        force_loss=ForceLoss(
            fit=unweighted.loss(walled),
            zero=unweighted.square / unweighted.components,
            validation=float(np.mean(left_out)) if left_out else np.nan,
            error=float(standard_error(left_out)),
        ),
        supports=tuple(row for rows in plan.supports for row in rows),
        settings={"ridge": strength},
    )


def _total(sums: Sequence[NormalEquations]) -> NormalEquations:
    total = sums[0]
    for block in sums[1:]:
        total = total + block
    return total


@dataclass(frozen=True, eq=False)
class _Plan:
    """Which parameters the data determines, and the penalty on them.

    `supports` holds the rows of each linear term; `constants` (row, parameter) the vectors
    along which no force changes.
    """

    potential: Potential
    active: np.ndarray
    penalty: np.ndarray
    constants: np.ndarray
    supports: tuple[tuple[Support, ...], ...]

    @classmethod
    def make(
        cls, potential: Potential, total: NormalEquations, minimum: float, frames: int
    ) -> _Plan:
        active, supports, penalties, constants = [], [], [], []
        place, size = 0, len(total.moment)
        for term, samples in zip(linear_terms(potential), total.samples, strict=True):
            supports.append(tuple(find_supports(term, samples, minimum, frames)))
            rows = [active_parameters(term, row) for row in samples]
            mask = np.concatenate(rows)
            own = slice(place, place + len(mask))
            gram = np.diag(total.gram)[own][mask]
            penalty = term.roughness()
            penalties.append(penalty * (gram.sum() / np.diag(penalty)[mask].sum()))
            for k, row in enumerate(rows if term.ends != "cutoff" else []):
                vector = np.zeros(size)
                vector[place + k * len(row) : place + (k + 1) * len(row)] = row
                constants.append(vector * np.sqrt(gram.mean()) / np.linalg.norm(vector))
            active.append(mask)
            place += len(mask)
        mask = np.concatenate(active)
        if total.components < mask.sum():
            raise ValueError(
                f"{total.components} force components for {mask.sum()} parameters: use more frames"
            )
        return cls(
            potential,
            mask,
            scipy.linalg.block_diag(*penalties)[np.ix_(mask, mask)],
            np.reshape(constants, (-1, size))[:, mask],
            tuple(supports),
        )

    def _factor(self, gram: np.ndarray, strength: float) -> tuple[Any, np.ndarray]:
        """Return the Cholesky factor of the matrix scaled to a diagonal of one, and the scale.

        Constants of the energy get a weight of their own, which changes no force and sets the
        mean of the parameters to zero. Where a parameter hardly meets a pair, the small floor
        keeps the factor in being.
        """
        matrix = gram + strength * self.penalty + self.constants.T @ self.constants
        scale = 1.0 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
        scaled = matrix * scale[:, None] * scale
        return scipy.linalg.cho_factor(scaled + FLOOR * np.eye(len(scaled))), scale

    def solve(self, sums: NormalEquations, strength: float) -> np.ndarray:
        """Return all parameters; those without data are zero until the wall is built."""
        factor, scale = self._factor(sums.gram[np.ix_(self.active, self.active)], strength)
        theta = np.zeros(len(self.active))
        theta[self.active] = scale * scipy.linalg.cho_solve(
            factor, scale * sums.moment[self.active]
        )
        return theta

    def generalised_cross_validation(self, sums: NormalEquations) -> float:
        """Return the relative ridge with the least (RSS/M) / (1 - trace(H)/M)^2."""
        gram = sums.gram[np.ix_(self.active, self.active)]
        candidates = 10.0 ** np.arange(-14.0, 6.1, 0.5)
        scores = []
        for strength in candidates:
            factor, scale = self._factor(gram, strength)
            freedom = np.trace(scipy.linalg.cho_solve(factor, gram * scale[:, None] * scale))
            loss = sums.loss(self.solve(sums, strength))
            scores.append(loss / (1 - freedom / sums.components) ** 2)
        return float(candidates[int(np.argmin(scores))])

    def build(self, parameters: np.ndarray, kT: float) -> Potential:
        """Return the potential, in double precision, with walls where there is no data."""
        with jax.enable_x64(True):
            return self._build(parameters, kT)

    def _build(self, parameters: np.ndarray, kT: float) -> Potential:
        place = 0
        walls: dict[int, Potential] = {}
        for term, rows in zip(linear_terms(self.potential), self.supports, strict=True):
            size = int(np.prod(term.parameters.shape))
            own = parameters[place : place + size]
            first = np.array([row.first for row in rows])
            last = np.array([row.last for row in rows])
            stiffness = WALL * kT / TRAVEL[term.unit] ** 2
            walls[id(term)] = term.with_parameters(own).extrapolated(first, last, stiffness)
            place += size
        parts = [walls.get(id(term), term) for term in self.potential.terms()]
        return parts[0] if len(parts) == 1 else type(self.potential)(*parts)

    def trimmed(self, fitted: Potential) -> np.ndarray:
        """Return the flat parameters of a built potential, without what the walls added."""
        flat = []
        pairs = zip(linear_terms(self.potential), linear_terms(fitted), strict=True)
        for before, after in pairs:
            begin = round((before.start - after.start) / before.spacing)
            own = np.asarray(after.parameters, dtype=np.float64)
            flat.append(own[:, begin : begin + before.parameters.shape[1]].ravel())
        return np.concatenate(flat)
