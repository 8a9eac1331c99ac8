"""Pair potentials given as tables of energy and force."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.terms import PairTable, Term
from molscape.potentials._pair import PairPotential, check_pairs


class TabulatedPair(PairPotential):
    """u(r) by cubic Hermite interpolation of energies and slopes on a uniform grid.

    The grid runs from `start` to `cutoff` (nm) with as many points as `energy` (kJ/mol) and
    `force` (-u', kJ/mol/nm) have columns; row k belongs to `pairs[k]`. Below `start` the
    energy goes on along its tangent. Interpolation error falls with the fourth power of the
    spacing, and force and energy belong to each other exactly.

    Raises:
        ValueError: if shapes disagree, or energy or force are not zero at the cutoff.
    """

    kind: ClassVar[str] = "tabulated_pair"

    energy: Float[Array, "pair point"]
    force: Float[Array, "pair point"]
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    start: float = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)

    def __init__(
        self,
        *,
        start: float,
        cutoff: float,
        energy: Any,
        force: Any,
        pairs: tuple[tuple[str, str], ...],
    ) -> None:
        self.energy = jnp.atleast_2d(jnp.asarray(energy, dtype=float))
        self.force = jnp.atleast_2d(jnp.asarray(force, dtype=float))
        self.pairs = tuple((str(a), str(b)) for a, b in pairs)
        self.start, self.cutoff = float(start), float(cutoff)
        check_pairs(self.pairs, self.energy.shape[0])
        if self.energy.shape != self.force.shape or self.energy.shape[1] < 2:
            raise ValueError(
                f"energy {self.energy.shape} and force {self.force.shape} of a table: give both "
                "for every pair at the same two or more points"
            )
        ends = np.abs(np.asarray([self.energy[:, -1], self.force[:, -1]]))
        if np.any(ends > 1e-8):
            raise ValueError(
                f"the table ends with energy or force {ends.max():g} at the cutoff: shift it so "
                "that both are zero there"
            )

    def pair_energy(self, distance: Array, row: Array | int) -> Array:
        """Return u(r)."""
        points = self.energy.shape[1]
        step = (self.cutoff - self.start) / (points - 1)
        t = (distance - self.start) / step
        left = jnp.clip(jnp.floor(t).astype(jnp.int32), 0, points - 2)
        x = t - left
        base = left + points * (row if isinstance(row, int) else jnp.maximum(row, 0))
        energy, slope = self.energy.reshape(-1), -step * self.force.reshape(-1)
        u0, u1, s0, s1 = energy[base], energy[base + 1], slope[base], slope[base + 1]
        rise = u1 - u0
        high = jnp.maximum(x, 0.0)
        curve = high * ((3 * rise - 2 * s0 - s1) + high * (s0 + s1 - 2 * rise))
        return u0 + x * (s0 + jnp.where(x > 0, curve, 0.0))

    def span(self, label: str) -> tuple[float, float] | None:
        """Return the range of the table."""
        return self.start, self.cutoff

    def lower(self) -> tuple[Term, ...]:
        """Return one table for each pair, as given."""
        distance = np.linspace(self.start, self.cutoff, self.energy.shape[1])
        arrays = self.arrays()
        energy, force = arrays["energy"], arrays["force"]
        return tuple(
            PairTable(pair, distance, energy[k], force[k]) for k, pair in enumerate(self.pairs)
        )
