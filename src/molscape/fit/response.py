"""Linear response of a structure to its potential: the step of Newton-like fits, and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float

from molscape.fit.projection import Counted, StructureProblem
from molscape.objectives.structure import Histograms

LARGEST = 1.0
"""Largest change of an energy in one iteration, in kT, where the reference has samples."""

LENGTHS = (2.0, 5.0, 10.0, 20.0)
"""Lengths over which a change varies, in knot intervals, among which the likeliest is sought."""

LIKELY = 10.0 ** np.arange(-4.0, 1.1, 0.125)
"""Typical sizes of a change, in kT, among which the most likely one is sought."""


def response(
    problem: StructureProblem,
    samples: Sequence[Counted],
    functions: Float[np.ndarray, "bin function"],
) -> tuple[Float[np.ndarray, "function function"], Float[np.ndarray, " function"]]:
    """Return A and b of A c = b for a change of energy sum_f c_f function_f.

    With S_f = sum over pairs of function_f, d<S_f>/dc_h = -beta cov(S_f, S_h). States are added
    with weights 1/v, where v cov(S, S) is the covariance of the error of <S> - S_reference:
    A = sum beta^2 cov(S, S)/v, b = sum beta (<S> - S_reference)/v. Then the covariance of b is
    A.

    Args:
        problem: what is fitted.
        samples: the model's structure in each state.
        functions: value of each function in each bin, dimensionless.
    """
    size = functions.shape[1]
    matrix, vector = np.zeros((size, size)), np.zeros(size)
    for state, reference, sample in zip(problem.states, problem.references, samples, strict=True):
        own = sample.histograms
        noise = 1 / own.independent_frames + _reference_noise(own, reference)
        excess = functions.T @ (own.mean - goal(own, reference))
        matrix += functions.T @ own.covariance @ functions / state.kT**2 / noise
        vector += excess / state.kT / noise
    return matrix, vector


def goal(own: Histograms, reference: Histograms) -> Float[np.ndarray, " bin"]:
    """Return the mean counts that a model would have with the reference's structure."""
    free = reference.mean_ideal
    ratio = np.divide(reference.mean, free, out=np.zeros_like(free), where=free > 0)
    return ratio * own.mean_ideal


def _reference_noise(own: Histograms, reference: Histograms) -> float:
    """Return one over the number of independent frames that the reference is worth."""
    count, blocks = reference.frames.sum(), len(reference.frames)
    if blocks < 2:
        return 1 / float(count)
    scatter = (reference.counts - reference.mean * reference.frames[:, None]) ** 2
    squared_error = blocks / (blocks - 1) * scatter.sum() / count**2
    variance = float(np.trace(own.covariance))
    return float(np.clip(squared_error / variance, 1 / count, 1.0))


def bounded_step(
    problem: StructureProblem,
    samples: Sequence[Counted],
    functions: Float[np.ndarray, "bin function"],
    rows: Sequence[int],
) -> tuple[Float[np.ndarray, " function"], float]:
    """Return the `likely_step` that linear response asks for, short enough to be trusted.

    No energy changes by more than one kT where the reference has samples.

    Args:
        problem: what is fitted.
        samples: the model's structure in each state.
        functions: value of each function in each bin, zero where the reference has no samples.
        rows: number of functions of each row.

    Returns:
        The step in kJ/mol, and the typical change that it was taken for, in kT.
    """
    matrix, vector = response(problem, samples, functions)

    def allowed(step: np.ndarray) -> bool:
        return bool(np.max(np.abs(functions @ step)) <= LARGEST * problem.kT)

    return likely_step(matrix, vector, rows, problem.kT, allowed)


def likely_step(
    matrix: Float[np.ndarray, "function function"],
    vector: Float[np.ndarray, " function"],
    rows: Sequence[int],
    kT: float,
    allowed: Callable[[Float[np.ndarray, " function"]], bool],
) -> tuple[Float[np.ndarray, " function"], float]:
    """Return the regularised solution of A c = b and the typical change that it took for likely.

    (A + K^-1/t^2) c = b is Tikhonov's solution, and the mean of c given b if the error of b has
    the covariance A and c is drawn with covariance t^2 K. In a row K is Matern's (order 3/2),
    so that smooth changes are likelier; its length and t are those that make b most likely
    (evidence: D. J. C. MacKay, Neural Comput. 4, 415 (1992)). Directions below the noise are
    left alone. Then t is lowered until the step is `allowed`.

    Args:
        matrix: A of `response`.
        vector: b of `response`.
        rows: number of functions of each row, which stand in the order of the coordinate.
        kT: thermal energy in kJ/mol.
        allowed: says whether a step is small enough.

    Returns:
        The step, and t in kT.
    """
    sizes = kT * LIKELY
    best, chosen = np.inf, None
    for length in LENGTHS:
        root = np.linalg.cholesky(smooth_covariance(rows, length))
        values, modes = np.linalg.eigh(root.T @ matrix @ root)
        values = np.maximum(values, 1e-12 * values[-1])
        along = modes.T @ (root.T @ vector)
        variance = values + np.outer(sizes**2, values**2)
        surprise = np.sum(np.log(variance / values) + along**2 / variance, axis=1)
        if surprise.min() < best:
            best = surprise.min()
            chosen = root @ modes, along, values, float(sizes[np.argmin(surprise)])
    assert chosen is not None
    modes, along, values, size = chosen
    while True:
        step = modes @ (along / (values + 1 / size**2))
        if allowed(step):
            return step, size / kT
        size *= 0.8


def smooth_covariance(rows: Sequence[int], length: float) -> Float[np.ndarray, "function function"]:
    """Return (1 + d) exp(-d), d = sqrt(3) |i - j| / length, within each row, zero between."""
    blocks = []
    for count in rows:
        number = np.arange(count)
        d = np.sqrt(3) * np.abs(number[:, None] - number) / length
        blocks.append((1 + d) * np.exp(-d))
    return np.asarray(scipy.linalg.block_diag(*blocks)) + 1e-9 * np.eye(sum(rows))


def fits_without_blocks(
    problem: StructureProblem,
    parameters: Float[np.ndarray, " parameter"],
    samples: Sequence[Counted],
) -> Float[np.ndarray, "block parameter"]:
    """Return the parameters that would fit the references without one block of frames each.

    They follow from those that fit all blocks by linear response. Empty if a reference has a
    single block.
    """
    blocks = min(len(reference.frames) for reference in problem.references)
    if blocks < 2:
        return np.zeros((0, len(parameters)))
    functions, active = active_functions(problem)
    matrix, _ = response(problem, samples, functions)
    prior = np.linalg.inv(smooth_covariance(active_counts(problem), LENGTHS[0]))
    factor = scipy.linalg.cho_factor(matrix + prior / problem.kT**2)
    found = np.tile(parameters, (blocks, 1))
    for block in range(blocks):
        vector = np.zeros(functions.shape[1])
        for state, reference, sample in zip(
            problem.states, problem.references, samples, strict=True
        ):
            own = sample.histograms
            noise = 1 / own.independent_frames + _reference_noise(own, reference)
            lacking = goal(own, reference) - goal(own, reference.without(block))
            vector += functions.T @ lacking / state.kT / noise
        found[block, active] += scipy.linalg.cho_solve(factor, vector)
    return found


def active_functions(
    problem: StructureProblem,
) -> tuple[Float[np.ndarray, "bin function"], Bool[np.ndarray, " all"]]:
    """Return the basis functions of active parameters in determined bins, and which those are."""
    fitted = np.concatenate([row.fitted for row in problem.rows])
    active = np.concatenate([row.active for row in problem.rows])
    return problem.basis[:, active] * fitted[:, None], active


def active_counts(problem: StructureProblem) -> list[int]:
    """Return the number of active parameters of each row."""
    return [int(row.active.sum()) for row in problem.rows]
