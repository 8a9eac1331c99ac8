"""Exchanges of configurations between temperatures, in the compiled loop.

Neighbours in temperature, even pairs and odd pairs in turn, exchange with probability
min(1, exp((1/kT_i - 1/kT_j) (U_i - U_j))); velocities are scaled by the root of the ratio of
temperatures. Sources: K. Hukushima and K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); Y. Sugita
and Y. Okamoto, Chem. Phys. Lett. 314, 141 (1999), equations 12 to 15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.units import thermal_energy
from molscape.simulate.replicas import LoopPlan, Replicas
from molscape.simulate.tempering import Exchanges, Tempering


def exchange_step(
    energy: Callable[[Replicas], Float[Array, " replica"]], plan: LoopPlan, tempering: Tempering
) -> Callable[[Replicas], Replicas]:
    """Return what follows each step: an attempt every so many of them.

    Args:
        energy: energies of all copies in kJ/mol.
        plan: what the loop is compiled for.
        tempering: temperatures and interval.
    """
    count, copies = tempering.count, plan.copies
    temperatures = np.asarray(tempering.temperatures)
    inverse = 1 / np.array([thermal_energy(t) for t in tempering.temperatures])
    gaps = inverse[:-1] - inverse[1:]

    def attempt(walker: Replicas) -> Replicas:
        assert walker.exchanges is not None
        key, draw = jax.random.split(walker.key)
        energies = energy(walker).reshape(count, copies)
        dtype = energies.dtype
        # Two temperatures have one pair, which is tried each time.
        turn = (walker.taken // tempering.every) % 2 if count > 2 else 0
        tried = (jnp.arange(count - 1) % 2 == turn)[:, None]
        weight = jnp.asarray(gaps, dtype)[:, None] * (energies[:-1] - energies[1:])
        chance = jnp.log(jax.random.uniform(draw, weight.shape, dtype))
        swapped = tried & (chance < weight)
        none = jnp.zeros((1, copies), dtype=bool)
        rise = jnp.concatenate([swapped, none]).astype(jnp.int32)
        fall = jnp.concatenate([none, swapped]).astype(jnp.int32)
        source = jnp.arange(count)[:, None] + rise - fall
        scale = jnp.sqrt(
            jnp.asarray(temperatures, dtype)[:, None] / jnp.asarray(temperatures, dtype)[source]
        )
        index = (source * copies + jnp.arange(copies)).reshape(-1)
        seen = Exchanges(
            walker.exchanges.attempts + copies * tried[:, 0],
            walker.exchanges.accepted + jnp.sum(swapped, axis=1, dtype=jnp.int32),
            walker.exchanges.walker[index],
        )
        walker = permuted(walker, index)
        velocities = walker.velocities * scale.reshape(-1, 1, 1)
        return eqx.tree_at(
            lambda w: (w.velocities, w.key, w.exchanges), walker, (velocities, key, seen)
        )

    def followed(walker: Replicas) -> Replicas:
        walker = eqx.tree_at(lambda w: w.taken, walker, walker.taken + 1)
        due = walker.taken % tempering.every == 0
        return jax.lax.cond(due, attempt, lambda w: w, walker)

    return followed


def permuted(walker: Replicas, index: Int[Array, " replica"]) -> Replicas:
    """Return the walker with its copies in another order."""

    def parts(w: Replicas) -> tuple[Any, ...]:
        return (w.positions, w.velocities, w.forces, w.images, w.neighbours, w.box)

    moved = jax.tree.map(lambda leaf: leaf[index], parts(walker))
    return eqx.tree_at(parts, walker, moved, is_leaf=lambda leaf: leaf is None)
