"""Autocorrelation of velocities and the diffusion that it integrates to, block by block."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks
from molscape.analysis.time_origins import Origins, autocorrelation, over_origins
from molscape.core.curve import Curve
from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory


def velocity_autocorrelation(
    trajectory: Trajectory,
    *,
    types: tuple[str, ...] | None = None,
    maximum_lag: float | None = None,
    interval: float | None = None,
    blocks: int = 5,
    remove_drift: bool = False,
) -> Curve:
    """Return C(t) = <v(0) v(t)> / <v^2> over particles and origins, with its standard error.

    Args:
        trajectory: frames with velocities at equal intervals, short beside the decay of C.
        types: the types that count; by default every particle.
        maximum_lag: longest time in ps; by default half of a block.
        interval: time between frames in ps, where the trajectory has no times.
        blocks: number of contiguous blocks in time whose scatter gives the error.
        remove_drift: take out the velocity of the centre of mass of all particles.

    Returns:
        C at lags 0, 1, ... in ps; one at lag 0.

    Raises:
        ValueError: if there are no velocities, times are missing or uneven, or a lag is longer
            than a block.
    """
    origins = Origins(types, maximum_lag, interval, blocks, remove_drift)
    return normalised(_correlations(trajectory, origins)).curve()


def velocity_blocks(trajectory: Trajectory, **chosen: Any) -> Blocks:
    """Return the blocks of <v(0) v(t)> in nm^2/ps^2, not normalised.

    Arguments are those of `velocity_autocorrelation`.
    """
    return _correlations(trajectory, Origins(**chosen))


def _correlations(trajectory: Trajectory, origins: Origins) -> Blocks:
    if "velocities" not in trajectory.fields:
        raise ValueError("the trajectory has no velocities: write them with the positions")
    found = over_origins(trajectory, origins, _velocities, autocorrelation)
    return replace(found, y_label="<v(0) v(t)>", y_unit="nm^2/ps^2")


def _velocities(frames: Frames) -> Float[np.ndarray, "frame particle 3"]:
    assert frames.velocities is not None
    return frames.velocities.astype(np.float64)


def normalised(blocks: Blocks) -> Blocks:
    """Return the blocks of C(t) = <v(0) v(t)> / <v^2>.

    Raises:
        ValueError: if nothing moves.
    """
    squares = blocks.numerator[:, :1] / blocks.denominator[:, :1]
    if not np.all(squares > 0):
        raise ValueError("nothing moves in a block of frames: there is no correlation to normalise")
    return replace(blocks, denominator=blocks.denominator * squares, y_label="C(t)", y_unit="")


def diffusion_from_velocities(
    blocks: Blocks, *, maximum_lag: float | None = None
) -> tuple[float, float]:
    """Return D = 1/3 integral_0^t <v(0) v(t')> dt' in nm^2/ps, and its standard error.

    Green and Kubo: exact once the correlation has died out by `maximum_lag` (ps; by default the
    longest there is), and where frames resolve it (trapezoids).

    Raises:
        ValueError: if the lag holds no interval.
    """
    limit = float(blocks.x[-1]) if maximum_lag is None else maximum_lag
    inside = blocks.x <= limit * (1 + 1e-9)
    if np.count_nonzero(inside) < 2:
        raise ValueError(f"up to {limit:g} ps there is no interval to integrate: give a longer lag")
    weights = np.full(np.count_nonzero(inside), float(blocks.x[1] - blocks.x[0]))
    weights[[0, -1]] /= 2
    value = float(blocks.curve().y[inside] @ weights) / 3
    each = (blocks.numerator / blocks.denominator)[:, inside] @ weights / 3
    share = blocks.denominator[:, 0] / blocks.denominator[:, 0].sum()
    n = len(each)
    if n < 2:
        return value, float("nan")
    return value, float(np.sqrt(n / (n - 1) * np.sum((share * (each - value)) ** 2)))
