"""Nosé-Hoover chains for the compiled loop.

Source: G. J. Martyna, M. L. Klein and M. Tuckerman, J. Chem. Phys. 97, 2635 (1992); the
factorisation is that of G. J. Martyna, M. E. Tuckerman, D. J. Tobias and M. L. Klein, Mol.
Phys. 87, 1117 (1996), with the fourth-order weights of Suzuki and Yoshida.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.ensemble import NoseHoover
from molscape.core.units import thermal_energy

_OUTER = 1.0 / (2.0 - 2.0 ** (1.0 / 3.0))
WEIGHTS = (_OUTER, 1.0 - 2.0 * _OUTER, _OUTER)
"""Suzuki-Yoshida weights of fourth order."""


class Chain(eqx.Module):
    """Thermostat variables of each replica: positions (no unit) and velocities (1/ps)."""

    positions: Float[Array, "replica link"]
    velocities: Float[Array, "replica link"]


def masses(ensemble: NoseHoover, degrees: int) -> Float[np.ndarray, " link"]:
    """Return the thermostats' masses (kJ/mol ps^2): Q_1 = f kT time^2, the others kT time^2.

    Args:
        ensemble: temperature, time and number of links.
        degrees: degrees of freedom f of the particles.
    """
    each = np.full(ensemble.chain, thermal_energy(ensemble.temperature) * ensemble.time**2)
    each[0] *= degrees
    return each


def draw(
    ensemble: NoseHoover, degrees: int, replicas: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (zero) and canonical velocities of chains, both (replica, link)."""
    random = np.random.default_rng([seed, 11])
    spread = np.sqrt(thermal_energy(ensemble.temperature) / masses(ensemble, degrees))
    velocities = random.normal(size=(replicas, ensemble.chain)) * spread
    return np.zeros_like(velocities), velocities


def half_step(
    chain: Chain,
    twice_kinetic: Float[Array, " replica"],
    ensemble: NoseHoover,
    degrees: int,
    timestep: float,
) -> tuple[Chain, Float[Array, " replica"]]:
    """Advance the chain by half a time step; return it and the factor for the velocities.

    Args:
        chain: the thermostats.
        twice_kinetic: sum of m v^2 in kJ/mol.
        ensemble: temperature, time and number of links.
        degrees: degrees of freedom of the particles.
        timestep: the whole time step in ps.
    """
    kT, mass = thermal_energy(ensemble.temperature), masses(ensemble, degrees)
    links = len(mass)
    v = [chain.velocities[:, k] for k in range(links)]
    x = [chain.positions[:, k] for k in range(links)]
    factor = jnp.ones_like(twice_kinetic)

    def kick(k: int, step: float) -> Array:
        drive = factor * factor * twice_kinetic - degrees * kT
        if k > 0:
            drive = float(mass[k - 1]) * v[k - 1] * v[k - 1] - kT
        pushed = step * drive / float(mass[k])
        if k == links - 1:
            return v[k] + pushed
        drag = jnp.exp(-0.5 * step * v[k + 1])
        return drag * (drag * v[k] + pushed)

    for weight in WEIGHTS:
        step = 0.5 * timestep * weight
        for k in reversed(range(links)):
            v[k] = kick(k, 0.5 * step)
        factor = factor * jnp.exp(-step * v[0])
        x = [x[k] + step * v[k] for k in range(links)]
        for k in range(links):
            v[k] = kick(k, 0.5 * step)
    return Chain(jnp.stack(x, axis=-1), jnp.stack(v, axis=-1)), factor


def energy(chain: Chain, ensemble: NoseHoover, degrees: int) -> Float[Array, " replica"]:
    """Return the chain's energy (kJ/mol); with that of the particles it is conserved.

    sum_k Q_k v_k^2 / 2 + f kT x_1 + kT (x_2 + ... + x_M).
    """
    kT = thermal_energy(ensemble.temperature)
    kinetic = 0.5 * jnp.sum(jnp.asarray(masses(ensemble, degrees), chain.velocities.dtype)
                            * chain.velocities**2, axis=-1)  # fmt: skip
    return kinetic + kT * (degrees * chain.positions[:, 0] + chain.positions[:, 1:].sum(axis=-1))
