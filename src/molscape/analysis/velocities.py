"""Autocorrelation of velocities and the diffusion that it integrates to, block by block."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.displacement import frame_interval
from molscape.analysis.pair_distribution import members
from molscape.core.curve import Curve
from molscape.core.trajectory import Trajectory

_BATCH_BYTES = 64 * 2**20


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
    return normalised(
        velocity_blocks(
            trajectory,
            types=types,
            maximum_lag=maximum_lag,
            interval=interval,
            blocks=blocks,
            remove_drift=remove_drift,
        )
    ).curve()


def velocity_blocks(
    trajectory: Trajectory,
    *,
    types: tuple[str, ...] | None = None,
    maximum_lag: float | None = None,
    interval: float | None = None,
    blocks: int = 5,
    remove_drift: bool = False,
) -> Blocks:
    """Return the blocks of <v(0) v(t)> in nm^2/ps^2, not normalised; arguments as above."""
    if "velocities" not in trajectory.fields:
        raise ValueError("the trajectory has no velocities: write them with the positions")
    topology = trajectory.topology
    chosen = np.arange(len(topology))
    if types is not None:
        chosen = np.sort(np.concatenate([members(topology, name) for name in types]))
    division = divide(trajectory, blocks)
    lengths = np.bincount(division.block)
    interval = interval or frame_interval(trajectory, division)
    lags = _lags(int(lengths.min()), maximum_lag, interval)
    weights = topology.masses / topology.masses.sum() if remove_drift else None
    numerator = np.zeros((len(division), lags + 1))
    pending: dict[int, list[np.ndarray]] = {}
    at = 0
    for chunk in trajectory.chunks():
        assert chunk.velocities is not None
        velocities = chunk.velocities.astype(np.float64)
        if weights is not None:
            velocities = velocities - np.einsum("p,fpk->fk", weights, velocities)[:, None]
        here = division.block[at : at + len(chunk)]
        for block in np.unique(here).tolist():
            parts = pending.setdefault(block, [])
            parts.append(velocities[here == block][:, chosen])
            if sum(len(part) for part in parts) == lengths[block]:
                numerator[block] = _summed_products(np.concatenate(pending.pop(block)), lags)
        at += len(chunk)
    origins = (lengths[:, None] - np.arange(lags + 1)) * float(len(chosen))
    return Blocks(
        x=interval * np.arange(lags + 1),
        numerator=numerator,
        denominator=origins,
        replica=division.replica,
        part=division.part,
        x_label="t",
        x_unit="ps",
        y_label="<v(0) v(t)>",
        y_unit="nm^2/ps^2",
        samples=origins,
    )


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


def _lags(shortest: int, maximum_lag: float | None, interval: float) -> int:
    lags = shortest // 2 if maximum_lag is None else int(maximum_lag / interval * (1 + 1e-9))
    if lags < 1 or lags >= shortest:
        raise ValueError(
            f"a lag of {lags} frames ({lags * interval:g} ps) does not fit into blocks of "
            f"{shortest} frames: use fewer `blocks`, another `maximum_lag`, or more frames"
        )
    return lags


def _summed_products(
    velocities: Float[np.ndarray, "frame particle 3"], lags: int
) -> Float[np.ndarray, " lag"]:
    """Return the sum over origins and particles of v(t0) v(t0 + t) at lags 0, 1, ..., by FFT."""
    frames, particles, _ = velocities.shape
    size = 1 << (2 * frames - 1).bit_length()
    batch = max(1, _BATCH_BYTES // (3 * 16 * size))
    power = np.zeros(size // 2 + 1)
    for start in range(0, particles, batch):
        part = velocities[:, start : start + batch].reshape(frames, -1)
        spectrum = np.fft.rfft(part, size, axis=0)
        power += np.sum(spectrum.real**2 + spectrum.imag**2, axis=1)
    return np.fft.irfft(power, size)[: lags + 1]
