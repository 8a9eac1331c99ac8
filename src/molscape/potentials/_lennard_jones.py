"""The Lennard-Jones pair potential."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.potentials._pair import PairPotential, check_pairs

SMOOTH = {"none": -1, "shift": 0, "force": 1}
"""Number of continuous derivatives at the cutoff for each way to cut."""


class LennardJones(PairPotential):
    """u(r) = 4 epsilon [(sigma/r)^12 - (sigma/r)^6] inside the cutoff (kJ/mol and nm).

    `smooth`: "none" cuts the energy as it is, "shift" (default) moves u(cutoff) to zero,
    "force" also moves u'(cutoff) to zero.
    (Jones, Proc. R. Soc. A 106, 463 (1924).)

    Raises:
        ValueError: if `smooth` is not known or shapes disagree.
    """

    kind: ClassVar[str] = "lennard_jones"

    epsilon: Float[Array, " pair"]
    sigma: Float[Array, " pair"]
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)
    smooth: str = eqx.field(static=True)

    def __init__(
        self,
        *,
        epsilon: Any,
        sigma: Any,
        pairs: tuple[tuple[str, str], ...],
        cutoff: float,
        smooth: str = "shift",
    ) -> None:
        self.epsilon = jnp.atleast_1d(jnp.asarray(epsilon, dtype=float))
        self.sigma = jnp.atleast_1d(jnp.asarray(sigma, dtype=float))
        self.pairs = tuple((str(a), str(b)) for a, b in pairs)
        self.cutoff, self.smooth = float(cutoff), smooth
        check_pairs(self.pairs, self.epsilon.shape[0])
        check_pairs(self.pairs, self.sigma.shape[0])
        if smooth not in SMOOTH:
            raise ValueError(f"smooth {smooth!r} of Lennard-Jones: use one of {tuple(SMOOTH)}")

    @property
    def smoothness(self) -> int:
        """Minus one, zero or one, as `smooth` says."""
        return SMOOTH[self.smooth]

    def _bare(self, distance: Array | float, epsilon: Array, sigma: Array) -> tuple[Array, Array]:
        """Return u and u' without any shift."""
        inverse = 1.0 / distance
        s2 = (sigma * inverse) * (sigma * inverse)
        s6 = s2 * s2 * s2
        energy = 4 * epsilon * (s6 * s6 - s6)
        slope = -24 * epsilon * (2 * s6 * s6 - s6) * inverse
        return energy, slope

    def pair_energy(self, distance: Array, row: Array | int) -> Array:
        """Return u(r)."""
        epsilon, sigma = self.epsilon[row], self.sigma[row]
        energy, _ = self._bare(distance, epsilon, sigma)
        if self.smooth == "none":
            return energy
        end, end_slope = self._bare(self.cutoff, epsilon, sigma)
        energy = energy - end
        if self.smooth == "force":
            energy = energy - (distance - self.cutoff) * end_slope
        return energy

    def lower(self) -> tuple[terms.Term, ...]:
        """Return one Lennard-Jones term for each pair."""
        return tuple(
            terms.LennardJones(
                pair, float(self.epsilon[k]), float(self.sigma[k]), self.cutoff, self.smooth
            )
            for k, pair in enumerate(self.pairs)
        )
