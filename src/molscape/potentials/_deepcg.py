"""DeePCG: the energy of each bead by a network from its neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core import terms
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential
from molscape.core.system import System
from molscape.features.local_frame import LocalFrame
from molscape.features.smooth_environment import SmoothEnvironment, summed
from molscape.features.surroundings import Surroundings
from molscape.networks.mlp import ACTIVATIONS, MLP

Places = Bool[Array, "particle place"]

FORMS = ("sharp", "smooth")

WALL = 25_000.0
"""Height of the walls in kJ/mol: 25 kJ/mol a tenth beyond the distances of the data."""


@dataclass(frozen=True)
class Shape:
    """Widths of the networks: `hidden` layers of the energy, layers of the `embedding`.

    The first `axes` of the embedding's outputs make the second factor of the smooth descriptor,
    whose tensors go up to `degree`: it has degree * embedding[-1] * axes features. The sharp form
    has no embedding.
    """

    hidden: tuple[int, ...] = (120, 60, 30, 15)
    embedding: tuple[int, ...] = (16, 32)
    axes: int = 4
    degree: int = 1
    activation: str = "tanh"


class Standard(eqx.Module):
    """What data say of the sizes of things; no fit changes them.

    Features enter as (D - means) whitening, means and matrix of each type; the embedding's
    argument as (w - weight_mean)/weight_deviation (1/nm). A network's output of one is `scales`
    kJ/mol. `closest` is the smallest distance of two beads of these types in the data (nm), first
    of pairs that are not bonded, then of those that the bond graph excludes; `farthest` is the
    largest of the latter, infinite where none is known.
    """

    means: Float[Array, "type feature"]
    whitening: Float[Array, "type feature feature"]
    scales: Float[Array, " type"]
    weight_mean: Float[Array, ""]
    weight_deviation: Float[Array, ""]
    closest: Float[Array, "2 type type"]
    farthest: Float[Array, "type type"]

    @classmethod
    def plain(cls, types: int, features: int) -> Standard:
        """Return the one that changes nothing."""
        return cls(
            jnp.zeros((types, features)),
            jnp.tile(jnp.eye(features), (types, 1, 1)),
            jnp.ones(types),
            jnp.zeros(()),
            jnp.ones(()),
            jnp.zeros((2, types, types)),
            jnp.full((types, types), jnp.inf),
        )


class DeePCG(Potential):
    """U = sum_i [offset_a + scale_a (N_a(D_i) - N_a(D of no neighbours))] + walls, a the type of i.

    N_a is a network with one output for each type, D_i describes what surrounds bead i; the
    offset is the energy of a bead alone (kJ/mol). The "sharp" form takes the paper's local
    frames: its energy jumps where neighbours change places or cross the cutoff. The "smooth" form
    takes DeepPot-SE's environment, whose embedding sees the types of both beads, and has two
    continuous derivatives everywhere. Bonded neighbours count like all others, beads of types
    not named take no part. Pairs closer than the closest r_0 of their types in the data, bonded
    or not, meet a wall (1 - r/r_0)^3, bonded pairs farther apart than the farthest r_1 a wall
    (r/r_1 - 1)^3: a network knows nothing there, and its energy may have holes into which
    particles fall. Make one with `DeePCG.draw`, then
    standardise it by the data with `deepcg_standard.standardised`.
    In single precision an energy of a million kJ/mol is rounded to 0.1: take a constant from
    energies of all electrons before they train a network.
    (Zhang, Han, Wang, Car and E, J. Chem. Phys. 149, 034101 (2018); smooth form: Zhang et al.,
    NeurIPS 31, 4436 (2018).)

    Raises:
        ValueError: if networks, features and types do not fit together, or the embedding has
            no hidden layer.
    """

    kind: ClassVar[str] = "deepcg"
    citation: ClassVar[str] = "L. Zhang et al., J. Chem. Phys. 149, 034101 (2018) (DeePCG)."

    networks: tuple[MLP, ...]
    embedding: MLP | None
    offsets: Float[Array, " type"]
    standard: Standard
    descriptor: LocalFrame | SmoothEnvironment
    types: tuple[str, ...] = eqx.field(static=True)
    wall: float = eqx.field(static=True, default=WALL)

    def __check_init__(self) -> None:
        inputs = {network.sizes[0] for network in self.networks}
        features = self.standard.means.shape[1]
        if len(self.networks) != len(self.types) or inputs != {features}:
            raise ValueError(
                f"{len(self.networks)} networks of inputs {sorted(inputs)} for types {self.types} "
                f"with {features} features: give one network for each type"
            )
        if (self.embedding is None) != isinstance(self.descriptor, LocalFrame):
            raise ValueError("the smooth form takes an embedding, the sharp form none")
        if self.embedding is not None and len(self.embedding.weights) < 2:
            raise ValueError(
                f"embedding of sizes {self.embedding.sizes}: give a hidden layer and an output, "
                "such as (16, 32)"
            )

    @classmethod
    def draw(
        cls,
        *,
        types: tuple[str, ...],
        cutoff: float,
        key: Array,
        form: Literal["sharp", "smooth"] = "smooth",
        neighbours: dict[str, tuple[int, int]] | None = None,
        switch: float | None = None,
        shape: Shape | None = None,
    ) -> DeePCG:
        """Return a potential with random networks.

        Args:
            types: names of the bead types.
            cutoff: in nm.
            key: of the random numbers.
            form: "sharp", the paper's, or "smooth".
            neighbours: of the sharp form: for each type how many of the nearest give full
                features, and how many of the next ones 1/R, such as {"W": (16, 16)}.
            switch: where the switch to zero starts, nm. Smooth form: half the cutoff if not given;
                sharp form: no switch.
            shape: widths of the networks.

        Raises:
            ValueError: if an option is not known, missing, or of the other form.
        """
        shape = shape or Shape()
        types = tuple(types)
        if form not in FORMS:
            raise ValueError(f"form {form!r} of DeePCG: use one of {FORMS}")
        key, draw = jax.random.split(key)
        embedding = None
        descriptor: LocalFrame | SmoothEnvironment
        if form == "sharp":
            descriptor = _local_frame(types, cutoff, neighbours, switch)
            features = descriptor.size
        else:
            if neighbours is not None:
                raise ValueError("`neighbours` is for the sharp form: the smooth one keeps all")
            start = 0.5 * cutoff if switch is None else switch
            descriptor = SmoothEnvironment(
                cutoff=cutoff, start=start, axes=shape.axes, degree=shape.degree
            )
            inputs = 1 if len(types) == 1 else 1 + 2 * len(types)
            embedding = MLP.draw((inputs, *shape.embedding), draw, shape.activation)
            features = descriptor.size(shape.embedding[-1])
        keys = jax.random.split(key, len(types))
        sizes = (features, *shape.hidden, 1)
        return cls(
            networks=tuple(MLP.draw(sizes, each, shape.activation) for each in keys),
            embedding=embedding,
            offsets=jnp.zeros(len(types)),
            standard=Standard.plain(len(types), features),
            descriptor=descriptor,
            types=types,
        )

    def with_wall(self, height: float) -> DeePCG:
        """Return the same potential with walls of this height (kJ/mol) at no distance; 0: none."""
        return replace(self, wall=height)

    @property
    def form(self) -> str:
        """Either "sharp" or "smooth"."""
        return "sharp" if isinstance(self.descriptor, LocalFrame) else "smooth"

    @property
    def reach(self) -> float:
        """The cutoff in nm."""
        return self.descriptor.cutoff

    @property
    def smoothness(self) -> int:
        """Two; minus one for the sharp form."""
        return -1 if self.form == "sharp" else 2

    @property
    def jumps(self) -> bool:
        """True: forces of the sharp form do, those of the smooth one are measured likewise."""
        return True

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum of the beads' energies."""
        around = Surroundings.of(self.types, system, positions, box, neighbours)
        return jnp.sum(self.bead_energies(around)) + self._walls(around)

    def _walls(self, around: Surroundings) -> Energy:
        """Return the energy of pairs that are closer or farther apart than any in the data."""
        close, near = self._closer(around)
        square = around.square
        distance = jnp.sqrt(jnp.where(close, square, 1.0))
        depth = jnp.where(close, 1.0 - distance / jnp.where(close, near, 1.0), 0.0)
        if around.bonded is not None:
            apart, far = self._farther(around)
            distance = jnp.sqrt(jnp.where(apart, square, 1.0))
            depth = depth + jnp.where(apart, distance / jnp.where(apart, far, 1.0) - 1.0, 0.0)
        return 0.5 * self.wall * jnp.sum(depth**3)

    def _closer(self, around: Surroundings) -> tuple[Places, Float[Array, "particle place"]]:
        """Mark pairs closer than any of their types, bonded or not; and return that distance."""
        near, bonded = self.standard.closest[:, around.own[:, None], around.other]
        if around.bonded is not None:
            near = jnp.where(around.bonded, bonded, near)
        return self._known(around) & (around.square < near * near), near

    def _farther(self, around: Surroundings) -> tuple[Places, Float[Array, "particle place"]]:
        """Mark bonded pairs farther apart than any of their types; and return that distance."""
        assert around.bonded is not None
        far = self.standard.farthest[around.own[:, None], around.other]
        return self._known(around) & around.bonded & (around.square > far * far), far

    def _known(self, around: Surroundings) -> Places:
        return around.inside(self.reach) & (around.own >= 0)[:, None]

    def bead_energies(self, around: Surroundings) -> Float[Array, " particle"]:
        """Return each bead's energy in kJ/mol, zero for types not named."""
        features = self.features(around)
        # The last row is a bead without neighbours.
        features = jnp.concatenate([features, jnp.zeros_like(features[:1])])
        energies = jnp.zeros(len(around.own), features.dtype)
        for kind, network in enumerate(self.networks):
            known = self.standard
            # One matrix for both: it does not depend on the beads, so that runs make it once.
            first = network.weights[0] @ known.whitening[kind].T
            mixing = eqx.tree_at(lambda n: n.weights[0], network, first)
            output = mixing(features - known.means[kind])[:, 0]
            energy = known.scales[kind] * (output[:-1] - output[-1]) + self.offsets[kind]
            energies = energies + jnp.where(around.own == kind, energy, 0.0)
        return energies

    def features(self, around: Surroundings) -> Float[Array, "particle feature"]:
        """Return the descriptor of each bead, not yet standardised."""
        if isinstance(self.descriptor, LocalFrame):
            return self.descriptor(around)
        rows = self.descriptor.rows(around)
        assert self.embedding is not None
        # The last layer is linear, so it follows the sum over neighbours.
        moments = summed(self._channels(around, rows[:, 0]), rows)
        weight, bias = self.embedding.weights[-1], self.embedding.biases[-1]
        plain = jnp.sum(rows, axis=2)[:, None, :]
        mixed = jnp.einsum("mh,nhc->nmc", weight, moments) + bias[:, None] * plain
        return self.descriptor.products(mixed)

    def _channels(self, around: Surroundings, weight: Array) -> Array:
        """Return the embedding's last hidden layer (particle, channel, place)."""
        assert self.embedding is not None
        known, network = self.standard, self.embedding
        activate = ACTIVATIONS[network.activation]
        argument = (weight - known.weight_mean) / known.weight_deviation
        first, bias = network.weights[0], network.biases[0]
        channels = first[:, 0, None] * argument[:, None, :] + bias[:, None]
        if len(self.types) > 1:
            shifts = first[:, 1:].T
            other = shifts[: len(self.types)][around.other]
            own = shifts[len(self.types) :][around.own]
            channels = channels + jnp.moveaxis(other, 1, 2) + own[:, :, None]
        for layer, shift in zip(network.weights[1:-1], network.biases[1:-1], strict=True):
            channels = jnp.einsum("gh,nhk->ngk", layer, activate(channels)) + shift[:, None]
        return activate(channels)

    def outside(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Int[Array, ""]:
        """Return how many pairs are closer, or bonded and farther apart, than any in the data."""
        around = Surroundings.of(self.types, system, positions, box, neighbours)
        beyond, _ = self._closer(around)
        if around.bonded is not None:
            beyond = beyond | self._farther(around)[0]
        return jnp.sum(beyond) // 2

    def binds(self, bond: str) -> bool:
        """Return true: it sees bonded beads too, and the data holds them together."""
        return True

    def trainable(self) -> Any:
        """Return a tree of this shape with True for networks, embedding and offsets."""
        every = jax.tree.map(eqx.is_inexact_array, self)
        fixed = jax.tree.map(lambda _: False, self.standard)
        return eqx.tree_at(lambda tree: tree.standard, every, fixed)

    def lower(self) -> tuple[terms.Term, ...]:
        """Return an opaque term."""
        why = f"a network of the {self.form} neighbourhoods of {', '.join(self.types)}"
        return (terms.Opaque(self.kind, self.reach, why),)

    def settings(self) -> dict[str, Any]:
        """Return types, form and sizes of the descriptor, and the activation."""
        own: dict[str, Any] = {
            "types": list(self.types),
            "form": self.form,
            "cutoff": self.reach,
            "switch": self.descriptor.start,
            "activation": self.networks[0].activation,
            "wall": self.wall,
        }
        if isinstance(self.descriptor, LocalFrame):
            counts = zip(self.types, self.descriptor.full, self.descriptor.radial, strict=True)
            return {**own, "neighbours": {name: [full, far] for name, full, far in counts}}
        return {**own, "axes": self.descriptor.axes, "degree": self.descriptor.degree}

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> DeePCG:
        """Rebuild from settings and arrays."""
        types, cutoff, switch = tuple(settings["types"]), settings["cutoff"], settings["switch"]
        descriptor: LocalFrame | SmoothEnvironment
        if settings["form"] == "sharp":
            descriptor = _local_frame(types, cutoff, settings["neighbours"], switch)
        else:
            descriptor = SmoothEnvironment(
                cutoff=cutoff,
                start=switch,
                axes=settings["axes"],
                degree=settings.get("degree", 1),
            )
        networks = [
            MLP.rebuild(settings["activation"], _below(f"networks.{k}.", arrays))
            for k in range(len(types))
        ]
        layers = _below("embedding.", arrays)
        standard = _below("standard.", arrays)
        return cls(
            networks=tuple(networks),
            embedding=MLP.rebuild(settings["activation"], layers) if layers else None,
            offsets=jnp.asarray(arrays["offsets"], dtype=float),
            standard=Standard(**{k: jnp.asarray(v, dtype=float) for k, v in standard.items()}),
            descriptor=descriptor,
            types=types,
            wall=settings["wall"],
        )


def _below(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def _local_frame(
    types: tuple[str, ...],
    cutoff: float,
    neighbours: Any,
    switch: float | None,
) -> LocalFrame:
    if neighbours is None or set(neighbours) != set(types):
        given = None if neighbours is None else sorted(neighbours)
        raise ValueError(
            f"the sharp form keeps a fixed number of neighbours of each type {types}, got "
            f'{given}: give `neighbours`, such as {{"{types[0]}": (16, 16)}} for 16 with '
            "directions and 16 with distances alone"
        )
    full, radial = zip(*(neighbours[name] for name in types), strict=True)
    return LocalFrame(cutoff=cutoff, full=full, radial=radial, start=switch)
