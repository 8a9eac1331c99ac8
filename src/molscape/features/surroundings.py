"""What surrounds each particle: displacements to its neighbours, and their types."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.neighbours import Neighbours
from molscape.core.space import Components
from molscape.core.system import System


class Surroundings(eqx.Module):
    """Displacements x_j - x_i (nm) to the neighbours of each particle, and types as numbers.

    `own` and `other` number the types in the order in which they were asked for; -1 stands for
    a type not asked for, and in `other` also for an empty place. Bonded pairs count like all
    others: what a particle has around it does not depend on the bond graph; `bonded` marks the
    pairs that take no part in non-bonded interactions, None if there are none.
    """

    x: Float[Array, "particle place"]
    y: Float[Array, "particle place"]
    z: Float[Array, "particle place"]
    own: Int[Array, " particle"]
    other: Int[Array, "particle place"]
    bonded: Bool[Array, "particle place"] | None = None

    @classmethod
    def of(
        cls,
        types: tuple[str, ...],
        system: System,
        positions: Float[Array, "particle 3"],
        box: Any,
        neighbours: Neighbours,
    ) -> Surroundings:
        """Return the surroundings of a system's particles in terms of these types."""
        own = numbered(types, system)
        other = jnp.where(neighbours.valid, own[neighbours.indices], -1)
        bonded = None if neighbours.included is None else ~neighbours.included
        return cls(*neighbours.components(positions, box), own, other, bonded)

    @property
    def components(self) -> Components:
        """The x, y and z of the displacements."""
        return self.x, self.y, self.z

    @property
    def square(self) -> Float[Array, "particle place"]:
        """Squared distances in nm^2, zero for empty places."""
        return self.x * self.x + self.y * self.y + self.z * self.z

    def inside(self, cutoff: float) -> Bool[Array, "particle place"]:
        """True for neighbours of the types asked for, closer than `cutoff` (nm)."""
        square = self.square
        return (square < cutoff * cutoff) & (square > 0) & (self.other >= 0)


def numbered(types: tuple[str, ...], system: System) -> Int[Array, " particle"]:
    """Return the place of each particle's type in `types`; -1 if absent, and for padding."""
    places = [types.index(name) if name in types else -1 for name in system.types]
    rows = jnp.asarray(np.array(places, dtype=np.int32))[system.species]
    return jnp.where(system.mask, rows, -1)
