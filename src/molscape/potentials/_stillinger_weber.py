"""The Stillinger-Weber potential of one bead type."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential
from molscape.core.system import System

NAMES = ("epsilon", "sigma", "a", "lambda_", "gamma", "cos_theta0", "A", "B", "p", "q")

FREE = ("sigma", "lambda_", "gamma", "cos_theta0", "A", "B", "p")
"""What a fit may change unless told otherwise: epsilon only scales A and lambda."""


class StillingerWeber(Potential):
    """U = sum_{i<j} phi2(r_ij) + sum_i sum_{j<k} phi3(r_ij, r_ik, theta_jik).

    phi2 = A epsilon [B (sigma/r)^p - (sigma/r)^q] exp(sigma/(r - a sigma)),
    phi3 = lambda epsilon (cos theta - cos theta0)^2
           exp(gamma sigma/(r_ij - a sigma)) exp(gamma sigma/(r_ik - a sigma)).
    The square is a polynomial in the unit vectors, so the sum over triplets becomes sums over
    neighbours (moments of order 0, 1 and 2): the cost is linear in the neighbours.
    epsilon in kJ/mol, sigma in nm; a `cutoff` beyond a sigma leaves room for a fit to move them.
    A fit changes the parameters named in `free`; forces determine only the products of epsilon
    with A and lambda, so one of the three is to be held.
    (Stillinger and Weber, Phys. Rev. B 31, 5262 (1985).)

    Raises:
        ValueError: if a parameter is missing or unknown, or the cutoff is below a sigma.
    """

    kind: ClassVar[str] = "stillinger_weber"

    values: dict[str, Float[Array, ""]]
    type: str = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)
    free: tuple[str, ...] = eqx.field(static=True)

    def __init__(
        self,
        *,
        type: str,
        cutoff: float | None = None,
        free: tuple[str, ...] = FREE,
        **parameters: float,
    ) -> None:
        unknown = (set(parameters) ^ set(NAMES)) | (set(free) - set(NAMES))
        if unknown:
            raise ValueError(
                f"Stillinger-Weber parameters {sorted(unknown)} are missing or unknown: "
                f"it takes {NAMES}"
            )
        self.values = {name: jnp.asarray(parameters[name], dtype=float) for name in NAMES}
        self.type, self.free = type, tuple(free)
        natural = parameters["a"] * parameters["sigma"]
        self.cutoff = float(natural if cutoff is None else cutoff)
        if self.cutoff < natural * (1 - 1e-6):
            raise ValueError(
                f"cutoff {self.cutoff:g} nm is below a sigma = {natural:g} nm, where the energy "
                "ends: leave `cutoff` out, or make it larger"
            )

    @property
    def reach(self) -> float:
        """The cutoff in nm, a sigma if not given."""
        return self.cutoff

    @property
    def smoothness(self) -> int:
        """Every derivative vanishes at the cutoff; two are declared."""
        return 2

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the two-body and three-body energy."""
        epsilon, sigma, a, lambda_, gamma, cos_theta0, A, B, p, q = (
            self.values[name] for name in NAMES
        )
        d = neighbours.displacements(positions, box)
        square = jnp.sum(d * d, axis=-1)
        end = a * sigma
        inside = (square > 0) & (square < (end * (1 - 1e-6)) ** 2)
        if self.type not in system.types:
            return jnp.zeros((), positions.dtype)
        species = system.types.index(self.type)
        mine = system.species == species
        inside = inside & mine[:, None] & mine[neighbours.indices]
        r = jnp.sqrt(jnp.where(inside, square, (0.5 * end) ** 2))
        tail = 1.0 / (r - end)
        ratio = sigma / r
        phi2 = A * epsilon * (B * ratio**p - ratio**q) * jnp.exp(sigma * tail)
        two = 0.5 * jnp.sum(jnp.where(inside, phi2, 0.0))
        weight = jnp.where(inside, jnp.exp(gamma * sigma * tail), 0.0)
        unit = d / r[..., None]
        zeroth = jnp.sum(weight, axis=1)
        first = jnp.einsum("ik,ika->ia", weight, unit)
        second = jnp.einsum("ik,ika,ikb->iab", weight, unit, unit)
        every = (
            jnp.sum(second * second)
            - 2 * cos_theta0 * jnp.sum(first * first)
            + cos_theta0**2 * jnp.sum(zeroth * zeroth)
        )
        same = (1 - cos_theta0) ** 2 * jnp.sum(weight * weight)
        return two + 0.5 * lambda_ * epsilon * (every - same)

    def lower(self) -> tuple[terms.Term, ...]:
        """Return the Stillinger-Weber term."""
        values = {name: float(self.values[name]) for name in NAMES}
        return (terms.StillingerWeber(types=(self.type,), **values),)

    def trainable(self) -> StillingerWeber:
        """Return a tree of this shape with True for the parameters named in `free`."""
        chosen = {name: name in self.free for name in NAMES}
        return eqx.tree_at(lambda tree: tree.values, self, chosen)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the ten parameters in the order of `NAMES`."""
        return {"values": np.array([float(self.values[name]) for name in NAMES])}

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> StillingerWeber:
        """Rebuild from settings and arrays."""
        parameters = {k: float(v) for k, v in zip(NAMES, arrays["values"], strict=True)}
        free = tuple(settings.get("free", FREE))
        return cls(**{**settings, **parameters, "free": free})
