"""How far a potential's forces jump when a neighbour crosses the cutoff or overtakes another."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours, NeighbourSearch, plan_search
from molscape.core.potential import Potential, cast
from molscape.core.space import minimum_image
from molscape.core.system import System

SHIFT = 1e-8
"""Displacement in nm to either side of an event: far below what a smooth force changes over."""


@dataclass(frozen=True)
class ForceJumps:
    """Largest |dF| of any particle across an event, as a share of the mean |F|.

    `cutoff`: a neighbour crosses the reach of the potential; `swap`: two neighbours of a
    particle change places in the order of distance. `mean_force` in kJ/mol/nm.
    """

    cutoff: float
    swap: float
    mean_force: float


def force_jumps(
    potential: Potential,
    system: System,
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
    *,
    events: int = 24,
) -> ForceJumps:
    """Return the jumps of the forces at the cutoff and at a swap of neighbours.

    For each event the configuration is changed as little as possible to reach it, and the
    forces on both sides, 1e-8 nm away each, are compared in double precision. At the cutoff:
    the `events` pairs whose distances are closest to it. For swaps: of each rank the pairs of
    subsequent neighbours of one particle that are closest to each other in distance, nearest
    neighbours first, as they set local frames.

    Raises:
        ValueError: if the potential has no cutoff, or no particle has two neighbours.
    """
    reach = potential.reach
    if not reach > 0:
        raise ValueError("the potential has no cutoff, so that no neighbour can cross it")
    positions = np.asarray(positions, dtype=np.float64)
    cell = None if box is None else np.asarray(box, dtype=np.float64)
    mask = np.asarray(system.mask)
    d = minimum_image(positions[None] - positions[:, None], cell)
    distance = np.linalg.norm(d, axis=-1)
    distance[~mask] = distance[:, ~mask] = np.inf
    np.fill_diagonal(distance, np.inf)
    crossings = _crossings(positions, d, distance, reach, events)
    swaps = _swaps(positions, d, distance, reach, events)
    if not crossings or not swaps:
        raise ValueError(
            "no particle has two neighbours inside the cutoff: give a denser configuration"
        )
    with jax.enable_x64(True):
        exact, system = cast(potential, jnp.float64), cast(system, jnp.float64)
        place = None if cell is None else jnp.asarray(cell)
        search = plan_search(positions, cell, reach)

        def forces(x: np.ndarray) -> np.ndarray:
            nonlocal search
            found, neighbours = _forces(exact, system, jnp.asarray(x), place, search)
            while search.overflowed(neighbours):
                search = search.grown(neighbours)
                found, neighbours = _forces(exact, system, jnp.asarray(x), place, search)
            return np.asarray(found)

        mean = float(np.linalg.norm(forces(positions), axis=-1)[mask].mean())
        jumps = [
            max(float(np.linalg.norm(forces(a) - forces(b), axis=-1).max()) for a, b in pairs)
            for pairs in (crossings, swaps)
        ]
    if mean == 0:
        raise ValueError("all forces are zero here: give a configuration where they are not")
    return ForceJumps(jumps[0] / mean, jumps[1] / mean, mean)


@eqx.filter_jit
def _forces(
    potential: Potential, system: System, x: Array, box: Array | None, search: NeighbourSearch
) -> tuple[Array, Neighbours]:
    neighbours = search(system, x, box)
    return potential.forces(system, x, box, neighbours), neighbours


def _crossings(
    positions: np.ndarray, d: np.ndarray, distance: np.ndarray, reach: float, events: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return configurations just inside and just outside of the cutoff, for the closest pairs."""
    gap = np.abs(np.triu(distance - reach, 1) + np.tril(np.full_like(distance, np.inf)))
    order = np.argsort(gap, axis=None)[:events]
    sides = []
    for i, j in np.stack(np.unravel_index(order, gap.shape), axis=1).tolist():
        if not np.isfinite(gap[i, j]):
            break
        x = tuple(
            _moved(positions, d, distance, (i, j), reach + shift) for shift in (-SHIFT, SHIFT)
        )
        sides.append((x[0], x[1]))
    return sides


def _swaps(
    positions: np.ndarray, d: np.ndarray, distance: np.ndarray, reach: float, events: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return configurations in which neighbours are just in and just out of their order."""
    order = np.argsort(distance, axis=1)
    ordered = np.take_along_axis(distance, order, axis=1)
    inside = ordered[:, 1:] < reach
    gap = np.where(inside, np.diff(np.where(np.isfinite(ordered), ordered, 1e9), axis=1), np.inf)
    ranks = [rank for rank in range(gap.shape[1]) if np.any(inside[:, rank])]
    sides = []
    for turn in range(events):
        if not ranks:
            break
        rank = ranks[turn % len(ranks)]
        i = int(np.argsort(gap[:, rank])[turn // len(ranks)])
        if not np.isfinite(gap[i, rank]):
            continue
        a, b = int(order[i, rank]), int(order[i, rank + 1])
        middle = (distance[i, a] + distance[i, b]) / 2
        both = []
        for shift in (-SHIFT, SHIFT):
            x = _moved(positions, d, distance, (i, a), middle + shift)
            both.append(_moved(x, d, distance, (i, b), middle - shift))
        sides.append((both[0], both[1]))
    return sides


def _moved(
    positions: np.ndarray,
    d: np.ndarray,
    distance: np.ndarray,
    pair: tuple[int, int],
    target: float,
) -> np.ndarray:
    """Return positions with the second of a pair moved along their line to a distance (nm)."""
    i, j = pair
    moved = positions.copy()
    moved[j] += d[i, j] / distance[i, j] * (target - distance[i, j])
    return moved
