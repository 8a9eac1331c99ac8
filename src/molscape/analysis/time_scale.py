"""Time of a coarse-grained model in terms of that of its reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from molscape.core.curve import Curve


def diffusion_ratio(
    model: tuple[float, float], reference: tuple[float, float]
) -> tuple[float, float]:
    """Return D(model) / D(reference) with its standard error.

    A coarse-grained model has lost friction, so the ratio is usually above one: while the model
    runs for 1 ps, particles get as far as in that many ps of the reference. It holds for
    diffusion, at the friction of the model's thermostat; other motions have ratios of their own.

    Args:
        model: diffusion coefficient and standard error, as `diffusion` returns them.
        reference: those of the reference, in the same unit.

    Raises:
        ValueError: if a coefficient is not positive.
    """
    if model[0] <= 0 or reference[0] <= 0:
        raise ValueError(
            f"diffusion coefficients {model[0]:g} and {reference[0]:g} must be positive: sample "
            "longer, their errors are "
            f"{model[1]:g} and {reference[1]:g}"
        )
    ratio = model[0] / reference[0]
    return ratio, float(ratio * np.hypot(model[1] / model[0], reference[1] / reference[0]))


def rescaled_time(curve: Curve, ratio: float) -> Curve:
    """Return a curve of time on the reference's clock: x times the ratio of diffusion.

    Raises:
        ValueError: if x is not a time, or the ratio is not positive.
    """
    if curve.x_unit != "ps" or ratio <= 0:
        raise ValueError(
            f"a curve over {curve.x_label} in {curve.x_unit or '1'} and the factor {ratio:g}: "
            "give a curve of time in ps and a positive factor"
        )
    return replace(curve, x=curve.x * ratio, x_label=f"{curve.x_label} x {ratio:.3g}")
