"""What all pair potentials share: the sum over neighbours and the analytic force."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential, cast
from molscape.core.system import System


class PairPotential(Potential):
    """U = sum over pairs i < j of u_ab(r_ij), where a and b are the types of the two.

    `pairs` lists the type pairs that interact, row k of every parameter belongs to `pairs[k]`.
    Types that no pair names do not interact.
    """

    coordinate: ClassVar[str] = "pair"

    pairs: eqx.AbstractVar[tuple[tuple[str, str], ...]]
    cutoff: eqx.AbstractVar[float]

    @abstractmethod
    def pair_energy(self, distance: Array, row: Array | int) -> Array:
        """Return u(r) in kJ/mol, elementwise; `row` picks the type pair's parameters."""

    @property
    def reach(self) -> float:
        """The cutoff in nm."""
        return self.cutoff

    @property
    def row_types(self) -> tuple[tuple[str, ...], ...]:
        """The pairs."""
        return self.pairs

    def curve(self, x: Float[Array, "*point"], row: int) -> Float[Array, "*point"]:
        """Return u(r) of a row, zero from the cutoff on."""
        return jnp.where(x < self.cutoff, self.pair_energy(x, row), 0.0)

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return half the sum over the full list."""
        _, distance, row, inside = self._geometry(system, positions, box, neighbours)
        return 0.5 * jnp.sum(jnp.where(inside, self.pair_energy(distance, row), 0.0))

    def forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "particle 3"]:
        """Return F_i = sum_j u'(r_ij) (x_j - x_i)/r_ij: the full list needs no scatter."""
        components, distance, row, inside = self._geometry(system, positions, box, neighbours)
        slope = self.pair_slope(distance, row)
        weight = jnp.where(inside, slope / distance, 0.0)
        return jnp.stack([jnp.sum(weight * component, axis=1) for component in components], axis=-1)

    def pair_slope(self, distance: Array, row: Array | int) -> Array:
        """Return u'(r) in kJ/mol/nm, elementwise, by forward differentiation."""
        return jax.jvp(lambda r: self.pair_energy(r, row), (distance,), (jnp.ones_like(distance),))[
            1
        ]

    def tabulate(
        self, distance: Float[np.ndarray, " point"], pair: tuple[str, ...] | str
    ) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
        """Return u(r) in kJ/mol and -u'(r) in kJ/mol/nm of a type pair, in double precision.

        Zero from the cutoff on, and for a pair that does not interact.
        """
        pair = tuple(pair.split("-")) if isinstance(pair, str) else pair
        rows = [k for k, own in enumerate(self.pairs) if sorted(own) == sorted(pair)]
        if not rows:
            return np.zeros_like(distance), np.zeros_like(distance)
        with jax.enable_x64(True):
            r, row = jnp.asarray(distance, dtype=jnp.float64), jnp.asarray(rows[0])
            energy, slope = _values(cast(self, jnp.float64), r, row)
            inside = distance < self.cutoff
            return np.where(inside, energy, 0.0), np.where(inside, -slope, 0.0)

    def _geometry(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[tuple[Array, Array, Array], Array, Array | int, Array]:
        components = neighbours.components(positions, box)
        square = sum(component * component for component in components)
        inside = (square < self.cutoff * self.cutoff) & (square > 0)
        if neighbours.included is not None:
            inside = inside & neighbours.included
        table = pair_rows(self.pairs, system.types)
        row: Array | int = 0
        if np.any(table != 0):
            lookup = jnp.asarray(table)
            row = lookup[system.species[:, None], system.species[neighbours.indices]]
            inside = inside & (row >= 0)
        distance = jnp.sqrt(jnp.where(inside, square, 1.0))
        return components, distance, row, inside


@eqx.filter_jit
def _values(potential: PairPotential, distance: Array, row: Array) -> tuple[Array, Array]:
    return potential.pair_energy(distance, row), potential.pair_slope(distance, row)


def pair_rows(pairs: tuple[tuple[str, str], ...], types: tuple[str, ...]) -> np.ndarray:
    """Return (type, type) parameter rows of a system's types; -1 where a pair is not named."""
    table = np.full((len(types), len(types)), -1, dtype=np.int32)
    for row, (a, b) in enumerate(pairs):
        if a in types and b in types:
            i, j = types.index(a), types.index(b)
            table[i, j] = table[j, i] = row
    return table


def check_pairs(pairs: tuple[tuple[str, str], ...], rows: int) -> None:
    """Raise ValueError unless every pair is named once and has a row of parameters."""
    sorted_pairs = [tuple(sorted(pair)) for pair in pairs]
    if len(set(sorted_pairs)) != len(pairs):
        raise ValueError(f"a type pair is named twice in {pairs}: name each pair once")
    if rows != len(pairs):
        raise ValueError(
            f"{len(pairs)} type pairs but {rows} rows of parameters: give one per pair"
        )
