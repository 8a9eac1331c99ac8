"""Bonded terms."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential
from molscape.core.space import minimum_image
from molscape.core.system import System, type_key


class HarmonicBonds(Potential):
    """U = sum over bonds of 1/2 stiffness (r - length)^2, by bond type such as "A-B".

    Stiffness in kJ/mol/nm^2 (note the factor 1/2), length in nm. Bonds whose type is not
    named contribute nothing.
    """

    kind: ClassVar[str] = "harmonic_bonds"

    stiffness: Float[Array, " type"]
    length: Float[Array, " type"]
    types: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, *, types: tuple[str, ...], stiffness: Any, length: Any) -> None:
        self.types = tuple(type_key(tuple(name.split("-"))) for name in types)
        self.stiffness = jnp.atleast_1d(jnp.asarray(stiffness, dtype=float))
        self.length = jnp.atleast_1d(jnp.asarray(length, dtype=float))
        if not len(self.types) == self.stiffness.shape[0] == self.length.shape[0]:
            raise ValueError(
                f"{len(self.types)} bond types, {self.stiffness.shape[0]} stiffnesses and "
                f"{self.length.shape[0]} lengths: give one of each per type"
            )

    @property
    def reach(self) -> float:
        """Bonds need no neighbours."""
        return 0.0

    @property
    def smoothness(self) -> int:
        """There is no cutoff: as smooth as any test can see."""
        return 2

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the bond energy."""
        energy = jnp.zeros((), positions.dtype)
        for k, name in enumerate(self.types):
            if name not in system.bonds:
                continue
            pairs = system.bonds[name]
            d = minimum_image(positions[pairs[:, 1]] - positions[pairs[:, 0]], box)
            r = jnp.sqrt(jnp.sum(d * d, axis=-1))
            energy = energy + 0.5 * self.stiffness[k] * jnp.sum((r - self.length[k]) ** 2)
        return energy

    def lower(self) -> tuple[terms.Term, ...]:
        """Return one harmonic bond term for each type."""
        return tuple(
            terms.HarmonicBond(
                (name.split("-")[0], name.split("-")[1]),
                float(self.stiffness[k]),
                float(self.length[k]),
            )
            for k, name in enumerate(self.types)
        )

    def settings(self) -> dict[str, Any]:
        """Return the bond types."""
        return {"types": list(self.types)}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return stiffness (kJ/mol/nm^2) and length (nm)."""
        return {
            "stiffness": np.asarray(self.stiffness, dtype=np.float64),
            "length": np.asarray(self.length, dtype=np.float64),
        }

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> HarmonicBonds:
        """Rebuild from settings and arrays."""
        return cls(types=tuple(settings["types"]), **arrays)
