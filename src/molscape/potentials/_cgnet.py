"""CGnet: a network on invariants of a molecule, beside its priors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential
from molscape.core.state import State
from molscape.core.system import System
from molscape.core.terms import Opaque, Term
from molscape.core.trajectory import Trajectory
from molscape.features import Coordinates, MoleculeGeometry
from molscape.networks import MLP

SCALE = 4.184
"""Energy in kJ/mol of an output of one: 1 kcal/mol, so that spectral bounds mean what they do in
Wang et al., ACS Cent. Sci. 5, 755 (2019)."""

CONSTANT = 1e-6
"""A feature that varies by less than this share of itself is constant."""

FEATURES = {cls.kind: cls for cls in (MoleculeGeometry, Coordinates)}


class CGnet(Potential):
    """U = scale * sum over molecules of network((features - mean) / spread).

    Alone it knows nothing where there were no data: add harmonic priors by `Sum`. Mean and
    spread standardise the features by the data; `lowest` and `highest` are the range that the
    network has seen. (Wang et al., ACS Cent. Sci. 5, 755 (2019).)

    Args:
        features: what the network is given.
        network: from the features to one number.
        mean, spread, lowest, highest: of each feature over the data.
        scale: energy in kJ/mol of an output of one.

    Raises:
        ValueError: if shapes do not follow, or a spread is not positive.
    """

    kind: ClassVar[str] = "cgnet"
    citation: ClassVar[str] = "J. Wang et al., ACS Cent. Sci. 5, 755 (2019) (CGnet)."

    features: MoleculeGeometry | Coordinates
    network: MLP
    mean: Float[Array, " feature"]
    spread: Float[Array, " feature"]
    lowest: Float[Array, " feature"]
    highest: Float[Array, " feature"]
    scale: float = eqx.field(static=True)

    def __init__(
        self,
        *,
        features: MoleculeGeometry | Coordinates,
        network: MLP,
        mean: Any,
        spread: Any,
        lowest: Any,
        highest: Any,
        scale: float = SCALE,
    ) -> None:
        self.features, self.network, self.scale = features, network, float(scale)
        self.mean, self.spread, self.lowest, self.highest = (
            jnp.asarray(values, dtype=float) for values in (mean, spread, lowest, highest)
        )
        expected = (len(features.names), 1)
        if (network.sizes[0], network.sizes[-1]) != expected:
            raise ValueError(
                f"the network takes {network.sizes[0]} numbers and returns {network.sizes[-1]}: "
                f"these features need {expected[0]} and 1"
            )
        if any(
            v.shape != expected[:1] for v in (self.mean, self.spread, self.lowest, self.highest)
        ):
            raise ValueError(f"mean, spread and range need {expected[0]} numbers, one a feature")
        if not np.all(np.asarray(self.spread) > 0):
            raise ValueError("a spread is zero: leave constant features out")

    @classmethod
    def draw(
        cls,
        features: MoleculeGeometry | Coordinates,
        data: Sequence[tuple[Trajectory, State]],
        key: Array,
        *,
        hidden: Sequence[int] = (160,) * 5,
        activation: str = "tanh",
        scale: float = SCALE,
    ) -> CGnet:
        """Return an untrained network whose inputs are standardised by the data.

        Args:
            features: what the network is given.
            data: trajectories of beads, each with its state.
            key: for the weights.
            hidden: width of each hidden layer.
            activation: between layers.
            scale: energy in kJ/mol of an output of one.

        Raises:
            ValueError: if a feature is constant in the data.
        """
        found = standardisation(features, data)
        network = MLP.draw((len(features.names), *hidden, 1), key, activation)
        return cls(features=features, network=network, scale=scale, **found)

    @property
    def symmetries(self) -> frozenset[str]:
        """Molecules may be moved, turned and taken across the boundary; beads are not alike."""
        if isinstance(self.features, Coordinates):
            return frozenset()
        return frozenset({"translation", "rotation", "periodic"})

    @property
    def smoothness(self) -> int:
        """There is no cutoff: as smooth as any test can see."""
        return 2

    @property
    def reach(self) -> float:
        """Molecules need no neighbours."""
        return 0.0

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum over molecules; padding consists of whole molecules."""
        features = self.features(positions, box)
        z = (features - self.mean) / self.spread
        energy = self.network(z)[:, 0]
        real = jnp.all(system.mask.reshape(len(energy), -1), axis=1)
        return self.scale * jnp.sum(jnp.where(real, energy, 0.0))

    def outside(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Int[Array, ""]:
        """Return how many features, over all molecules, lie outside the range of the data."""
        x = self.features(positions, box)
        real = jnp.all(system.mask.reshape(len(x), -1), axis=1)
        return jnp.sum(((x < self.lowest) | (x > self.highest)) & real[:, None])

    def binds(self, bond: str) -> bool:
        """Return true: it sees bonded beads too, and the data holds them together."""
        return True

    def trainable(self) -> CGnet:
        """Return a tree of this shape with True for weights and biases only."""
        none = jax.tree.map(lambda _: False, self)
        marked: CGnet = eqx.tree_at(
            lambda p: p.network, none, jax.tree.map(lambda _: True, self.network)
        )
        return marked

    def lower(self) -> tuple[Term, ...]:
        """Return an opaque term: no engine knows the form."""
        return (Opaque(self.kind, 0.0, "a network on the shape of a molecule"),)

    def settings(self) -> dict[str, Any]:
        """Return features, activation and scale."""
        return {**super().settings(), "activation": self.network.activation}

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> CGnet:
        """Rebuild from settings and arrays."""
        plain = dict(settings["features"])
        layers = {
            name.removeprefix("network."): array
            for name, array in arrays.items()
            if name.startswith("network.")
        }
        return cls(
            features=FEATURES[plain.pop("kind")](**plain),
            network=MLP.rebuild(settings["activation"], layers),
            scale=settings["scale"],
            **{name: arrays[name] for name in ("mean", "spread", "lowest", "highest")},
        )


def standardisation(
    features: MoleculeGeometry | Coordinates, data: Sequence[tuple[Trajectory, State]]
) -> dict[str, np.ndarray]:
    """Return mean, spread, lowest and highest of each feature over the data, by name.

    Raises:
        ValueError: if a feature is constant.
    """

    @eqx.filter_jit
    def evaluate(positions: Array, box: Array | None) -> Array:
        return jax.vmap(features, in_axes=(0, None if box is None else 0))(positions, box)

    count, sums, squares, lowest, highest = 0, 0.0, 0.0, np.inf, -np.inf
    with jax.enable_x64(True):
        for trajectory, _ in data:
            for frames in trajectory.chunks():
                box = None if frames.box is None else jnp.asarray(frames.box, dtype=float)
                x = np.asarray(evaluate(jnp.asarray(frames.positions, dtype=float), box))
                x = x.reshape(-1, x.shape[-1])
                if not count:
                    origin = x.mean(axis=0)
                count += len(x)
                sums = sums + np.sum(x - origin, axis=0)
                squares = squares + np.sum((x - origin) ** 2, axis=0)
                lowest = np.minimum(lowest, x.min(axis=0))
                highest = np.maximum(highest, x.max(axis=0))
    mean = origin + sums / count
    spread = np.sqrt(np.maximum(squares / count - (sums / count) ** 2, 0.0))
    size = np.maximum(np.maximum(np.abs(lowest), np.abs(highest)), 1e-12)
    constant = [n for n, s in zip(features.names, spread / size, strict=True) if s < CONSTANT]
    if constant:
        raise ValueError(
            f"the feature {', '.join(constant)} is constant in the data and teaches a network "
            "nothing: leave it out of the features, or map so that no beads are tied rigidly"
        )
    return {"mean": mean, "spread": spread, "lowest": lowest, "highest": highest}
