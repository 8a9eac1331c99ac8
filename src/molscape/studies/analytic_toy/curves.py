"""Energy and force of a model of the toy along its coordinate."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from molscape.core.neighbours import NeighbourSearch, plan_search
from molscape.core.potential import Potential, cast
from molscape.core.system import System
from molscape.studies.analytic_toy.results import PARTICLE


def along(
    potential: Potential, positions: Float[np.ndarray, "point 3"], chunk: int = 100_000
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, "point 3"]]:
    """Return energy (kJ/mol) and force (kJ/mol/nm) of the particle at each point."""
    with jax.enable_x64(True):
        exact, system = cast(potential, jnp.float64), System.build(PARTICLE, 1.0)
        search = plan_search(positions[:1], None, 0.0)
        parts = np.array_split(positions, -(-len(positions) // chunk))
        found = [_evaluate_at(exact, system, search, jnp.asarray(part)) for part in parts]
        energies, forces = (np.concatenate([np.asarray(f[k]) for f in found]) for k in (0, 1))
    return energies, forces


@eqx.filter_jit
def _evaluate_at(
    potential: Potential, system: System, search: NeighbourSearch, points: jax.Array
) -> tuple[jax.Array, jax.Array]:
    def one(point: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = point[None]
        near = search(system, x, None)
        return potential(system, x, None, near), potential.forces(system, x, None, near)[0]

    return jax.vmap(one)(points)


def curve_of(
    potential: Potential, x: Float[np.ndarray, " point"], kT: float
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Return energy (kT) and force (kT/nm) of a model along x."""
    energies, forces = along(potential, x[:, None] * np.array([1.0, 0.0, 0.0]))
    return energies / kT, forces[:, 0] / kT
