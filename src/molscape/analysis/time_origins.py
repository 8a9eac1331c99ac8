"""Sums over time origins, block by block: what displacements and velocities correlate alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks, Division, divide
from molscape.analysis.pair_distribution import members
from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory

BATCH_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Origins:
    """Which particles and lags count, and how frames are cut into blocks.

    Args:
        types: the types that count; None: every particle.
        maximum_lag: longest time in ps; None: half of a block.
        interval: time between frames in ps, where the trajectory has no times.
        blocks: number of contiguous blocks in time; origin and end lie in the same one.
        remove_drift: take out the motion of the centre of mass of all particles.
        first: the smallest lag in frames.
    """

    types: tuple[str, ...] | None = None
    maximum_lag: float | None = None
    interval: float | None = None
    blocks: int = 5
    remove_drift: bool = False
    first: int = 0


def over_origins(
    trajectory: Trajectory,
    origins: Origins,
    read: Callable[[Frames], Float[np.ndarray, "frame particle 3"]],
    summed: Callable[[Float[np.ndarray, "frame particle 3"], int], Float[np.ndarray, " lag"]],
) -> Blocks:
    """Return blocks of a quantity summed over origins and particles at lags in ps, unnamed.

    Args:
        trajectory: frames at equal intervals.
        origins: what counts.
        read: the vectors of a chunk of frames, such as its velocities; chunks come in order.
        summed: summed(vectors, lags) of one block's frames at lags 0, 1, ... `lags`.

    Raises:
        ValueError: if times are missing or uneven, or a lag is longer than a block.
    """
    topology = trajectory.topology
    chosen = np.arange(len(topology))
    if origins.types is not None:
        chosen = np.sort(np.concatenate([members(topology, name) for name in origins.types]))
    division = divide(trajectory, origins.blocks)
    lengths = np.bincount(division.block)
    interval = origins.interval or frame_interval(trajectory, division)
    longest = _longest(int(lengths.min()), origins.maximum_lag, interval)
    lags = np.arange(origins.first, longest + 1)
    weights = topology.masses / topology.masses.sum() if origins.remove_drift else None
    numerator = np.zeros((len(division), len(lags)))
    pending: dict[int, list[np.ndarray]] = {}
    at = 0
    for chunk in trajectory.chunks():
        vectors = read(chunk)
        if weights is not None:
            vectors = vectors - np.einsum("p,fpk->fk", weights, vectors)[:, None]
        here = division.block[at : at + len(chunk)]
        for block in np.unique(here).tolist():
            parts = pending.setdefault(block, [])
            parts.append(vectors[here == block][:, chosen])
            if sum(len(part) for part in parts) == lengths[block]:
                numerator[block] = summed(np.concatenate(pending.pop(block)), longest)[lags]
        at += len(chunk)
    denominator = (lengths[:, None] - lags) * float(len(chosen))
    return Blocks(
        x=interval * lags,
        numerator=numerator,
        denominator=denominator,
        replica=division.replica,
        part=division.part,
        x_label="t",
        x_unit="ps",
        y_label="",
        y_unit="",
        samples=denominator,
    )


def autocorrelation(
    vectors: Float[np.ndarray, "frame particle 3"], lags: int
) -> Float[np.ndarray, " lag"]:
    """Return the sum over origins and particles of v(t0) v(t0 + t) at lags 0, 1, ..., by FFT."""
    frames, particles, _ = vectors.shape
    size = 1 << (2 * frames - 1).bit_length()
    batch = max(1, BATCH_BYTES // (3 * 16 * size))
    power = np.zeros(size // 2 + 1)
    for start in range(0, particles, batch):
        part = vectors[:, start : start + batch].reshape(frames, -1)
        spectrum = np.fft.rfft(part, size, axis=0)
        power += np.sum(spectrum.real**2 + spectrum.imag**2, axis=1)
    return np.fft.irfft(power, size)[: lags + 1]


def _longest(shortest: int, maximum_lag: float | None, interval: float) -> int:
    lags = shortest // 2 if maximum_lag is None else int(maximum_lag / interval * (1 + 1e-9))
    if lags < 1 or lags >= shortest:
        raise ValueError(
            f"a lag of {lags} frames ({lags * interval:g} ps) does not fit into blocks of "
            f"{shortest} frames: use fewer `blocks`, another `maximum_lag`, or more frames"
        )
    return lags


def frame_interval(trajectory: Trajectory, division: Division) -> float:
    """Return the time between frames of a replica in ps, the same everywhere."""
    if "times" not in trajectory.fields:
        raise ValueError("the trajectory has no times: give the `interval` between frames in ps")
    times = np.concatenate([chunk.times for chunk in trajectory.chunks()])
    owner = division.replica[division.block]
    steps = np.concatenate([np.diff(times[owner == name]) for name in np.unique(owner)])
    if not len(steps):
        raise ValueError("one frame does not move: give more frames")
    usual = float(np.median(steps))
    if usual <= 0:
        raise ValueError(
            "the frames carry no times (or all the same): displacements need them, give the "
            "interval between frames"
        )
    if np.abs(steps - usual).max() > 1e-3 * usual:
        raise ValueError(
            f"frames are {steps.min():g} to {steps.max():g} ps apart: displacements need equal "
            "intervals, select frames such as trajectory[::2] or leave out what was joined on"
        )
    return usual
