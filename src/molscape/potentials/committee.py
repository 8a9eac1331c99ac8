"""A committee: the mean of several potentials, whose disagreement says how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential, Watched
from molscape.core.system import System
from molscape.core.terms import Opaque, Term


class Committee(Potential):
    """U = mean of the members' energies; their spread is an error of energy and forces.

    Members are trained alike on different parts of the data, or from different first weights.
    Their mean has a smaller error than any one of them on average, and where they disagree the
    data did not decide. (Hansen and Salamon, IEEE Trans. Pattern Anal. 12, 993 (1990).)

    Raises:
        ValueError: if there are fewer than two members, or kinds differ.
    """

    kind: ClassVar[str] = "committee"

    members: tuple[Potential, ...]

    def __init__(self, members: Sequence[Potential]) -> None:
        if len(members) < 2 or len({member.kind for member in members}) > 1:
            raise ValueError(
                f"a committee of {[member.kind for member in members]}: give at least two "
                "potentials of the same kind"
            )
        self.members = tuple(members)

    @property
    def reach(self) -> float:
        """The longest reach of the members in nm."""
        return max(member.reach for member in self.members)

    @property
    def symmetries(self) -> frozenset[str]:
        """What leaves every member unchanged."""
        return frozenset.intersection(*(member.symmetries for member in self.members))

    @property
    def smoothness(self) -> int:
        """That of the least smooth member."""
        return min(member.smoothness for member in self.members)

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the mean energy of the members."""
        energies = [member(system, positions, box, neighbours) for member in self.members]
        return jnp.mean(jnp.stack(energies))

    def forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "particle 3"]:
        """Return the mean force of the members."""
        return jnp.mean(self._forces(system, positions, box, neighbours), axis=0)

    def deviation(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Energy, Float[Array, " particle"]]:
        """Return the standard deviation of the members' energies and of the force on each bead.

        The energy's in kJ/mol; the force's in kJ/mol/nm, root mean square over components. The
        members' energies may differ by a constant: compare differences of energies.
        """
        energies = [member(system, positions, box, neighbours) for member in self.members]
        forces = self._forces(system, positions, box, neighbours)
        spread = jnp.var(forces, axis=0, ddof=1)
        return jnp.std(jnp.stack(energies), ddof=1), jnp.sqrt(jnp.mean(spread, axis=-1))

    def _forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "member particle 3"]:
        each = [member.forces(system, positions, box, neighbours) for member in self.members]
        return jnp.stack(each)

    def binds(self, bond: str) -> bool:
        """Return what the first member says: all are alike."""
        return self.members[0].binds(bond)

    def single_terms(self) -> tuple[Potential, ...]:
        """Return those of the first member: all are alike."""
        return self.members[0].single_terms()

    @property
    def jumps(self) -> bool:
        """Whether forces of the members may jump."""
        return any(member.jumps for member in self.members)

    def watched(self) -> tuple[Watched, ...]:
        """Return what the first member says: all have seen alike data."""
        return self.members[0].watched()

    def lower(self) -> tuple[Term, ...]:
        """Return an opaque term: no engine knows the form."""
        return (Opaque(self.kind, self.reach, "the mean of several potentials"),)

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Committee:
        """Rebuild every member from its share of the settings and arrays."""
        from molscape.potentials import rebuild_each

        return cls(rebuild_each(settings["members"], arrays))
