"""A Monte Carlo barostat for the compiled loop: molecules are moved as wholes with the box.

A change of ln V, uniform up to a largest step, scales the box and the molecules' centres, and
is accepted with probability min(1, exp(-(dU + P dV) / kT + (M + 1) ln(V'/V))) for M molecules.
Momenta are left alone. The largest step adapts during equilibration only.

Sources: D. Frenkel and B. Smit, Understanding Molecular Simulation, 2nd ed. (2002), section
5.4; K.-H. Chow and D. M. Ferguson, Comput. Phys. Commun. 91, 283 (1995).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.ensemble import Barostat
from molscape.core.frames import Frames
from molscape.core.neighbours import Neighbours, NeighbourSearch
from molscape.core.space import volume
from molscape.core.topology import Topology

ATTEMPTS = 20
"""Attempts in the barostat's `time`: at half of them accepted, the volume forgets in about that."""

ACCEPTANCE, ADAPTATION, LARGEST_STEP = 0.45, 0.1, 0.3
"""Acceptance aimed at, how fast the step in ln V adapts to it, and its upper bound."""


class Volume(eqx.Module):
    """State of the barostat in the loop.

    `step` is the largest change of ln V, `stretch` by how much the box grew since the
    neighbour list was built, `narrowest` (nm) the smallest diagonal entry of any box so far and
    `longest` (nm) the longest edges of any box tried.
    `cramped`: the list's cells or skin no longer fit the box; no volume move is made then.
    """

    step: Float[Array, " replica"]
    stretch: Float[Array, " replica"]
    narrowest: Float[Array, ""]
    longest: Float[Array, "3"]
    cramped: Bool[Array, ""]
    adapting: Bool[Array, ""]


@dataclass(frozen=True)
class Molecules:
    """Which molecule each particle belongs to; `owner` is None where each is its own."""

    owner: tuple[int, ...] | None
    count: int

    @classmethod
    def of(cls, molecules: Int[np.ndarray, " particle"]) -> Molecules:
        """Return the molecules of a topology."""
        count = int(molecules.max()) + 1
        single = count == len(molecules)
        return cls(None if single else tuple(molecules.tolist()), count)

    def centres(
        self, positions: Float[Array, "replica particle 3"]
    ) -> Float[Array, "replica particle 3"]:
        """Return for each particle the mean position of its molecule, which must be whole."""
        if self.owner is None:
            return positions
        owner = np.array(self.owner, dtype=np.int32)
        total = partial(jax.ops.segment_sum, segment_ids=owner, num_segments=self.count)
        sizes = total(jnp.ones(len(owner), positions.dtype))
        means = jax.vmap(total)(positions) / sizes[:, None]
        return means[:, owner]


def check_whole(topology: Topology, start: Frames) -> None:
    """Refuse molecules that may be cut by the boundary: they cannot be moved as wholes.

    Raises:
        ValueError: if molecules have several beads and the frames are not known to be whole.
    """
    if topology.n_molecules < len(topology) and not start.whole:
        raise ValueError(
            "a barostat moves whole molecules, and those of the start frame may be cut by the "
            "boundary: make them whole, and say so with `frames.replace(whole=True)`"
        )


def interval(barostat: Barostat, timestep: float) -> int:
    """Return the steps between attempts: `ATTEMPTS` of them in the barostat's time."""
    return max(1, round(barostat.time / ATTEMPTS / timestep))


def first_step(molecules: int) -> float:
    """Return a first guess of the largest change of ln V: that of a gas, halved."""
    return min(LARGEST_STEP, 0.5 / np.sqrt(molecules))


def cramped(search: NeighbourSearch, boxes: Float[Array, "replica 3 3"]) -> Bool[Array, ""]:
    """Return whether a box has become too narrow for the search's cells, or for its skin."""
    reach = search.cutoff + search.skin
    small = jnp.min(jnp.diagonal(boxes, axis1=-2, axis2=-1)) < 2 * reach
    if search.cells is None:
        return small
    widths = 1.0 / jnp.linalg.norm(jnp.linalg.inv(boxes), axis=-2)
    return small | jnp.any(widths / jnp.asarray(search.cells) < reach)


def outdated(
    positions: Float[Array, "replica particle 3"],
    neighbours: Neighbours,
    stretch: Float[Array, " replica"],
) -> Bool[Array, ""]:
    """Return whether a list may have lost a pair, its reference positions scaled with the box.

    A list complete up to c + s when built is complete up to c while no particle has moved
    by more than (stretch (c + s) - c) / 2 against its scaled reference.
    """
    if neighbours.cutoff == 0:
        return jnp.zeros((), dtype=bool)
    room = 0.5 * (stretch * (neighbours.cutoff + neighbours.skin) - neighbours.cutoff)
    moved = jnp.sum((positions - neighbours.reference) ** 2, axis=-1)
    return jnp.any((jnp.max(moved, axis=-1) > room * room) | (room < 0))


@dataclass(frozen=True, eq=False)
class VolumeMove:
    """What an attempt needs beside the state: energies, lists, pressure and temperature.

    `energy(positions, boxes, neighbours)` and `build(positions, boxes)` act on all replicas.
    """

    energy: Callable[[Array, Array, Neighbours], Array]
    build: Callable[[Array, Array], Neighbours]
    search: NeighbourSearch
    molecules: Molecules
    pressure: float
    kT: float

    def __call__(
        self, positions: Array, boxes: Array, neighbours: Neighbours, state: Volume, key: Array
    ) -> tuple[Array, Array, Neighbours, Volume, Bool[Array, " replica"]]:
        """Try one change of volume in each replica; return the state and what was accepted."""
        first, second = jax.random.split(key)
        shape, dtype = state.step.shape, positions.dtype
        change = state.step * jax.random.uniform(first, shape, dtype, minval=-1.0, maxval=1.0)
        scale = jnp.exp(change / 3)[:, None, None]
        moved = positions + (scale - 1) * self.molecules.centres(positions)
        grown = scale * boxes
        before = self.energy(positions, boxes, neighbours)
        near, stretch = self._neighbours(moved, grown, neighbours, state, scale)
        work = self.energy(moved, grown, near) - before
        work = work + self.pressure * (volume(grown) - volume(boxes))
        weight = (self.molecules.count + 1) * change - work / self.kT
        accepted = jnp.log(jax.random.uniform(second, shape, dtype)) < weight
        accepted = accepted & ~state.cramped

        def chosen(new: Any, old: Any) -> Any:
            return jax.tree.map(
                lambda a, b: jnp.where(accepted.reshape(-1, *(1,) * (a.ndim - 1)), a, b), new, old
            )

        boxes = chosen(grown, boxes)
        likely = jnp.where(jnp.isnan(weight), 0.0, jnp.exp(jnp.minimum(weight, 0.0)))
        adapted = state.step * jnp.exp(ADAPTATION * (likely - ACCEPTANCE))
        after = Volume(
            step=jnp.where(state.adapting, jnp.minimum(adapted, LARGEST_STEP), state.step),
            stretch=chosen(stretch, state.stretch),
            narrowest=jnp.minimum(
                state.narrowest, jnp.min(jnp.diagonal(boxes, axis1=-2, axis2=-1))
            ),
            longest=jnp.maximum(state.longest, jnp.max(jnp.linalg.norm(grown, axis=-1), axis=0)),
            cramped=state.cramped | cramped(self.search, boxes),
            adapting=state.adapting,
        )
        fullest = {
            name: jnp.maximum(getattr(near, name), getattr(neighbours, name))
            for name in ("fullest", "fullest_cell")
        }
        neighbours = chosen(near, neighbours)
        neighbours = eqx.tree_at(
            lambda n: (n.fullest, n.fullest_cell), neighbours, tuple(fullest.values())
        )
        return chosen(moved, positions), boxes, neighbours, after, accepted

    def _neighbours(
        self, moved: Array, grown: Array, neighbours: Neighbours, state: Volume, scale: Array
    ) -> tuple[Neighbours, Array]:
        """Return a list that is complete in the trial volume: the one at hand if it still is."""
        stretch = state.stretch * scale[:, 0, 0]
        scaled = eqx.tree_at(lambda n: n.reference, neighbours, scale * neighbours.reference)
        return jax.lax.cond(
            outdated(moved, scaled, stretch),
            lambda: (self.build(moved, grown), jnp.ones_like(stretch)),
            lambda: (scaled, stretch),
        )
