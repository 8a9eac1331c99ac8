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


class SmoothEnvironment(eqx.Module):
    """D = (G^T R)(G_<^T R)^T, with rows R_j = w (1, x/r, y/r, z/r) for the neighbours j, w = s/r.

    G(w) are smooth functions of w, one `channel` each, which the caller gives (a small network);
    G_< are the first `axes` of them; s is the quintic switch from `start` to `cutoff` (nm).
    D is a sum over neighbours before it is a product, so rotations, mirrors and the order of
    neighbours leave it, and each neighbour enters and leaves with two continuous derivatives.
    (Zhang et al., NeurIPS 31, 4436 (2018), equations 5 to 10.)

    Raises:
        ValueError: if the switch does not start inside the cutoff, or `axes` is not positive.
    """

    cutoff: float = eqx.field(static=True)
    start: float = eqx.field(static=True)
    axes: int = eqx.field(static=True)

    def __init__(self, *, cutoff: float, start: float, axes: int = 4) -> None:
        self.cutoff, self.start, self.axes = float(cutoff), float(start), int(axes)
        check_switch(self.start, self.cutoff)
        if self.axes < 1:
            raise ValueError(f"axes {self.axes}: give at least one")

    def rows(self, around: Surroundings) -> Float[Array, "particle place 4"]:
        """Return w (1, x/r, y/r, z/r) in 1/nm, zero beyond the cutoff and for empty places."""
        inside = around.inside(self.cutoff)
        distance = jnp.sqrt(jnp.where(inside, around.square, 1.0))
        switch = quintic_switch(distance, self.start, self.cutoff)
        weight = jnp.where(inside, switch / distance, 0.0)
        direct = weight / distance
        return jnp.stack([weight, *(direct * component for component in around.components)], -1)

    def products(
        self, moments: Float[Array, "particle channel 4"]
    ) -> Float[Array, "particle feature"]:
        """Return the features (channel by channel, `axes` each) from the sums G^T R."""
        product = jnp.einsum("nmc,nac->nma", moments, moments[:, : self.axes])
        return product.reshape(len(moments), -1)

    def __call__(
        self, around: Surroundings, embedding: Embedding
    ) -> Float[Array, "particle feature"]:
        """Return channel x axes features of each particle, in 1/nm^2; zero without neighbours."""
        rows = self.rows(around)
        return self.products(summed(embedding(rows[:, :, 0]), rows))


def summed(
    channels: Float[Array, "particle channel place"], rows: Float[Array, "particle place 4"]
) -> Float[Array, "particle channel 4"]:
    """Return sums over the places; with these last in `channels` a CPU runs fastest."""
    return jnp.einsum("nmk,nkc->nmc", channels, rows)
