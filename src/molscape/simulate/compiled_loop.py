"""The compiled loop of the jax engine: steps, neighbour lists kept fresh, observables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Potential, virial
from molscape.core.space import volume
from molscape.core.system import System
from molscape.core.units import thermal_energy
from molscape.simulate.exchanges import exchange_step
from molscape.simulate.integrators import advance, integrator_of, with_noise
from molscape.simulate.replicas import LoopPlan, Replicas, over_replicas
from molscape.simulate.volume_moves import Molecules, VolumeMove, interval, outdated
from molscape.simulate.watch import observed_motion

KEPT = 32
"""Compiled loops that are kept for runs to come, such as those of a fit's iterations."""

_compiled: dict[Any, Callable[..., Any]] = {}


def compile_loop(plan: LoopPlan, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """Return `run_loop` with this plan, compiled once for arguments of the same shapes."""
    leaves, structure = jax.tree.flatten(arguments)
    shapes = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
    key = (plan, structure, shapes)
    if key not in _compiled:
        while len(_compiled) >= KEPT:
            del _compiled[next(iter(_compiled))]
        _compiled[key] = jax.jit(partial(run_loop, plan=plan)).lower(*arguments).compile()
    return _compiled[key]


def run_loop(
    potential: Potential,
    system: System,
    walker: Replicas,
    frames: Int[Array, ""],
    every: Int[Array, ""],
    *,
    plan: LoopPlan,
) -> tuple[Replicas, dict[str, Array]]:
    """Run frames * every steps and return the end and what is kept at each frame.

    What is kept has room for `plan.room` frames, of which the first `frames` are filled.
    """
    replicas = walker.positions.shape[0]
    force = over_replicas(potential.forces, replicas)
    followed = _follows(potential, system, plan, replicas)
    integrator, ensemble = integrator_of(plan.ensemble), plan.ensemble

    def one_step(walker: Replicas, noise: Array | None) -> Replicas:
        moved = integrator.before(ensemble, system, walker, noise, plan)
        walker = _refreshed(system, moved, plan)
        forces = force(system, walker.positions, walker.box, walker.neighbours)
        return followed(integrator.after(ensemble, system, walker, forces, plan))

    def one_frame(frame: Array, carry: Any) -> Any:
        walker, kept = carry
        walker = advance(one_step, _inside(walker, plan.molecules), every, plan.block)
        seen = _observe(potential, system, walker, plan)
        return walker, {name: kept[name].at[frame].set(seen[name]) for name in kept}

    walker = with_noise(_refreshed(system, walker, plan), plan.block)
    forces = force(system, walker.positions, walker.box, walker.neighbours)
    walker = eqx.tree_at(lambda w: w.forces, walker, forces)
    shapes = jax.eval_shape(lambda: _observe(potential, system, walker, plan))
    kept = {name: jnp.zeros((plan.room, *s.shape), s.dtype) for name, s in shapes.items()}
    return jax.lax.fori_loop(0, frames, one_frame, (walker, kept))


def _refreshed(system: System, walker: Replicas, plan: LoopPlan) -> Replicas:
    """Return the walker with lists that are complete, unless their counts say they overflowed."""
    if not plan.search.expires:
        return walker
    search, build = plan.search, over_replicas(plan.search, walker.positions.shape[0])
    old = walker.neighbours
    if walker.volume is None:
        moved = jnp.any(jax.vmap(lambda x, near: near.outdated(x))(walker.positions, old))
    else:
        moved = outdated(walker.positions, old, walker.volume.stretch)

    def rebuilt() -> Neighbours:
        # The largest counts of the whole chunk are kept: they say how far a list must grow.
        new = build(system, walker.positions, walker.box)
        fullest = jnp.maximum(new.fullest, old.fullest)
        fullest_cell = jnp.maximum(new.fullest_cell, old.fullest_cell)
        return eqx.tree_at(lambda n: (n.fullest, n.fullest_cell), new, (fullest, fullest_cell))

    neighbours = jax.lax.cond(moved, rebuilt, lambda: old)
    walker = eqx.tree_at(
        lambda w: (w.neighbours, w.rebuilds), walker, (neighbours, walker.rebuilds + moved)
    )
    if walker.volume is None:
        return walker
    stretch = jnp.where(moved, 1.0, walker.volume.stretch)
    full = jnp.any(neighbours.fullest > search.capacity)
    if search.cells is not None:
        full = full | jnp.any(neighbours.fullest_cell > search.cell_capacity)
    # With neighbours missing the volume would run away before the chunk is run again.
    halted = walker.volume.cramped | full
    return eqx.tree_at(lambda w: (w.volume.stretch, w.volume.cramped), walker, (stretch, halted))


def _inside(walker: Replicas, molecules: Molecules) -> Replicas:
    """Bring molecules back into the box, where single precision has the most digits."""
    if walker.box is None:
        return walker
    centres = molecules.centres(walker.positions)
    counts = jnp.floor(centres @ jnp.linalg.inv(walker.box))
    shift = counts @ walker.box
    return eqx.tree_at(
        lambda w: (w.positions, w.neighbours.reference, w.images),
        walker,
        (
            walker.positions - shift,
            walker.neighbours.reference - shift,
            walker.images + counts.astype(jnp.int32),
        ),
    )


def _follows(
    potential: Potential, system: System, plan: LoopPlan, replicas: int
) -> Callable[[Replicas], Replicas]:
    """Return what follows each step: nothing, volume moves, or exchanges of temperatures."""
    if plan.tempering is None:
        return _volume_step(potential, system, plan, replicas)
    energy = over_replicas(potential, replicas)
    return exchange_step(
        lambda w: energy(system, w.positions, w.box, w.neighbours), plan, plan.tempering
    )


def _volume_step(
    potential: Potential, system: System, plan: LoopPlan, replicas: int
) -> Callable[[Replicas], Replicas]:
    """Return what follows each step: nothing, or with a barostat an attempt now and then."""
    barostat = plan.ensemble.barostat
    if barostat is None:
        return lambda walker: walker
    energy = over_replicas(potential, replicas)
    force = over_replicas(potential.forces, replicas)
    build = over_replicas(plan.search, replicas)
    move = VolumeMove(
        energy=lambda x, boxes, near: energy(system, x, boxes, near),
        build=lambda x, boxes: build(system, x, boxes),
        search=plan.search,
        molecules=plan.molecules,
        pressure=barostat.pressure,
        kT=thermal_energy(plan.ensemble.temperature),
    )

    def attempt(walker: Replicas) -> Replicas:
        assert walker.box is not None
        assert walker.volume is not None
        key, draw = jax.random.split(walker.key)
        x, box, near, state, accepted = move(
            walker.positions, walker.box, walker.neighbours, walker.volume, draw
        )
        forces = jax.lax.cond(
            jnp.any(accepted), lambda: force(system, x, box, near), lambda: walker.forces
        )
        return eqx.tree_at(
            lambda w: (w.positions, w.box, w.neighbours, w.volume, w.forces, w.key),
            walker,
            (x, box, near, state, forces, key),
        )

    def followed(walker: Replicas) -> Replicas:
        walker = eqx.tree_at(lambda w: w.taken, walker, walker.taken + 1)
        due = walker.taken % interval(barostat, plan.timestep) == 0
        return jax.lax.cond(due, attempt, lambda w: w, walker)

    return followed


def _observe(
    potential: Potential, system: System, walker: Replicas, plan: LoopPlan
) -> dict[str, Array]:
    """Return positions, images and observables of a frame, and the box where it varies."""
    replicas = walker.positions.shape[0]
    ensemble, integrator = plan.ensemble, integrator_of(plan.ensemble)
    moving = integrator.twice_thermal(system, walker, plan)
    doubled, thermal = observed_motion(ensemble, moving, system.n_particles, plan.kT)

    def configurational(
        system: System, x: Array, box: Any, neighbours: Neighbours
    ) -> tuple[Array, Array]:
        energy = potential(system, x, box, neighbours)
        if box is None:
            return energy, jnp.full((), jnp.nan, x.dtype)
        tensor = virial(potential, system, x, box, neighbours)
        return energy, jnp.trace(tensor) / (3 * volume(box))

    energy, pressure = over_replicas(configurational, replicas)(
        system, walker.positions, walker.box, walker.neighbours
    )
    if walker.box is not None:
        pressure = pressure + thermal / (3 * volume(walker.box))
    total = energy + 0.5 * doubled
    seen = {
        "positions": walker.positions,
        "images": walker.images,
        "temperature": doubled / (plan.degrees * thermal_energy(1.0)),
        "potential_energy": energy,
        "total_energy": total,
        "pressure": pressure,
    }
    if walker.exchanges is not None:
        seen["walker"] = walker.exchanges.walker
    if potential.watched():
        count = over_replicas(_outside(potential), replicas)
        seen["outside"] = count(system, walker.positions, walker.box, walker.neighbours)
    if walker.volume is not None:
        return {**seen, "box": walker.box}
    if ensemble.conserved_quantity is None:
        return seen
    if integrator.bath is None:
        return {**seen, "conserved_energy": total}
    bath = integrator.bath.energy(walker.chain, ensemble, plan.degrees)
    return {**seen, "conserved_energy": total + bath}


def _outside(potential: Potential) -> Callable[..., Array]:
    """Return a function that counts the features outside the range of training, of all parts."""
    parts = potential.watched()

    def count(system: System, x: Array, box: Any, neighbours: Neighbours) -> Array:
        counts = [part.outside(system, x, box, neighbours) for part in parts]
        return jnp.sum(jnp.stack(counts))

    return count
