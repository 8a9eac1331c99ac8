"""Chosen Cartesian coordinates as they are: for particles in an outer field."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

AXES = "xyz"


class Coordinates(eqx.Module):
    """One coordinate (nm) of each particle, or several: no symmetry is kept.

    Args:
        axes: which of "x", "y" and "z", such as "x" or "xy".

    Raises:
        ValueError: if an axis is not one of them, or comes twice.
    """

    kind: ClassVar[str] = "coordinates"

    axes: str = eqx.field(static=True)

    def __init__(self, *, axes: str) -> None:
        if not axes or set(axes) - set(AXES) or len(set(axes)) < len(axes):
            raise ValueError(f"axes {axes!r}: name each of x, y and z at most once")
        self.axes = axes

    @property
    def names(self) -> tuple[str, ...]:
        """The axes."""
        return tuple(self.axes)

    def __call__(
        self, positions: Float[Array, "particle 3"], box: Any = None
    ) -> Float[Array, "particle feature"]:
        """Return the coordinates of each particle."""
        matrix = np.eye(3)[:, [AXES.index(axis) for axis in self.axes]]
        return positions @ jnp.asarray(matrix, dtype=positions.dtype)

    def settings(self) -> dict[str, Any]:
        """Return what rebuilds the object, ready for JSON."""
        return {"kind": self.kind, "axes": self.axes}
