"""Functions that take features to zero at the cutoff; beyond it they are zero."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def quintic_switch(
    distance: Float[Array, "*shape"], start: float, cutoff: float
) -> Float[Array, "*shape"]:
    """Return s(r): one up to `start`, zero from `cutoff` on, two continuous derivatives (nm).

    s = u^3 (-6 u^2 + 15 u - 10) + 1 with u = (r - start)/(cutoff - start)
    (Zhang et al., NeurIPS 31, 4436 (2018), as in their program DeePMD-kit).
    """
    u = jnp.clip((distance - start) / (cutoff - start), 0.0, 1.0)
    return u * u * u * (u * (15.0 - 6.0 * u) - 10.0) + 1.0


def cosine_cutoff(distance: Float[Array, "*shape"], cutoff: float) -> Float[Array, "*shape"]:
    """Return f(r) = (1 + cos(pi r/cutoff))/2; its second derivative jumps at the cutoff.

    (Behler and Parrinello, Phys. Rev. Lett. 98, 146401 (2007), equation 4.)
    """
    u = jnp.minimum(distance / cutoff, 1.0)
    return 0.5 * (1.0 + jnp.cos(jnp.pi * u))


def tanh_cutoff(distance: Float[Array, "*shape"], cutoff: float) -> Float[Array, "*shape"]:
    """Return f(r) = tanh^3(1 - r/cutoff), with two continuous derivatives at the cutoff.

    (Behler, J. Chem. Phys. 134, 074106 (2011).)
    """
    return jnp.tanh(1.0 - jnp.minimum(distance / cutoff, 1.0)) ** 3
