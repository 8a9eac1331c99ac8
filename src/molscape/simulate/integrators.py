"""One step of each ensemble in the compiled loop, and its noise, drawn for many steps at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.ensemble import NVE, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.system import System
from molscape.simulate import nose_hoover
from molscape.simulate.replicas import LoopPlan, Replicas

NOISE = 16384
"""Random numbers drawn at once, where one step needs fewer: a draw has a fixed cost of its own."""

Step = Callable[[Replicas, Array | None], Replicas]
"""step(walker, noise) takes one step with standard normal numbers (replica, particle, 3)."""


def noise_block(ensemble: Ensemble, numbers: int, every: int) -> int:
    """Return for how many steps noise is drawn at once; 0 for ensembles without noise.

    Args:
        ensemble: what is sampled.
        numbers: random numbers that a step needs.
        every: steps between frames; the block divides them where it can.
    """
    if not ensemble.noise:
        return 0
    most = max(1, min(every, NOISE // max(1, numbers)))
    divisors = [k for k in range(most // 2 + 1, most + 1) if every % k == 0]
    return max(divisors, default=most)


def advance(step: Step, walker: Replicas, count: Int[Array, ""], block: int) -> Replicas:
    """Take `count` steps, drawing the noise of `block` steps at once (0: none is needed)."""
    if block == 0:
        return jax.lax.fori_loop(0, count, lambda _, w: step(w, None), walker)

    def part(k: Array, walker: Replicas) -> Replicas:
        assert walker.noise is not None
        noise = walker.noise.reshape(block, *walker.positions.shape)
        most = jnp.minimum(block, count - k * block)
        walker = jax.lax.fori_loop(0, most, lambda i, w: step(w, noise[i]), walker)
        return with_noise(walker, block)

    return jax.lax.fori_loop(0, (count + block - 1) // block, part, walker)


def with_noise(walker: Replicas, block: int) -> Replicas:
    """Return a walker with fresh noise for the next block of steps.

    It is flat, and travels in the walker to stay so: fused with what uses it, XLA would fill
    it in rows of three numbers, which takes five times longer.
    """
    if block == 0:
        return walker
    key, draw = jax.random.split(walker.key)
    size, dtype = walker.positions.size, walker.positions.dtype
    noise = jax.random.normal(draw, (block * size,), dtype=dtype)
    return eqx.tree_at(
        lambda w: (w.key, w.noise), walker, (key, noise), is_leaf=lambda leaf: leaf is None
    )


def twice_kinetic(
    system: System, walker: Replicas, plan: LoopPlan | None = None
) -> Float[Array, " replica"]:
    """Return the sum of m v^2 in kJ/mol."""
    return jnp.sum(system.masses[:, None] * walker.velocities**2, axis=(1, 2))


def _middle_of_step(system: System, walker: Replicas, plan: LoopPlan) -> Float[Array, " replica"]:
    """Return the sum of m v^2 in kJ/mol of Langevin dynamics, with v of the middle of a step.

    v - dt F / (2 m) is thermal exactly in a harmonic well, where at the ends of steps T is too
    low by (omega dt)^2 / 4. Source: Z. Zhang et al., J. Phys. Chem. A 123, 6056 (2019).
    """
    half_kick = (0.5 * plan.timestep) / system.masses[:, None]
    middle = walker.velocities - half_kick * walker.forces
    return jnp.sum(system.masses[:, None] * middle**2, axis=(1, 2))


def _kicked_and_drifted(
    ensemble: Any, system: System, walker: Replicas, noise: Array | None, plan: LoopPlan
) -> Replicas:
    """Take B and A of velocity Verlet."""
    half_kick = (0.5 * plan.timestep) / system.masses[:, None]
    velocities = walker.velocities + half_kick * walker.forces
    positions = walker.positions + plan.timestep * velocities
    return eqx.tree_at(lambda w: (w.positions, w.velocities), walker, (positions, velocities))


def _kicked(
    ensemble: Any, system: System, walker: Replicas, forces: Array, plan: LoopPlan
) -> Replicas:
    """Close a step with the second B, of the new forces."""
    half_kick = (0.5 * plan.timestep) / system.masses[:, None]
    velocities = walker.velocities + half_kick * forces
    return eqx.tree_at(lambda w: (w.velocities, w.forces), walker, (velocities, forces))


def _baoa(
    ensemble: Langevin, system: System, walker: Replicas, noise: Array | None, plan: LoopPlan
) -> Replicas:
    """Take B, half of A, O with the noise, and the other half of A."""
    timestep = plan.timestep
    half_kick = (0.5 * timestep) / system.masses[:, None]
    velocities = walker.velocities + half_kick * walker.forces
    positions = walker.positions + 0.5 * timestep * velocities
    decay = float(np.exp(-ensemble.friction * timestep))
    assert noise is not None
    drawn = float(np.sqrt(1 - decay**2)) * _thermal_spread(system, plan) * noise
    velocities = decay * velocities + drawn.astype(velocities.dtype)
    positions = positions + 0.5 * timestep * velocities
    return eqx.tree_at(lambda w: (w.positions, w.velocities), walker, (positions, velocities))


def _thermal_spread(system: System, plan: LoopPlan) -> Array:
    """Return sqrt(kT/m) (1 or replica, particle, 1) in nm/ps."""
    kT = np.atleast_1d(plan.kT)
    return jnp.sqrt(jnp.asarray(kT, system.masses.dtype)[:, None, None] / system.masses[:, None])


def _overdamped(
    ensemble: Brownian, system: System, walker: Replicas, noise: Array | None, plan: LoopPlan
) -> Replicas:
    """Move by force and noise, x' = x + dt F/(m g) + sqrt(2 D dt) (R + R')/2.

    R is the noise of the step before: this is the BAOAB step of infinite friction, whose
    averages are right to second order in dt and exact for harmonic wells. In place of velocities
    the walker carries sqrt(kT/m) R. Source: B. Leimkuhler and C. Matthews, Appl. Math. Res.
    Express 2013, 34, equation 1.7.
    """
    assert noise is not None
    drift = plan.timestep / ensemble.friction / system.masses[:, None]
    width = float(np.sqrt(0.5 * plan.timestep / ensemble.friction))
    drawn = (_thermal_spread(system, plan) * noise).astype(walker.positions.dtype)
    positions = walker.positions + drift * walker.forces + width * (walker.velocities + drawn)
    return eqx.tree_at(lambda w: (w.positions, w.velocities), walker, (positions, drawn))


def _with_forces(
    ensemble: Brownian, system: System, walker: Replicas, forces: Array, plan: LoopPlan
) -> Replicas:
    """Close a step that has nothing left but the new forces to keep."""
    return eqx.tree_at(lambda w: w.forces, walker, forces)


def _chained(ensemble: NoseHoover, system: System, walker: Replicas, plan: LoopPlan) -> Replicas:
    """Advance chain and velocities by half a step of the chain."""
    assert walker.chain is not None
    chain, factor = nose_hoover.half_step(
        walker.chain, twice_kinetic(system, walker), ensemble, plan.degrees, plan.timestep
    )
    velocities = walker.velocities * factor[:, None, None]
    return eqx.tree_at(lambda w: (w.chain, w.velocities), walker, (chain, velocities))


def _chained_and_drifted(
    ensemble: NoseHoover, system: System, walker: Replicas, noise: Array | None, plan: LoopPlan
) -> Replicas:
    """Take the first half of the chain, then B and A."""
    walker = _chained(ensemble, system, walker, plan)
    return _kicked_and_drifted(ensemble, system, walker, noise, plan)


def _kicked_and_chained(
    ensemble: NoseHoover, system: System, walker: Replicas, forces: Array, plan: LoopPlan
) -> Replicas:
    """Close a step with the second B, and the second half of the chain."""
    walker = _kicked(ensemble, system, walker, forces, plan)
    return _chained(ensemble, system, walker, plan)


@dataclass(frozen=True)
class Bath:
    """Variables of a thermostat.

    `draw(ensemble, degrees, replicas, seed)` returns positions and velocities at the start,
    `energy(chain, ensemble, degrees)` what they add to the energy (kJ/mol) that is conserved.
    """

    draw: Callable[[Any, int, int, int], tuple[np.ndarray, np.ndarray]]
    energy: Callable[[Any, Any, int], Float[Array, " replica"]]


@dataclass(frozen=True)
class Integrator:
    """How the loop samples ensembles of a class.

    `before(ensemble, system, walker, noise, plan)` takes the part of a step before the new
    forces are known, `after(ensemble, system, walker, forces, plan)` the rest of it.
    `twice_thermal(system, walker, plan)` is the sum of m v^2 (kJ/mol) that tells the temperature;
    `bath` is there where the thermostat has variables.
    """

    before: Callable[[Any, System, Replicas, Array | None, LoopPlan], Replicas]
    after: Callable[[Any, System, Replicas, Array, LoopPlan], Replicas]
    twice_thermal: Callable[[System, Replicas, LoopPlan], Float[Array, " replica"]] = twice_kinetic
    bath: Bath | None = None


INTEGRATORS: dict[type[Ensemble], Integrator] = {
    NVE: Integrator(_kicked_and_drifted, _kicked),
    Langevin: Integrator(_baoa, _kicked, _middle_of_step),
    Brownian: Integrator(_overdamped, _with_forces),
    NoseHoover: Integrator(
        _chained_and_drifted, _kicked_and_chained, bath=Bath(nose_hoover.draw, nose_hoover.energy)
    ),
}
"""What samples an ensemble of a class."""


def integrator_of(ensemble: Ensemble) -> Integrator:
    """Return what samples an ensemble.

    Raises:
        ValueError: if its class is not in the table.
    """
    if type(ensemble) not in INTEGRATORS:
        names = ", ".join(known.__name__ for known in INTEGRATORS)
        raise ValueError(
            f"the jax engine has no integrator for the ensemble {type(ensemble).__name__}, only "
            f"for {names}: use one of them"
        )
    return INTEGRATORS[type(ensemble)]
