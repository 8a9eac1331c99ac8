"""Features over data made equal, so that networks see numbers near one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

CONSTANT = 1e-9
"""Share of the largest feature below which a deviation is rounding: the feature is constant."""

FLOOR = 1e-3
"""Directions that change by less than this share of the greatest are not blown up any further."""

WIDEST = 2.0
"""Standard deviation of the widest direction of whitened features."""


def standard(
    features: Float[np.ndarray, "sample feature"], name: str
) -> tuple[Float[np.ndarray, " feature"], Float[np.ndarray, " feature"]]:
    """Return mean and standard deviation of each feature; constant features get deviation one.

    Features that are zero but for rounding, as coordinates along an axis of a local frame are,
    count as constant: divided by their deviation they would be noise.

    Args:
        features: one row for each sample, in double precision.
        name: whose features they are, for errors: "type W".

    Raises:
        ValueError: if there are fewer than two samples, a number is not finite, or every
            feature is constant.
    """
    if len(features) < 2:
        raise ValueError(f"{name}: {len(features)} samples of its features; give more frames")
    if not np.all(np.isfinite(features)):
        raise ValueError(f"{name}: a feature is not finite; do two particles coincide?")
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    varies = deviation > CONSTANT * np.max(np.abs(features), initial=0.0)
    if not np.any(varies):
        raise ValueError(
            f"{name}: all {features.shape[1]} features are constant over {len(features)} samples; "
            "no neighbour is inside the cutoff, or all frames are the same: use a larger "
            "`cutoff` or other frames"
        )
    return mean, np.where(varies, deviation, 1.0)


def whitened(
    features: Float[np.ndarray, "sample feature"],
    changes: Float[np.ndarray, "probe feature"],
    name: str,
) -> tuple[Float[np.ndarray, " feature"], Float[np.ndarray, "feature feature"]]:
    """Return mean and matrix W so that displacements change (features - mean) W all alike.

    W = c D^-1 V L^-1/2 V^T, where D are root mean square changes, V and L eigenvectors and
    eigenvalues of the correlations of changes (those below `FLOOR` of the largest raised to it),
    and c gives the widest direction of the result a deviation of `WIDEST`. Forces are slopes: a
    fit to forces learns in each direction as fast as displacements change it, and among features
    nearly dependent on one another what they do not share hardly changes. Whitening of the
    features themselves (A. Kessy et al., Am. Stat. 72, 309 (2018), "ZCA-cor"), by their slopes.

    Args:
        features: one row for each sample, in double precision.
        changes: one row for each displacement of equal size.
        name: whose features they are, for errors: "type W".

    Raises:
        ValueError: as `standard`.
    """
    mean, _ = standard(features, name)
    size = np.sqrt(np.mean(changes**2, axis=0))
    size = np.where(size > 0, size, 1.0)
    scaled = changes / size
    values, vectors = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    raised = np.maximum(values, FLOOR * values[-1])
    matrix = (vectors / np.sqrt(raised)) @ vectors.T / size[:, None]
    widest = np.linalg.norm((features - mean) @ matrix, 2) / np.sqrt(len(features))
    return mean, matrix * (WIDEST / widest)
