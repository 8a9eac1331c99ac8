"""Second moments of a trajectory, whole and without each of its stretches of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from molscape.core.statistics import jackknife_error
from molscape.core.trajectory import Trajectory
from molscape.mapping.moments import SecondMoments

BLOCKS = 10
"""Stretches of time that are left out in turn."""


@dataclass(frozen=True, eq=False)
class BlockedMoments:
    """The moments of a molecule: `total`, and `without` each block of frames."""

    name: str
    total: SecondMoments
    without: tuple[SecondMoments, ...]

    @classmethod
    def of(cls, trajectory: Trajectory, molecule: str, blocks: int = BLOCKS) -> BlockedMoments:
        """Read a trajectory once, block by block.

        Raises:
            ValueError: as `SecondMoments.of` does.
        """
        edges = np.linspace(0, len(trajectory), min(blocks, len(trajectory)) + 1).astype(int)
        if len(edges) < 3:
            return cls(molecule, SecondMoments.of(trajectory, molecule), ())
        parts = [SecondMoments.of(trajectory[a:b], molecule) for a, b in pairwise(edges.tolist())]
        weights = np.diff(edges).astype(np.float64)
        total = _mean(parts, weights)
        without = [
            _mean(parts, np.where(np.arange(len(parts)) == k, 0.0, weights))
            for k in range(len(parts))
        ]
        return cls(molecule, total, tuple(without))


def value_with_error(
    function: Callable[[list[SecondMoments]], Float[np.ndarray, " value"]],
    molecules: list[BlockedMoments],
) -> tuple[Float[np.ndarray, " value"], Float[np.ndarray, " value"]]:
    """Return values of the moments of some molecules, with standard errors by leaving out blocks.

    See `core.statistics.jackknife_error`; errors are not a number where there is one block.

    Args:
        function: of the moments of every molecule, in order.
        molecules: of one trajectory.
    """
    value = function([each.total for each in molecules])
    count = min(len(each.without) for each in molecules)
    if count < 2:
        return value, np.full_like(value, np.nan)
    left = np.stack([function([each.without[k] for each in molecules]) for k in range(count)])
    return value, jackknife_error(left)


def _mean(parts: list[SecondMoments], weights: Float[np.ndarray, " block"]) -> SecondMoments:
    share = weights / weights.sum()
    positions = np.einsum("b,bij->ij", share, np.stack([part.positions for part in parts]))
    forces = None
    if all(part.forces is not None for part in parts):
        stacked = np.stack([part.forces for part in parts if part.forces is not None])
        forces = np.einsum("b,bij->ij", share, stacked)
    return replace(parts[0], positions=positions, forces=forces)
