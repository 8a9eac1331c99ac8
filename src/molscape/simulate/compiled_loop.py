"""The compiled loop of the jax engine: integrators, neighbour lists kept fresh, observables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.ensemble import NVE, Ensemble
from molscape.core.neighbours import Neighbours, NeighbourSearch
from molscape.core.potential import Potential, virial
from molscape.core.space import volume
from molscape.core.system import System
from molscape.core.units import thermal_energy


class Walker(eqx.Module):
    """The state inside the compiled loop, all with a leading replica axis but the key."""

    positions: Float[Array, "replica particle 3"]
    velocities: Float[Array, "replica particle 3"]
    forces: Float[Array, "replica particle 3"]
    neighbours: Neighbours
    overflowed: Bool[Array, ""]
    rebuilds: Int[Array, ""]
    key: Array


def over_replicas(function: Any, replicas: int) -> Callable[..., Any]:
    """Return function(system, x, box, *more) over a leading replica axis of x and more.

    A single replica is passed through without `vmap`, whose batched gathers are slower.
    """

    def one(system: System, positions: Array, box: Any, *more: Any) -> Any:
        first = [jax.tree.map(lambda leaf: leaf[0], item) for item in (positions, *more)]
        return jax.tree.map(lambda leaf: leaf[None], function(system, first[0], box, *first[1:]))

    def many(system: System, positions: Array, box: Any, *more: Any) -> Any:
        axes = (None, 0, None, *(0 for _ in more))
        return jax.vmap(function, in_axes=axes)(system, positions, box, *more)

    return one if replicas == 1 else many


def run_loop(
    potential: Potential,
    system: System,
    box: Array | None,
    walker: Walker,
    frames: Int[Array, ""],
    every: Int[Array, ""],
    *,
    search: NeighbourSearch,
    ensemble: Ensemble,
    timestep: float,
    room: int,
) -> tuple[Walker, dict[str, Array]]:
    """Run frames * every steps and return the end and what is kept at each frame.

    What is kept has room for `room` frames, of which the first `frames` are filled.
    """
    replicas = walker.positions.shape[0]
    force = over_replicas(potential.forces, replicas)
    build = over_replicas(search, replicas)
    step = partial(_step, ensemble=ensemble, timestep=timestep)

    def rebuilt(walker: Walker) -> Neighbours:
        # The largest counts of the whole chunk are kept: they say how far a list must grow.
        new, old = build(system, walker.positions, box), walker.neighbours
        return eqx.tree_at(
            lambda n: (n.fullest, n.fullest_cell),
            new,
            (
                jnp.maximum(new.fullest, old.fullest),
                jnp.maximum(new.fullest_cell, old.fullest_cell),
            ),
        )

    def refresh(walker: Walker) -> Walker:
        moved = jnp.any(
            jax.vmap(lambda x, neighbours: neighbours.outdated(x))(
                walker.positions, walker.neighbours
            )
        )
        neighbours = jax.lax.cond(moved, lambda: rebuilt(walker), lambda: walker.neighbours)
        full = jnp.any(neighbours.fullest > search.capacity)
        if search.cells is not None:
            full = full | jnp.any(neighbours.fullest_cell > search.cell_capacity)
        return eqx.tree_at(
            lambda w: (w.neighbours, w.overflowed, w.rebuilds),
            walker,
            (neighbours, walker.overflowed | full, walker.rebuilds + moved),
        )

    def one_step(_: Array, walker: Walker) -> Walker:
        walker = refresh(step(system, walker, None))
        forces = force(system, walker.positions, box, walker.neighbours)
        return step(system, walker, forces)

    def one_frame(frame: Array, carry: Any) -> Any:
        walker, kept = carry
        walker = jax.lax.fori_loop(0, every, one_step, walker)
        seen = _observe(potential, system, box, walker, ensemble)
        return walker, {name: kept[name].at[frame].set(seen[name]) for name in kept}

    walker = refresh(walker)
    forces = force(system, walker.positions, box, walker.neighbours)
    walker = eqx.tree_at(lambda w: w.forces, walker, forces)
    shapes = jax.eval_shape(lambda: _observe(potential, system, box, walker, ensemble))
    kept = {name: jnp.zeros((room, *s.shape), s.dtype) for name, s in shapes.items()}
    return jax.lax.fori_loop(0, frames, one_frame, (walker, kept))


def _step(
    system: System, walker: Walker, forces: Array | None, *, ensemble: Ensemble, timestep: float
) -> Walker:
    """Before the new forces are known: B A O A; once they are: the closing B."""
    half_kick = (0.5 * timestep) / system.masses[:, None]
    if forces is not None:
        velocities = walker.velocities + half_kick * forces
        return eqx.tree_at(lambda w: (w.velocities, w.forces), walker, (velocities, forces))
    velocities = walker.velocities + half_kick * walker.forces
    if isinstance(ensemble, NVE):
        positions = walker.positions + timestep * velocities
        return eqx.tree_at(lambda w: (w.positions, w.velocities), walker, (positions, velocities))
    positions = walker.positions + 0.5 * timestep * velocities
    key, draw = jax.random.split(walker.key)
    decay = float(np.exp(-ensemble.friction * timestep))
    spread = jnp.sqrt(thermal_energy(ensemble.temperature) * (1 - decay**2) / system.masses)
    noise = jax.random.normal(draw, velocities.shape, dtype=velocities.dtype)
    velocities = decay * velocities + spread[:, None].astype(velocities.dtype) * noise
    positions = positions + 0.5 * timestep * velocities
    return eqx.tree_at(
        lambda w: (w.positions, w.velocities, w.key), walker, (positions, velocities, key)
    )


def _observe(
    potential: Potential, system: System, box: Array | None, walker: Walker, ensemble: Ensemble
) -> dict[str, Array]:
    """Return positions and observables of a frame."""
    replicas, particles, _ = walker.positions.shape
    twice_kinetic = jnp.sum(system.masses[:, None] * walker.velocities**2, axis=(1, 2))
    conserved = 3 if isinstance(ensemble, NVE) else 0
    degrees = 3 * particles - (conserved if particles > 1 else 0)
    temperature = twice_kinetic / (degrees * thermal_energy(1.0))

    def configurational(
        system: System, x: Array, box: Any, neighbours: Neighbours
    ) -> tuple[Array, Array]:
        energy = potential(system, x, box, neighbours)
        if box is None:
            return energy, jnp.full((), jnp.nan, x.dtype)
        tensor = virial(potential, system, x, box, neighbours)
        return energy, jnp.trace(tensor) / (3 * volume(box))

    energy, pressure = over_replicas(configurational, replicas)(
        system, walker.positions, box, walker.neighbours
    )
    if box is not None:
        pressure = pressure + twice_kinetic / (3 * volume(box))
    return {
        "positions": walker.positions,
        "temperature": temperature,
        "potential_energy": energy,
        "total_energy": energy + 0.5 * twice_kinetic,
        "pressure": pressure,
    }
