"""One bead in a field whose populations are known."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.topology import Topology

BEAD = Topology.build(["A"], masses=[12.0])


class Field(Potential):
    """U = stiffness r^2 / 2 + height ((x^2 - 1)^2 - 1/2 x), one bead, nm."""

    kind: ClassVar[str] = "field"

    stiffness: Float[Array, ""]
    height: Float[Array, ""]

    def __init__(self, stiffness, height):
        self.stiffness, self.height = jnp.asarray(stiffness), jnp.asarray(height)

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset()

    def __call__(self, system, positions, box, neighbours):
        x = positions[:, 0]
        well = (x**2 - 1) ** 2 - 0.05 * x
        return jnp.sum(0.5 * self.stiffness * jnp.sum(positions**2, axis=1) + self.height * well)

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"stiffness": np.asarray(self.stiffness), "height": np.asarray(self.height)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(arrays["stiffness"], arrays["height"])
