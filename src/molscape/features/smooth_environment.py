"""DeepPot-SE's descriptor: invariant, without order or axes, smooth wherever neighbours go."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.features.cutoffs import quintic_switch
from molscape.features.local_frame import check_switch
from molscape.features.surroundings import Surroundings

Embedding = Callable[[Float[Array, "particle place"]], Float[Array, "particle channel place"]]


BLOCKS = {1: ((0, 4),), 2: ((0, 4), (4, 9)), 3: ((0, 4), (4, 9), (9, 16))}
"""Columns of the rows that are multiplied together, for each degree."""


class SmoothEnvironment(eqx.Module):
    """D = (G^T R)(G_<^T R)^T, with rows R_j = w (1, x/r, y/r, z/r) for the neighbours j, w = s/r.

    G(w) are smooth functions of w, one `channel` each, which the caller gives (a small network);
    G_< are the first `axes` of them; s is the quintic switch from `start` to `cutoff` (nm).
    D is a sum over neighbours before it is a product, so rotations, mirrors and the order of
    neighbours leave it, and each neighbour enters and leaves with two continuous derivatives.
    (Zhang et al., NeurIPS 31, 4436 (2018), equations 5 to 10.)

    Products of vectors hold the cosines of the angles between two neighbours, and nothing of
    their squares. A `degree` of two or three adds such products of tensors, one block for each:
    rows of w times the real spherical harmonics Y_2 (and Y_3) of x/r, scaled so that the product
    of two directions is the Legendre polynomial P_l of their cosine. (The power spectrum of
    A. Bartok et al., Phys. Rev. B 87, 184115 (2013), with radial functions that are learned.)

    Raises:
        ValueError: if the switch does not start inside the cutoff, `axes` is not positive, or
            the degree is not 1, 2 or 3.
    """

    cutoff: float = eqx.field(static=True)
    start: float = eqx.field(static=True)
    axes: int = eqx.field(static=True)
    degree: int = eqx.field(static=True)

    def __init__(self, *, cutoff: float, start: float, axes: int = 4, degree: int = 1) -> None:
        self.cutoff, self.start = float(cutoff), float(start)
        self.axes, self.degree = int(axes), int(degree)
        check_switch(self.start, self.cutoff)
        if self.axes < 1:
            raise ValueError(f"axes {self.axes}: give at least one")
        if self.degree not in BLOCKS:
            raise ValueError(f"degree {self.degree}: use one of {sorted(BLOCKS)}")

    def size(self, channels: int) -> int:
        """Return the number of features."""
        return self.degree * channels * min(self.axes, channels)

    def rows(self, around: Surroundings) -> Float[Array, "particle column place"]:
        """Return w (1, x/r, y/r, z/r, ...) in 1/nm, zero beyond the cutoff and in empty places."""
        inside = around.inside(self.cutoff)
        distance = jnp.sqrt(jnp.where(inside, around.square, 1.0))
        switch = quintic_switch(distance, self.start, self.cutoff)
        weight = jnp.where(inside, switch / distance, 0.0)
        x, y, z = (component / distance for component in around.components)
        columns = [jnp.ones_like(weight), x, y, z]
        if self.degree > 1:
            columns += _second(x, y, z)
        if self.degree > 2:
            columns += _third(x, y, z)
        return jnp.stack([weight * column for column in columns], 1)

    def products(
        self, moments: Float[Array, "particle channel column"]
    ) -> Float[Array, "particle feature"]:
        """Return the features (channel by channel, `axes` each) from the sums G^T R."""
        parts = [moments[:, :, begin:end] for begin, end in BLOCKS[self.degree]]
        found = [jnp.einsum("nmc,nac->nma", part, part[:, : self.axes]) for part in parts]
        return jnp.stack(found, axis=1).reshape(len(moments), -1)

    def __call__(
        self, around: Surroundings, embedding: Embedding
    ) -> Float[Array, "particle feature"]:
        """Return `size` features of each particle, in 1/nm^2; zero without neighbours."""
        rows = self.rows(around)
        return self.products(summed(embedding(rows[:, 0]), rows))


def summed(
    channels: Float[Array, "particle channel place"], rows: Float[Array, "particle column place"]
) -> Float[Array, "particle channel column"]:
    """Return sums over the places; with these last in both a CPU runs fastest."""
    return jnp.einsum("nmk,nck->nmc", channels, rows)


def _second(x: Array, y: Array, z: Array) -> list[Array]:
    """Return the five harmonics of degree two, whose squares sum to one."""
    root = 3**0.5
    return [
        root * x * y,
        root * y * z,
        root * z * x,
        0.5 * root * (x * x - y * y),
        1.5 * z * z - 0.5 * (x * x + y * y + z * z),
    ]


def _third(x: Array, y: Array, z: Array) -> list[Array]:
    """Return the seven harmonics of degree three, whose squares sum to one."""
    five = 5 * z * z - (x * x + y * y + z * z)
    return [
        z * (0.5 * five - (x * x + y * y + z * z)),
        (6**0.5 / 4) * x * five,
        (6**0.5 / 4) * y * five,
        (15**0.5 / 2) * z * (x * x - y * y),
        15**0.5 * x * y * z,
        (10**0.5 / 4) * x * (x * x - 3 * y * y),
        (10**0.5 / 4) * y * (3 * x * x - y * y),
    ]
