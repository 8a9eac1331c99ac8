"""What the compiled loop carries from step to step, and what it is compiled for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.ensemble import Ensemble
from molscape.core.neighbours import Neighbours, NeighbourSearch
from molscape.core.system import System
from molscape.core.units import thermal_energy
from molscape.simulate.nose_hoover import Chain
from molscape.simulate.tempering import Exchanges, Tempering
from molscape.simulate.volume_moves import Molecules, Volume


class Replicas(eqx.Module):
    """The state inside the compiled loop, with a leading replica axis.

    `images` counts the box vectors that have been taken off each particle; `taken` counts
    steps; `noise` is that of the next steps. `chain`, `volume` and `exchanges` are there with
    Nosé-Hoover chains, a barostat and parallel tempering. The largest counts in `neighbours`
    are those of every list so far, of volumes that were only tried too: they tell whether one
    overflowed.
    """

    positions: Float[Array, "replica particle 3"]
    velocities: Float[Array, "replica particle 3"]
    forces: Float[Array, "replica particle 3"]
    box: Float[Array, "replica 3 3"] | None
    images: Int[Array, "replica particle 3"]
    neighbours: Neighbours
    rebuilds: Int[Array, ""]
    taken: Int[Array, ""]
    key: Array
    noise: Float[Array, " number"] | None = None
    chain: Chain | None = None
    volume: Volume | None = None
    exchanges: Exchanges | None = None


@dataclass(frozen=True)
class LoopPlan:
    """What the loop is compiled for, as well as sizes; equal plans share a compiled loop.

    Args:
        search: how neighbour lists are built.
        ensemble: what is sampled.
        timestep: in ps.
        room: largest number of frames kept by one call.
        molecules: what a barostat moves as wholes.
        degrees: degrees of freedom of the velocities.
        block: for how many steps noise is drawn at once; 0 without noise.
        tempering: temperatures of parallel tempering; replicas are ordered by temperature.
        copies: replicas at each of them.
    """

    search: NeighbourSearch
    ensemble: Ensemble
    timestep: float
    room: int
    molecules: Molecules
    degrees: int
    block: int = 0
    tempering: Tempering | None = None
    copies: int = 1

    @property
    def kT(self) -> float | Float[np.ndarray, " replica"]:
        """Thermal energy (kJ/mol) of all replicas, or of each."""
        if self.tempering is None:
            return thermal_energy(self.ensemble.temperature)
        each = [thermal_energy(t) for t in self.tempering.temperatures]
        return np.repeat(np.array(each), self.copies)


def over_replicas(function: Any, replicas: int) -> Callable[..., Any]:
    """Return function(system, x, box, *more) over a leading replica axis of x, box and more.

    A single replica is passed through without `vmap`, whose batched gathers are slower.
    """

    def one(system: System, *batched: Any) -> Any:
        first = [jax.tree.map(lambda leaf: leaf[0], item) for item in batched]
        return jax.tree.map(lambda leaf: leaf[None], function(system, *first))

    def many(system: System, *batched: Any) -> Any:
        return jax.vmap(lambda *each: function(system, *each))(*batched)

    return one if replicas == 1 else many
