"""Force matching of potentials that are not linear in their parameters."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.statistics import jackknife_error, standard_error
from molscape.core.system import System
from molscape.core.trajectory import Trajectory
from molscape.fit.normal_equations import NormalEquations, accumulate
from molscape.fit.result import Fit, ForceLoss, Step
from molscape.objectives.force_matching import ForceMatching

log = logging.getLogger(__name__)

SINGULAR = 1e-10
"""Smallest eigenvalue of J^T J scaled to a diagonal of one; below, parameters act as one."""

RESOLVED = 1e-9
"""A step that could lower the loss by less than this share of it ends the fit."""


@dataclass(frozen=True)
class LeastSquaresOptions:
    """How forces are matched by least squares.

    Args:
        free: names of parameters to change, as `parameter_names` gives them; all by default.
        blocks: contiguous blocks of frames for the error bars.
        tolerance: the fit ends when no parameter changes by more than this share of itself.
        iterations: largest number of passes through the data.

    Raises:
        ValueError: if an option does not fit.
    """

    free: Sequence[str] | None = None
    blocks: int = 10
    tolerance: float = 1e-6
    iterations: int = 50

    def __post_init__(self) -> None:
        if self.blocks < 2 or self.iterations < 1 or not self.tolerance > 0:
            raise ValueError(
                f"blocks {self.blocks}, iterations {self.iterations}, tolerance "
                f"{self.tolerance:g}: give at least 2, at least 1, and a positive number"
            )


def least_squares(
    potential: Potential,
    objective: ForceMatching,
    data: Sequence[tuple[Trajectory, State]],
    options: LeastSquaresOptions | None = None,
    *,
    progress: Progress | None = None,
) -> Fit:
    """Minimise the force loss over a few parameters of any potential, from where they stand.

    Levenberg-Marquardt: each step solves (J^T J + damping diag(J^T J)) step = J^T (F - F_model),
    with J = dF_model/dparameter by forward differentiation and sums over all frames in double
    precision; the damping follows how well the step did. Error bars come from leaving out each
    of several contiguous blocks of frames, to first order around the minimum.
    (Marquardt, J. SIAM 11, 431 (1963); Nielsen, IMM-REP-1999-05.)

    Args:
        potential: the model; what `trainable()` marks may change.
        objective: force matching.
        data: trajectories with forces, and their states.
        options: how; `LeastSquaresOptions()` by default.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if parameters have no effect on the forces, or the data cannot tell them
            apart, or there are no forces, or a free parameter does not exist.
    """
    options = options or LeastSquaresOptions()
    if not isinstance(objective, ForceMatching):
        raise ValueError(
            f"least squares minimises force matching, got {type(objective).__name__}: use another "
            "fit"
        )
    with jax.enable_x64(True):
        problem = _Problem.make(
            cast(potential, jnp.float64), options.free, data, options.blocks, progress
        )
        return _descend(problem, options.tolerance, options.iterations)


def parameter_names(potential: Potential) -> tuple[str, ...]:
    """Return the names of all parameters that `trainable()` marks, such as "epsilon[0]"."""
    marked, _ = eqx.partition(potential, potential.trainable())
    names: list[str] = []
    for path, leaf in jax.tree_util.tree_leaves_with_path(marked):
        name = jax.tree_util.keystr(path).lstrip(".")
        places = np.ndindex(np.shape(leaf))
        names += [name + "".join(f"[{k}]" for k in place) for place in places]
    return tuple(names)


def standard_errors(fit: Fit) -> dict[str, np.ndarray]:
    """Return the jackknife standard error of every array of a fitted potential.

    Raises:
        ValueError: if the fit has no replicas.
    """
    count = len(fit.replicas)
    if count < 2:
        raise ValueError(f"a fit with {count} replicas has no error bars: use more `blocks`")
    found = {}
    for name in fit.potential.arrays():
        found[name] = jackknife_error([replica.arrays()[name] for replica in fit.replicas])
    return found


class TangentDesign(eqx.Module):
    """The model around its parameters: how forces change with those at `places`."""

    places: tuple[int, ...] = eqx.field(static=True)

    def __call__(
        self,
        potential: Potential,
        system: System,
        positions: Array,
        box: Array | None,
        neighbours: Neighbours,
    ) -> tuple[Array, Array, list[Array]]:
        """Return dF/dparameter, the forces as they are, and no samples."""
        flat, build = _flattened(potential)

        def forces(chosen: Array) -> tuple[Array, Array]:
            model = build(flat.at[jnp.asarray(self.places)].set(chosen))
            found = model.forces(system, positions, box, neighbours)
            return found, found

        chosen = flat[jnp.asarray(self.places)]
        slopes, found = jax.jacfwd(forces, has_aux=True)(chosen)
        return jnp.moveaxis(slopes, -1, 0), found, []


@dataclass(frozen=True, eq=False)
class _Problem:
    """What is to be minimised: a start, its parameters, and the data."""

    start: Potential
    names: tuple[str, ...]
    places: tuple[int, ...]
    data: Sequence[tuple[Trajectory, State]]
    blocks: int
    progress: Progress | None

    @classmethod
    def make(
        cls,
        start: Potential,
        free: Sequence[str] | None,
        data: Sequence[tuple[Trajectory, State]],
        blocks: int,
        progress: Progress | None,
    ) -> _Problem:
        every = parameter_names(start)
        unknown = set(free or ()) - set(every)
        if unknown or not every or (free is not None and not free):
            raise ValueError(
                f"free parameters {sorted(unknown) or 'none'}: choose some of "
                f"{', '.join(every) or 'none, this potential has none that a fit may change'}"
            )
        names = every if free is None else tuple(name for name in every if name in free)
        places = tuple(every.index(name) for name in names)
        return cls(start, names, places, data, blocks, progress)

    @property
    def values(self) -> Float[np.ndarray, " parameter"]:
        """The parameters at the start."""
        return np.asarray(_flattened(self.start)[0])[list(self.places)]

    def build(self, values: np.ndarray) -> Potential:
        """Return the potential with these parameters."""
        flat, build = _flattened(self.start)
        model: Potential = build(flat.at[jnp.asarray(self.places)].set(jnp.asarray(values)))
        return model

    def fits(self, model: Potential) -> bool:
        """Return whether no term reaches beyond the neighbours of the start."""
        ends = [getattr(term, "cutoff", 0.0) for term in model.lower()]
        return max(ends, default=0.0) <= self.start.reach * (1 + 1e-6)

    def sums(self, model: Potential) -> list[NormalEquations]:
        """Return the normal equations of a small change of the parameters, block by block."""
        design = TangentDesign(self.places)
        return accumulate(model, self.data, self.blocks, self.progress, design)

    def check(self, total: NormalEquations) -> None:
        """Raise ValueError if a parameter does nothing, or some act as one."""
        size = np.sqrt(np.diag(total.gram))
        idle = [name for name, effect in zip(self.names, size, strict=True) if not effect > 0]
        if idle:
            raise ValueError(
                f"{', '.join(idle)} have no effect on the forces of this data: leave them out of "
                "`free`"
            )
        weights, vectors = np.linalg.eigh(total.gram / np.outer(size, size))
        if weights[0] < SINGULAR:
            alike = [
                name
                for name, part in zip(self.names, vectors[:, 0], strict=True)
                if abs(part) > 0.1
            ]
            raise ValueError(
                f"the forces of this data cannot tell {', '.join(alike)} apart: hold one of them, "
                "by leaving it out of `free`"
            )


def _flattened(potential: Potential):  # type: ignore[no-untyped-def]
    """Return the flat trainable parameters, and the function that builds a potential of them."""
    marked, held = eqx.partition(potential, potential.trainable())
    flat, unravel = ravel_pytree(marked)
    return flat, lambda values: eqx.combine(unravel(values), held)


def _descend(problem: _Problem, tolerance: float, iterations: int) -> Fit:
    """Step until nothing changes; see `least_squares`."""
    values, model = problem.values, problem.start
    sums = problem.sums(model)
    total = _added(sums)
    problem.check(total)
    if not np.isfinite(total.residual):
        raise ValueError("the forces of the start are infinite or not a number: start elsewhere")
    damping, growth, stopped = 1e-3, 2.0, f"{iterations} iterations"
    history: list[Step] = []
    for number in range(iterations):
        begin = time.perf_counter()
        step = _damped(total, damping)
        expected = 2 * step @ total.moment - step @ total.gram @ step
        small = np.all(np.abs(step) <= tolerance * np.abs(values))
        if small or expected < RESOLVED * total.residual:
            stopped = "the parameters no longer change" if small else "the loss no longer changes"
            break
        trial = problem.build(values + step)
        tried = problem.sums(trial) if problem.fits(trial) else None
        new = None if tried is None else _added(tried)
        gain = -1.0 if new is None else (total.residual - new.residual) / expected
        if tried is not None and new is not None and gain > 0:
            values, model, sums, total = values + step, trial, tried, new
            damping, growth = damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        else:
            damping, growth = damping * growth, growth * 2
        loss = total.residual / total.components
        numbers = {"force_loss": loss, "damping": damping}
        history.append(Step(number, {}, numbers, 0.0, time.perf_counter() - begin))
        log.info("least squares: iteration %d, loss %g", number, loss)
    else:
        log.warning("least squares did not converge in %d iterations", iterations)
    return _result(problem, values, model, sums, history, stopped)


def _added(sums: Sequence[NormalEquations]) -> NormalEquations:
    total = sums[0]
    for block in sums[1:]:
        total = total + block
    return total


def _damped(total: NormalEquations, damping: float) -> np.ndarray:
    """Return the step; scaled to a diagonal of one, units of the parameters do not matter."""
    size = np.sqrt(np.diag(total.gram))
    scaled = total.gram / np.outer(size, size) + damping * np.eye(len(size))
    step: np.ndarray = scipy.linalg.solve(scaled, total.moment / size, assume_a="pos") / size
    return step


def _result(
    problem: _Problem,
    values: np.ndarray,
    model: Potential,
    sums: list[NormalEquations],
    history: list[Step],
    stopped: str,
) -> Fit:
    total = _added(sums)
    problem.check(total)
    changes = [_damped(total - block, 0.0) for block in sums] if len(sums) > 1 else []
    left_out = [block.loss(change) for block, change in zip(sums, changes, strict=False)]
    return Fit(
        method="least_squares",
        potential=model,
        frames=sum(len(trajectory) for trajectory, _ in problem.data),
        replicas=tuple(problem.build(values + change) for change in changes),
        force_loss=ForceLoss(
            fit=total.residual / total.components,
            zero=total.square / total.components,
            validation=float(np.mean(left_out)) if left_out else np.nan,
            error=float(standard_error(left_out)),
        ),
        history=tuple(history),
        stopped=stopped,
        settings={"iterations": float(len(history))},
    )
