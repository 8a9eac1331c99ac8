"""DeePCG's local-frame descriptors: neighbours sorted by distance, in axes that turn along."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from molscape.core.space import Components
from molscape.features.cutoffs import quintic_switch
from molscape.features.surroundings import Surroundings

STRAIGHT = 1e-8
"""Squared sine below which the second neighbour is taken to lie on the line of the first."""


class LocalFrame(eqx.Module):
    """Features (1/R, x/R^2, y/R^2, z/R^2) of the nearest neighbours, 1/R of further ones, in 1/nm.

    Axes: e1 points to the nearest neighbour of any type, e2 to the second nearest less its part
    along e1, e3 = e1 x e2. Of each type the `full[type]` nearest neighbours inside the `cutoff`
    (nm) give four numbers, the next `radial[type]` give 1/R; sorted by distance, first the full
    ones of all types, then the radial ones. Empty places are zero, and so are y and z
    while fewer than two neighbours, or two on one line, define no plane.

    The features jump where two neighbours change places in the order, and at the cutoff; with a
    `start` (nm) all are multiplied by the quintic switch s(R), and the jump at the cutoff goes
    for all but the axes. Mirror images differ. (Zhang et al., J. Chem. Phys. 149, 034101 (2018);
    Phys. Rev. Lett. 120, 143001 (2018).)

    Raises:
        ValueError: if there is no feature, or the switch does not start inside the cutoff.
    """

    cutoff: float = eqx.field(static=True)
    full: tuple[int, ...] = eqx.field(static=True)
    radial: tuple[int, ...] = eqx.field(static=True)
    start: float | None = eqx.field(static=True)

    def __init__(
        self,
        *,
        cutoff: float,
        full: tuple[int, ...],
        radial: tuple[int, ...] | None = None,
        start: float | None = None,
    ) -> None:
        self.cutoff, self.start = float(cutoff), start
        self.full = tuple(full)
        self.radial = tuple(radial) if radial is not None else (0,) * len(self.full)
        if len(self.radial) != len(self.full):
            raise ValueError(
                f"{len(self.full)} numbers of full neighbours but {len(self.radial)} of radial "
                "ones: give one of each per type"
            )
        if min((*self.full, *self.radial), default=-1) < 0 or self.size == 0:
            raise ValueError(
                f"neighbours kept: full {self.full}, radial {self.radial}; keep at least one"
            )
        check_switch(start, self.cutoff)

    @property
    def size(self) -> int:
        """Number of features of a particle."""
        return 4 * sum(self.full) + sum(self.radial)

    def __call__(self, around: Surroundings) -> Float[Array, "particle feature"]:
        """Return the features of each particle."""
        kept = [self._nearest(around, kind) for kind in range(len(self.full))]
        e1, e2, e3 = _axes(kept)
        full, radial = [], []
        for vectors, found, count, more in zip(
            *_columns(kept), self.full, self.radial, strict=True
        ):
            inverse, direct = _weights(vectors, found, self.cutoff, self.start)
            along = [_dot(vectors, e) * direct for e in (e1, e2, e3)]
            full.append(jnp.stack([inverse, *along], axis=-1)[:, :count])
            radial.append(inverse[:, count : count + more])
        first = jnp.concatenate(full, axis=1).reshape(len(around.own), -1)
        return jnp.concatenate([first, *radial], axis=1)

    def _nearest(self, around: Surroundings, kind: int) -> tuple[Components, Array]:
        """Return displacements to the nearest of a type, in order, and which places are taken.

        At least two, for the axes; the order is not differentiated, it is piecewise constant.
        """
        width = max(self.full[kind] + self.radial[kind], 2)
        wanted = around.inside(self.cutoff) & (around.other == kind)
        nearness = jnp.where(wanted, -jax.lax.stop_gradient(around.square), -jnp.inf)
        value, place = jax.lax.top_k(nearness, min(width, nearness.shape[1]))
        missing = ((0, 0), (0, width - place.shape[1]))
        place = jnp.pad(place, missing)
        found = jnp.pad(value > -jnp.inf, missing)
        x, y, z = (
            jnp.where(found, jnp.take_along_axis(component, place, axis=1), 0.0)
            for component in around.components
        )
        return (x, y, z), found


def check_switch(start: float | None, cutoff: float) -> None:
    """Raise ValueError unless the cutoff is positive and the switch starts inside it."""
    if not cutoff > 0:
        raise ValueError(f"cutoff {cutoff:g} nm: give a positive distance")
    if start is not None and not 0 <= start < cutoff:
        raise ValueError(
            f"the switch starts at {start:g} nm, which is not inside the cutoff {cutoff:g} nm: "
            "choose a smaller `start`"
        )


def _columns(kept: list[tuple[Components, Array]]) -> tuple[list[Components], list[Array]]:
    return [vectors for vectors, _ in kept], [found for _, found in kept]


def _weights(
    vectors: Components, found: Bool[Array, "particle place"], cutoff: float, start: float | None
) -> tuple[Array, Array]:
    """Return s/R and s/R^2, zero for empty places."""
    square = jnp.where(found, _dot(vectors, vectors), 1.0)
    distance = jnp.sqrt(square)
    switch = found.astype(distance.dtype)
    if start is not None:
        switch = switch * quintic_switch(distance, start, cutoff)
    return switch / distance, switch / square


def _axes(kept: list[tuple[Components, Array]]) -> tuple[Components, Components, Components]:
    """Return e1, e2 and e3 as (particle, 1) components, from the two nearest of all types."""
    found = jnp.concatenate([found[:, :2] for _, found in kept], axis=1)
    x, y, z = (
        jnp.concatenate([vectors[k][:, :2] for vectors, _ in kept], axis=1) for k in range(3)
    )
    if len(kept) > 1:
        square = jax.lax.stop_gradient(x * x + y * y + z * z)
        _, order = jax.lax.top_k(jnp.where(found, -square, -jnp.inf), 2)
        x, y, z, found = (_pick(column, order) for column in (x, y, z, found))
    a, b = ((x[:, k, None], y[:, k, None], z[:, k, None]) for k in range(2))
    e1 = _unit(a, found[:, :1])
    along = _dot(b, e1)
    b_square = _dot(b, b)
    across = (b[0] - along * e1[0], b[1] - along * e1[1], b[2] - along * e1[2])
    plane = found[:, 1:] & (_dot(across, across) > STRAIGHT * b_square)
    e2 = _unit(across, plane)
    return e1, e2, _cross(e1, e2)


def _pick(column: Array, order: Int[Array, "particle 2"]) -> Array:
    return jnp.take_along_axis(column, order, axis=1)


def _unit(vector: Components, defined: Array) -> Components:
    """Return the unit vector, zero where it is not defined."""
    square = jnp.where(defined, _dot(vector, vector), 1.0)
    scale = jnp.where(defined, 1.0 / jnp.sqrt(square), 0.0)
    return vector[0] * scale, vector[1] * scale, vector[2] * scale


def _dot(a: Components, b: Components) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Components, b: Components) -> Components:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
