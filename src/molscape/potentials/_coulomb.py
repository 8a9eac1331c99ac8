"""The Coulomb interaction of the beads' charges: reaction field or Ewald sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential
from molscape.core.space import minimum_image, volume
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import COULOMB_CONSTANT
from molscape.potentials._ewald import (
    HEADROOM,
    constant_energy,
    needed_vectors,
    reciprocal_energy,
    screening,
)

NEUTRAL = 1e-3
"""A net charge (e) below this is rounding of the charges in a file."""


class Coulomb(Potential):
    """U = 1/(4 pi epsilon_0 dielectric) sum over pairs of q_i q_j times a function of distance.

    Charges are those of the system; excluded pairs take no part. With `method`
    "reaction_field" a pair inside the cutoff has 1/r + k r^2 - c, with
    k = (e - 1)/((2 e + 1) cutoff^3), c = 1/cutoff + k cutoff^2, and e the
    `reaction_field_dielectric` relative to `dielectric`; for e = inf the force vanishes at the
    cutoff as well (Tironi et al., J. Chem. Phys. 102, 5451 (1995)). With "ewald" it is the
    periodic sum with conducting boundaries, erfc(alpha r)/r inside the cutoff and wave vectors
    for the rest; both leave out terms of relative order `accuracy`.

    How many wave vectors there are is fixed when the potential is made: give the `box` (nm) in
    which it is to be used, with room for a tenth more, or `k_max`. In a box too long for them
    the energy is not a number, and `check_wave_vectors` says why.

    Raises:
        ValueError: if a number is out of range, or an Ewald sum is given neither box nor k_max.
    """

    kind: ClassVar[str] = "coulomb"

    cutoff: float = eqx.field(static=True)
    dielectric: float = eqx.field(static=True)
    method: str = eqx.field(static=True)
    reaction_field_dielectric: float = eqx.field(static=True)
    accuracy: float = eqx.field(static=True)
    k_max: tuple[int, int, int] | None = eqx.field(static=True)

    def __init__(
        self,
        *,
        cutoff: float,
        dielectric: float = 1.0,
        method: str = "reaction_field",
        reaction_field_dielectric: float = float("inf"),
        accuracy: float = 1e-5,
        box: Any = None,
        k_max: Sequence[int] | None = None,
    ) -> None:
        self.cutoff, self.dielectric = float(cutoff), float(dielectric)
        self.method, self.accuracy = method, float(accuracy)
        self.reaction_field_dielectric = float(reaction_field_dielectric)
        if method not in ("reaction_field", "ewald"):
            raise ValueError(f"method {method!r} of Coulomb: use 'reaction_field' or 'ewald'")
        smallest = min(self.cutoff, self.dielectric, self.reaction_field_dielectric)
        if not (smallest > 0 and 0 < self.accuracy < 0.1):
            raise ValueError(
                f"Coulomb with cutoff {cutoff:g} nm, dielectric {dielectric:g}, "
                f"reaction_field_dielectric {reaction_field_dielectric:g} and accuracy "
                f"{accuracy:g}: use positive numbers, and an accuracy below 0.1"
            )
        if method == "ewald" and k_max is None:
            if box is None:
                raise ValueError(
                    "an Ewald sum needs the box it is used in to choose its wave vectors: give "
                    "`box` (nm), or `k_max`, or use method 'reaction_field' without a box"
                )
            longest = screening(self.cutoff, self.accuracy)[1]
            k_max = needed_vectors(HEADROOM * np.asarray(box, dtype=np.float64), longest)
        self.k_max = None if k_max is None else (int(k_max[0]), int(k_max[1]), int(k_max[2]))

    @property
    def reach(self) -> float:
        """The cutoff in nm."""
        return self.cutoff

    @property
    def smoothness(self) -> int:
        """One or zero for a reaction field; an Ewald sum's pairs end with a small step."""
        if self.method == "ewald":
            return -1
        return 1 if np.isinf(self.reaction_field_dielectric) else 0

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the energy of all pairs.

        Raises:
            ValueError: if an Ewald sum is asked for without a box.
        """
        _, distance, products, inside = self._geometry(system, positions, box, neighbours)
        pairs = 0.5 * jnp.sum(jnp.where(inside, products * self._curve(distance), 0.0))
        if self.method == "ewald":
            pairs = pairs + self._beyond(system, positions, box)
        return COULOMB_CONSTANT / self.dielectric * pairs

    def forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "particle 3"]:
        """Return the forces; those of the pairs need no scatter."""
        components, distance, products, inside = self._geometry(system, positions, box, neighbours)
        ones = jnp.ones_like(distance)
        slope = jax.jvp(self._curve, (distance,), (ones,))[1]
        weight = jnp.where(inside, products * slope / distance, 0.0)
        forces = jnp.stack([jnp.sum(weight * part, axis=1) for part in components], axis=-1)
        if self.method == "ewald":
            forces = forces - jax.grad(lambda x: self._beyond(system, x, box))(positions)
        return COULOMB_CONSTANT / self.dielectric * forces

    def _geometry(
        self, system: System, positions: Array, box: Box, neighbours: Neighbours
    ) -> tuple[tuple[Array, Array, Array], Array, Array, Array]:
        """Displacements, distances, products of charges, and which places hold a pair."""
        components = neighbours.components(positions, box)
        x, y, z = components
        square = x * x + y * y + z * z
        own = neighbours.valid if neighbours.included is None else neighbours.included
        inside = own & (square < self.cutoff**2)
        distance = jnp.sqrt(jnp.where(inside, square, 1.0))
        charges = system.charges
        return components, distance, charges[:, None] * charges[neighbours.indices], inside

    def _curve(self, distance: Array) -> Array:
        """Return the energy of two unit charges in e^2/nm."""
        if self.method == "ewald":
            alpha = screening(self.cutoff, self.accuracy)[0]
            return jax.scipy.special.erfc(alpha * distance) / distance
        k, c = reaction_field(self.cutoff, self.reaction_field_dielectric)
        return 1.0 / distance + k * distance * distance - c

    def _beyond(self, system: System, positions: Array, box: Box) -> Array:
        """Return what an Ewald sum adds to the pairs inside the cutoff, e^2/nm."""
        if box is None:
            raise ValueError(
                "an Ewald sum needs a periodic box: use method 'reaction_field', with a cutoff "
                "larger than the molecule for plain Coulomb interaction"
            )
        assert self.k_max is not None
        alpha, longest = screening(self.cutoff, self.accuracy)
        charges = jnp.where(system.mask, system.charges, 0.0)
        energy = reciprocal_energy(positions, charges, box, alpha, self.k_max)
        energy = energy + constant_energy(charges, volume(box), alpha)
        others = system.exclusions
        if others.shape[1]:
            d = minimum_image(positions[others] - positions[:, None], box)
            square = jnp.sum(d * d, axis=-1)
            real = others != jnp.arange(others.shape[0])[:, None]
            r = jnp.sqrt(jnp.where(real, square, 1.0))
            screen = charges[:, None] * charges[others] * jax.scipy.special.erf(alpha * r) / r
            energy = energy - 0.5 * jnp.sum(jnp.where(real, screen, 0.0))
        edges = jnp.linalg.norm(box, axis=-1) * longest / (2 * jnp.pi)
        covered = jnp.all(edges < jnp.asarray(self.k_max) + 1)
        return jnp.where(covered, energy, jnp.nan)

    def lower(self) -> tuple[terms.Term, ...]:
        """Return the Coulomb term."""
        method: Any = self.method
        return (
            terms.Coulomb(
                self.cutoff, self.dielectric, method, self.reaction_field_dielectric, self.accuracy
            ),
        )


def reaction_field(cutoff: float, dielectric: float) -> tuple[float, float]:
    """Return k (1/nm^3) and c (1/nm) of 1/r + k r^2 - c for a medium beyond the cutoff (nm)."""
    share = 0.5 if np.isinf(dielectric) else (dielectric - 1) / (2 * dielectric + 1)
    k = share / cutoff**3
    return k, 1 / cutoff + k * cutoff**2


def check_neutral(topology: Topology) -> None:
    """Raise ValueError if the charges do not add up to zero, as a periodic sum needs."""
    total = float(np.sum(topology.charges))
    if abs(total) > NEUTRAL:
        raise ValueError(
            f"the particles carry a net charge of {total:.4g} e, and an Ewald sum needs a neutral "
            "box: add counter-ions, correct the charges, or use method 'reaction_field'"
        )


def check_coulomb(
    potential: Potential, topology: Topology, box: Float[np.ndarray, "*frame 3 3"] | None
) -> None:
    """Raise ValueError if an Ewald sum in a potential does not suit particles or boxes (nm)."""
    for part in potential.terms():
        if not isinstance(part, Coulomb) or part.method != "ewald":
            continue
        check_neutral(topology)
        if box is None:
            raise ValueError("an Ewald sum needs a periodic box: use method 'reaction_field'")
        check_wave_vectors(part, box)


def check_wave_vectors(
    potential: Potential,
    box: Float[np.ndarray, "*frame 3 3"],
    where: str = "",
    remedy: str = "make it with the `box` it is used in",
) -> None:
    """Raise ValueError if an Ewald sum in a potential has too few wave vectors for boxes (nm).

    Args:
        potential: the model.
        box: rows are its vectors.
        where: what the message says of the boxes, with a space before it.
        remedy: what it says can be done.
    """
    for part in potential.terms():
        if not isinstance(part, Coulomb) or part.method != "ewald":
            continue
        assert part.k_max is not None
        longest = screening(part.cutoff, part.accuracy)[1]
        edges = np.linalg.norm(box, axis=-1).reshape(-1, 3).max(axis=0)
        needed = needed_vectors(np.diag(edges), longest)
        if any(n > have for n, have in zip(needed, part.k_max, strict=True)):
            raise ValueError(
                f"box edges of {np.round(edges, 3).tolist()} nm{where} need k_max {needed}, this "
                f"Ewald sum has {part.k_max}: {remedy}"
            )
