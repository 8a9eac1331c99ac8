"""The variance that is left of outputs when their inputs are known, from nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from molscape.core.statistics import Estimate, jackknife_error

RIDGE = 1e-6
"""Share of the neighbours' own spread added to their covariance: two inputs may say the same."""

SIZES = (2, 4, 8)
"""Neighbours of a straight fit that are tried, in numbers of its coefficients."""

SAMPLES_PER_TERM = 20
"""Samples wanted for each term of the quadratic function that is subtracted first."""

_ROWS = 250


@dataclass(frozen=True)
class LocalVariance(Estimate):
    """A noise variance with its standard error; `neighbours` predicted each sample, linearly.

    `neighbours` is one where half the squared difference of nearest neighbours was used.
    """

    neighbours: int


def local_variance(
    inputs: Float[np.ndarray, "sample input"],
    outputs: Float[np.ndarray, "sample output"],
    block: Int[np.ndarray, " sample"],
    *,
    neighbours: tuple[int, ...] | None = None,
    centres: int = 3000,
    seed: int = 0,
) -> LocalVariance:
    """Estimate the mean of Var(y | x) over samples and outputs without a model of y(x).

    Each of some samples is predicted from its nearest neighbours: by a straight fit to k of
    them, y = sum_j w_j y_j with sum_j w_j = 1 and sum_j w_j (x_j - x) = 0, or by the nearest
    alone. Since E (y - sum_j w_j y_j)^2 = Var(y | x) (1 + sum_j w_j^2) + bias^2, the mean of
    (y - sum_j w_j y_j)^2 / (1 + sum_j w_j^2) is at least the variance; the smallest of the
    neighbourhoods is returned, so that it is an upper bound which becomes tight with many
    samples. With many inputs neighbours are far away and the bound is loose; where there are
    enough samples, a quadratic function of the inputs, fitted to the other half of the blocks,
    is subtracted first, which changes y(x) but not the variance.

    Args:
        inputs: what is known, any units; each is divided by its standard deviation.
        outputs: what has noise.
        block: a number for each sample. Neighbours come from other blocks, since noise is
            correlated in time; the scatter of blocks gives the error.
        neighbours: numbers k to try; by default 2, 4 and 8 times the number of coefficients.
        centres: how many samples are predicted.
        seed: chooses them.

    Raises:
        ValueError: if there are fewer than two blocks, or too few samples for any k.

    Source: nearest neighbours: D. Evans and A. J. Jones, Proc. R. Soc. A 458, 2759 (2002);
    straight fits: J. Fan and I. Gijbels, Local Polynomial Modelling (1996), section 3.2.
    """
    blocks = np.unique(block)
    if len(blocks) < 2:
        raise ValueError("one block of samples has no neighbours elsewhere: give two or more")
    spread = inputs.std(axis=0)
    scaled = (inputs / np.where(spread > 0, spread, 1.0)).astype(np.float64)
    coefficients = scaled.shape[1] + 1
    sizes = neighbours or tuple(factor * coefficients for factor in SIZES)
    sizes = tuple(k for k in sizes if coefficients < k <= _available(block) // 2)
    if not sizes:
        raise ValueError(
            f"{len(scaled)} samples are too few for straight fits in {scaled.shape[1]} inputs: "
            "give more frames"
        )
    outputs = outputs - _quadratic(scaled, outputs, np.searchsorted(blocks, block) % 2)
    chosen = np.random.default_rng(seed).permutation(len(scaled))[:centres]
    totals = {k: np.zeros(len(blocks)) for k in (1, *sizes)}
    counts = np.zeros(len(blocks))
    for rows, near in _nearest(scaled, block, chosen, max(sizes)):
        place = np.searchsorted(blocks, block[rows])
        counts += np.bincount(place, minlength=len(blocks))
        for k, total in totals.items():
            found = _squares(scaled, outputs, rows, near[:, :k])
            total += np.bincount(place, found, len(blocks))
    results = [_summary(total, counts, k) for k, total in totals.items()]
    return min(results, key=lambda result: result.value)


def enough_samples(block: Int[np.ndarray, " sample"], inputs: int) -> bool:
    """Say whether samples in these blocks suffice for straight fits in so many inputs."""
    return _available(block) // 2 >= SIZES[0] * (inputs + 1)


def _available(block: np.ndarray) -> int:
    """Return how many samples lie outside the fullest block."""
    return len(block) - int(np.unique(block, return_counts=True)[1].max())


def _quadratic(inputs: np.ndarray, outputs: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return a quadratic fit to the samples of one half at those of the other, or zero."""
    centred = inputs - inputs.mean(axis=0)
    i, j = np.triu_indices(centred.shape[1])
    if 1 + centred.shape[1] + len(i) > np.bincount(half).min() / SAMPLES_PER_TERM:
        return np.zeros_like(outputs, dtype=np.float64)
    design = np.concatenate(
        [np.ones((len(centred), 1)), centred, centred[:, i] * centred[:, j]], axis=1
    )
    fitted = np.empty(outputs.shape)
    for own in (0, 1):
        there = design[half != own]
        normal = there.T @ there
        normal += RIDGE * np.diag(np.diagonal(normal) + np.finfo(float).tiny)
        found = np.linalg.solve(normal, there.T @ outputs[half != own])
        fitted[half == own] = design[half == own] @ found
    return fitted


def _nearest(
    inputs: np.ndarray, block: np.ndarray, chosen: np.ndarray, count: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield some of the chosen samples and their nearest neighbours in other blocks, in order."""
    square = np.einsum("si,si->s", inputs, inputs)
    for start in range(0, len(chosen), _ROWS):
        rows = chosen[start : start + _ROWS]
        distance = square - 2 * inputs[rows] @ inputs.T
        distance[block[rows, None] == block] = np.inf
        near = np.argpartition(distance, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(distance, near, axis=1), axis=1)
        yield rows, np.take_along_axis(near, order, axis=1)


def _squares(
    inputs: np.ndarray, outputs: np.ndarray, rows: np.ndarray, near: np.ndarray
) -> np.ndarray:
    """Return (y - sum_j w_j y_j)^2 / (1 + sum_j w_j^2), mean over outputs, for each row."""
    if near.shape[1] == 1:
        return np.mean((outputs[rows] - outputs[near[:, 0]]) ** 2, axis=1) / 2
    moves = inputs[near] - inputs[rows, None]
    design = np.concatenate([np.ones((*near.shape, 1)), moves], axis=2)
    normal = design.transpose(0, 2, 1) @ design
    n_inputs = moves.shape[2]
    diagonal = np.arange(1, n_inputs + 1)
    ridge = RIDGE * np.trace(normal[:, 1:, 1:], axis1=1, axis2=2) / n_inputs
    normal[:, diagonal, diagonal] += np.maximum(ridge, np.finfo(float).tiny)[:, None]
    first = np.zeros((len(rows), n_inputs + 1, 1))
    first[:, 0] = 1.0
    weights = (design @ np.linalg.solve(normal, first))[..., 0]
    predicted = (weights[:, None] @ outputs[near])[:, 0]
    squares = np.mean((outputs[rows] - predicted) ** 2, axis=1)
    return squares / (1 + np.sum(weights**2, axis=1))


def _summary(total: np.ndarray, counts: np.ndarray, neighbours: int) -> LocalVariance:
    """Return the mean over all samples, its error from leaving out each block in turn."""
    value = total.sum() / counts.sum()
    some = counts > 0
    left = (total.sum() - total[some]) / (counts.sum() - counts[some])
    return LocalVariance(float(value), float(jackknife_error(left)), neighbours)
