"""Potentials that only molscape can evaluate, and beads for them."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.networks import MLP

BOX = np.array([[1.6, 0, 0], [0.3, 1.6, 0], [-0.2, 0.25, 1.6]])


class Distances(Potential):
    """U = network(all distances) + springs between neighbours in the chain, a molecule of five."""

    kind: ClassVar[str] = "distances"

    network: MLP
    longest: Float[Array, ""]

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset({"translation", "rotation"})

    def distances(self, positions):
        i, j = np.triu_indices(5, 1)
        return jnp.sqrt(jnp.sum((positions[i] - positions[j]) ** 2, axis=1))

    def __call__(self, system, positions, box, neighbours):
        r = self.distances(positions)
        springs = jnp.sum((jnp.linalg.norm(positions[1:] - positions[:-1], axis=1) - 0.15) ** 2)
        return 5.0 * self.network(4 * r)[0] + 5000.0 * springs

    def outside(self, system, positions, box, neighbours):
        return jnp.sum(self.distances(positions) > self.longest)

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a network"),)

    def settings(self) -> dict[str, Any]:
        return {"activation": self.network.activation}

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.network.arrays(), "longest": np.asarray(self.longest)}

    @classmethod
    def rebuild(cls, settings, arrays):
        arrays = dict(arrays)
        longest = jnp.asarray(arrays.pop("longest"))
        return cls(MLP.rebuild(settings["activation"], arrays), longest)


class Gaussians(Potential):
    """Pairs repel by height exp(-(r / width)^2) (1 - r/cutoff)^3 and only molscape knows how."""

    kind: ClassVar[str] = "gaussians"

    height: Float[Array, ""]
    cutoff: float = eqx.field(static=True, default=0.5)

    @property
    def reach(self) -> float:
        return self.cutoff

    def __call__(self, system, positions, box, neighbours):
        x, y, z = neighbours.components(positions, box)
        r2 = x * x + y * y + z * z
        near = neighbours.valid & (r2 < self.cutoff**2)
        r2 = jnp.where(near, r2, 1.0)
        shape = jnp.exp(-r2 / 0.04) * (1 - jnp.sqrt(r2) / self.cutoff) ** 3
        return 0.5 * self.height * jnp.sum(jnp.where(near, shape, 0.0))

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, self.cutoff, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"height": np.asarray(self.height)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(jnp.asarray(arrays["height"]))


CHAIN = Topology.build(
    ["C", "N", "C", "C", "N"], masses=[12.0, 14.0, 12.0, 12.0, 14.0], molecules=np.zeros(5, int),
    molecule_names=["M"], bonds=np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
)  # fmt: skip
ZIGZAG = Frames(
    np.array([[[0, 0, 0], [0.13, 0.07, 0], [0.26, 0, 0.02], [0.39, 0.07, 0], [0.52, 0, 0.05]]])
)
FLUID = Topology.build(["A"] * 64, masses=np.full(64, 20.0))


def draw_network():
    with jax.enable_x64(True):
        return Distances(MLP.draw((10, 20, 20, 1), jax.random.key(1)), jnp.asarray(0.6))


def make_gaussians():
    with jax.enable_x64(True):
        return Gaussians(jnp.asarray(40.0))


def fluid():
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    shake = 0.05 * np.random.default_rng(0).normal(size=(64, 3))
    return Frames(((grid / 4) @ BOX + shake)[None], box=BOX[None])
