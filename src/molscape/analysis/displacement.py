"""Mean squared displacement and diffusion, block by block in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks
from molscape.analysis.time_origins import Origins, autocorrelation, over_origins
from molscape.analysis.unwrapping import Unwrapper
from molscape.core.curve import Curve
from molscape.core.trajectory import Trajectory
from molscape.core.units import BAR

MILLIPASCAL_SECOND = 1e4 * BAR
"""One mPa s (water has about 0.9) in kJ/mol ps/nm^3."""

YEH_HUMMER = 2.837297
"""Self-term of the periodic Oseen tensor of a cube."""


def mean_squared_displacement(
    trajectory: Trajectory,
    *,
    types: tuple[str, ...] | None = None,
    maximum_lag: float | None = None,
    interval: float | None = None,
    blocks: int = 5,
    remove_drift: bool = False,
) -> Curve:
    """Return <|r(t0 + t) - r(t0)|^2> over particles and origins t0, with its standard error.

    The frames of each replica are cut into blocks of equal length; origins and ends of a
    displacement lie in the same block, the error is the scatter of the blocks.

    Args:
        trajectory: frames at equal intervals; wrapped ones are unwrapped by nearest images.
        types: the types that count; by default every particle.
        maximum_lag: longest time in ps; by default half of a block.
        interval: time between frames in ps, where the trajectory has no times.
        blocks: number of blocks in time.
        remove_drift: take out the motion of the centre of mass of all particles.

    Returns:
        The displacement in nm^2 at each lag in ps; `samples` are the displacements averaged.

    Raises:
        ValueError: if times are missing or uneven, a lag is longer than a block, or particles
            jump so far between frames that unwrapping is ambiguous.
    """
    origins = Origins(types, maximum_lag, interval, blocks, remove_drift, first=1)
    return _displacements(trajectory, origins).curve()


def displacement_blocks(trajectory: Trajectory, **chosen: Any) -> Blocks:
    """Return the blocks that `mean_squared_displacement` is made of; same arguments."""
    return _displacements(trajectory, Origins(**chosen, first=1))


def _displacements(trajectory: Trajectory, origins: Origins) -> Blocks:
    found = over_origins(trajectory, origins, Unwrapper(), _summed_squares)
    return replace(found, y_label="mean squared displacement", y_unit="nm^2")


def diffusion(
    source: Trajectory | Blocks,
    *,
    window: tuple[float, float] | None = None,
    types: tuple[str, ...] | None = None,
    interval: float | None = None,
) -> tuple[float, float]:
    """Return the diffusion coefficient, and its standard error, in nm^2/ps.

    Einstein relation: D is a sixth of the slope of a straight line through the mean squared
    displacement inside a window of lags; the error comes from the slopes of the blocks.

    Args:
        source: a trajectory, or the result of `displacement_blocks`.
        window: first and last lag of the fit in ps; by default a quarter of the longest lag to
            the longest. It must lie beyond the ballistic regime.
        types: the types that count, of a trajectory.
        interval: time between frames in ps, where the trajectory has no times.

    Raises:
        ValueError: if the window holds fewer than two lags; for the rest see
            `mean_squared_displacement`.
    """
    if isinstance(source, Trajectory):
        source = displacement_blocks(source, types=types, interval=interval)
    low, high = window or (0.25 * float(source.x[-1]), float(source.x[-1]))
    slack = 1e-6 * float(source.x[0])
    inside = (source.x > low - slack) & (source.x < high + slack)
    if np.count_nonzero(inside) < 2:
        raise ValueError(
            f"the window {low:g} to {high:g} ps holds {np.count_nonzero(inside)} lags of those up "
            f"to {source.x[-1]:g} ps, a line needs two: widen `window` or raise `maximum_lag`"
        )
    times = source.x[inside] - source.x[inside].mean()
    slope_of = times / np.sum(times**2) / 6
    found = slope_of @ source.curve().y[inside]
    each = (source.numerator / source.denominator)[:, inside] @ slope_of
    weights = source.denominator[:, inside].sum(axis=1)
    weights = weights / weights.sum()
    count = len(each)
    if count < 2:
        return float(found), float("nan")
    error = np.sqrt(count / (count - 1) * np.sum((weights * (each - found)) ** 2))
    return float(found), float(error)


def yeh_hummer_correction(edge: float, kT: float, viscosity: float) -> float:
    """Return what a cube takes from the diffusion coefficient, in nm^2/ps: add it to D.

    D(infinite) - D(L) = xi kT / (6 pi viscosity L), xi = 2.837297.

    Args:
        edge: edge L of the cubic box in nm.
        kT: thermal energy in kJ/mol.
        viscosity: shear viscosity in kJ/mol ps/nm^3 (`MILLIPASCAL_SECOND` is one mPa s).

    Raises:
        ValueError: if a number is not positive.

    Source: I.-C. Yeh and G. Hummer, J. Phys. Chem. B 108, 15873 (2004), eq. 12.
    """
    if min(edge, kT, viscosity) <= 0:
        raise ValueError(
            f"edge {edge:g} nm, kT {kT:g} kJ/mol and viscosity {viscosity:g} must be positive"
        )
    return YEH_HUMMER * kT / (6 * np.pi * viscosity * edge)


def _summed_squares(
    positions: Float[np.ndarray, "frame particle 3"], lags: int
) -> Float[np.ndarray, " lag"]:
    """Return sum over origins and particles of the squared displacement at lags 0, 1, ...

    |r(t0 + t) - r(t0)|^2 is split into squares, summed recursively, and a correlation, by fast
    Fourier transform: Kneller et al., Comput. Phys. Commun. 91, 191 (1995).
    """
    centred = positions - positions.mean(axis=0)
    squares = np.einsum("fpk,fpk->f", centred, centred)
    leading = squares.sum() - np.concatenate([[0.0], np.cumsum(squares)[:-1]])
    trailing = squares.sum() - np.concatenate([[0.0], np.cumsum(squares[::-1])[:-1]])
    return (leading + trailing)[: lags + 1] - 2 * autocorrelation(centred, lags)
