"""The sum of potentials: priors, pair and many-body terms together."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential, Watched
from molscape.core.system import System
from molscape.core.terms import Term


class Sum(Potential):
    """U = U_1 + U_2 + ...; each part sees the same neighbours and cuts them itself.

    Raises:
        ValueError: if there is no part.
    """

    kind: ClassVar[str] = "sum"

    parts: tuple[Potential, ...]

    def __init__(self, *parts: Potential) -> None:
        if not parts:
            raise ValueError("a sum of no potentials: give at least one part")
        self.parts = tuple(term for part in parts for term in part.terms())

    @property
    def reach(self) -> float:
        """The longest reach of the parts in nm."""
        return max(part.reach for part in self.parts)

    @property
    def symmetries(self) -> frozenset[str]:
        """What leaves every part unchanged."""
        return frozenset.intersection(*(part.symmetries for part in self.parts))

    @property
    def smoothness(self) -> int:
        """That of the least smooth part."""
        return min(part.smoothness for part in self.parts)

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum of the parts' energies."""
        energies = [part(system, positions, box, neighbours) for part in self.parts]
        return jnp.sum(jnp.stack(energies))

    def forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "particle 3"]:
        """Return the sum of the parts' forces, each by its own fastest way."""
        forces = [part.forces(system, positions, box, neighbours) for part in self.parts]
        return jnp.sum(jnp.stack(forces), axis=0)

    def binds(self, bond: str) -> bool:
        """Return whether one of the parts does."""
        return any(part.binds(bond) for part in self.parts)

    def trainable(self) -> Any:
        """Return a tree of this shape with True where the parts say so."""
        return eqx.tree_at(lambda s: s.parts, self, tuple(p.trainable() for p in self.parts))

    def terms(self) -> tuple[Potential, ...]:
        """Return the parts."""
        return self.parts

    def single_terms(self) -> tuple[Potential, ...]:
        """Return those of the parts."""
        return tuple(one for part in self.parts for one in part.single_terms())

    @property
    def jumps(self) -> bool:
        """Whether forces of one of the parts may jump."""
        return any(part.jumps for part in self.parts)

    def watched(self) -> tuple[Watched, ...]:
        """Return what the parts say."""
        return tuple(one for part in self.parts for one in part.watched())

    def lower(self) -> tuple[Term, ...]:
        """Return the terms of all parts."""
        return tuple(term for part in self.parts for term in part.lower())

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Sum:
        """Rebuild every part from its share of the settings and arrays."""
        from molscape.potentials import rebuild_each

        return cls(*rebuild_each(settings["parts"], arrays))
