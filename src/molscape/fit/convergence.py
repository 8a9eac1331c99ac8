"""When an iterative fit has converged, and which of its potentials is the best."""

from __future__ import annotations

import numpy as np

from molscape.fit.result import Step

PATIENCE = 5
"""Iterations without an improvement beyond errors after which a fit stops."""


def _score(step: Step) -> tuple[float, float]:
    """Return the sum of all distances, each over its floor, and its error."""
    if not step.distances:
        return np.inf, 0.0
    scale = [each.floor if each.floor > 0 else 1.0 for each in step.distances.values()]
    pairs = list(zip(step.distances.values(), scale, strict=True))
    value = sum(each.value / s for each, s in pairs)
    return value, float(np.sqrt(sum((each.error / s) ** 2 for each, s in pairs)))


def choose_best(history: list[Step]) -> int:
    """Return the latest step whose score is within the errors of the smallest."""
    scores = [_score(step) for step in history]
    smallest, error = min(scores)
    near = [
        k
        for k, (value, own) in enumerate(scores)
        if value <= smallest + np.nan_to_num(np.hypot(error, own))
    ]
    return near[-1]


def reason_to_stop(history: list[Step]) -> str:
    """Say why a fit should stop, or nothing."""
    recent = history[-2:]
    if len(recent) == 2 and all(_within_noise(step) for step in recent):
        return "all distances were within noise in two successive iterations"
    if len(history) > PATIENCE:
        scores = [_score(step) for step in history]
        before, after = min(scores[:-PATIENCE]), min(scores[-PATIENCE:])
        if after[0] > before[0] - np.hypot(before[1], after[1]):
            return f"no improvement beyond the errors in {PATIENCE} iterations"
    return ""


def _within_noise(step: Step) -> bool:
    return bool(step.distances) and all(
        each.value <= np.nanmax([each.floor / 2, 2 * each.error, 0.0])
        for each in step.distances.values()
    )
