"""Parallel tempering: what is run at which temperatures, and what its exchanges did."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int


@dataclass(frozen=True)
class Tempering:
    """Rising `temperatures` (K), and the steps between attempts to exchange neighbours.

    Raises:
        ValueError: if there are fewer than two temperatures, they do not rise, or `every` is
            not positive.
    """

    temperatures: tuple[float, ...]
    every: int = 500

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.temperatures, self.temperatures[1:], strict=False))
        if len(self.temperatures) < 2 or not rising or not self.temperatures[0] > 0:
            raise ValueError(
                f"temperatures {list(self.temperatures)} K: give at least two, above zero and each "
                "higher than the one before"
            )
        if self.every < 1:
            raise ValueError(f"exchanges every {self.every} steps: give at least 1")

    @classmethod
    def ladder(cls, lowest: float, highest: float, count: int, every: int = 500) -> Tempering:
        """Return `count` temperatures in equal ratios (to 0.01 K), as equal heat capacities ask."""
        between = np.round(np.geomspace(lowest, highest, count), 2).tolist()
        return cls((lowest, *between[1:-1], highest), every)

    @property
    def count(self) -> int:
        """Number of temperatures."""
        return len(self.temperatures)


class Exchanges(eqx.Module):
    """Attempts and successes of each pair of temperatures, and which copy is where.

    `walker` numbers the copies by where they began: copies are ordered by temperature.
    """

    attempts: Int[Array, " pair"]
    accepted: Int[Array, " pair"]
    walker: Int[Array, " replica"]

    @classmethod
    def begin(cls, count: int, replicas: int) -> Exchanges:
        """Return the state before the first attempt."""
        nothing = jnp.zeros(count - 1, dtype=jnp.int32)
        return cls(nothing, nothing, jnp.arange(replicas, dtype=jnp.int32))


def round_trips(
    walkers: Int[np.ndarray, "frame replica"], count: int
) -> Int[np.ndarray, " walker"]:
    """Return how often each copy went from the lowest temperature to the highest and back.

    Args:
        walkers: number of the copy in each place, ordered by temperature, at each kept frame.
        count: number of temperatures.
    """
    frames, replicas = walkers.shape
    copies = replicas // count
    level = np.empty((frames, replicas), dtype=np.int64)
    np.put_along_axis(level, walkers, np.arange(replicas)[None] // copies, axis=1)
    trips = np.zeros(replicas, dtype=np.int64)
    for own, track in enumerate(level.T):
        ends = track[(track == 0) | (track == count - 1)]
        turns = ends[np.flatnonzero(np.diff(ends, prepend=-1))]
        first = int(np.argmax(turns == 0)) if (turns == 0).any() else len(turns)
        trips[own] = max(0, (len(turns) - first - 1) // 2)
    return trips
