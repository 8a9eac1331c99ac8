"""Mean and standard deviation of features over data, so that networks see numbers near one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

CONSTANT = 1e-9
"""Share of the largest feature below which a deviation is rounding: the feature is constant."""


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
