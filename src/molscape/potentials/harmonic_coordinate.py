"""A harmonic well on one coordinate of single particles: a prior."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions
from molscape.core.system import System
from molscape.features.coordinates import AXES
from molscape.potentials._external_field import ExternalField


class HarmonicCoordinate(ExternalField):
    """U = stiffness (x - centre)^2 / 2 on one coordinate of each particle: a prior.

    Args:
        stiffness: in kJ/mol/nm^2.
        centre: in nm.
        axis: "x", "y" or "z".

    Raises:
        ValueError: if the axis is not one of them.
    """

    kind: ClassVar[str] = "harmonic_coordinate"

    stiffness: Float[Array, ""]
    centre: Float[Array, ""]
    axis: str = eqx.field(static=True)

    def __init__(self, *, stiffness: Any, centre: Any = 0.0, axis: str = "x") -> None:
        if axis not in AXES or len(axis) != 1:
            raise ValueError(f"axis {axis!r}: use x, y or z")
        self.stiffness = jnp.asarray(stiffness, dtype=float)
        self.centre = jnp.asarray(centre, dtype=float)
        self.axis = axis

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum over particles."""
        away = positions[:, AXES.index(self.axis)] - self.centre
        return 0.5 * self.stiffness * jnp.sum(jnp.where(system.mask, away**2, 0.0))

    def trainable(self) -> HarmonicCoordinate:
        """Return a tree of this shape with False: a prior is not fitted."""
        held: HarmonicCoordinate = jax.tree.map(lambda _: False, self)
        return held
