"""Spectral norms of layers, and the projection that bounds them."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.networks.mlp import MLP

SQUARINGS = 6
"""W^T W is raised to the power 2^6 before a vector is taken from it."""


def spectral_norms(network: MLP) -> Float[Array, " layer"]:
    """Return the largest singular value of each weight matrix."""
    return jnp.stack([_largest(weight) for weight in network.weights])


def _largest(weight: Float[Array, "after before"]) -> Float[Array, ""]:
    """Return the largest singular value by the power method, by matrix products only.

    A singular value decomposition of each layer would cost more than a step of a training.
    With a second value of 0.99 of the first the error is below 1e-3 of their difference.
    """
    gram = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    size = jnp.trace(gram)
    gram = gram / jnp.where(size > 0, size, 1.0)
    power = gram
    for _ in range(SQUARINGS):
        power = power @ power
        power = power / jnp.maximum(jnp.trace(power), jnp.finfo(power.dtype).tiny)
    # The column of the largest diagonal entry is never orthogonal to the first vector.
    vector = power[:, jnp.argmax(jnp.diagonal(power))]
    square = jnp.dot(vector, vector)
    ratio = jnp.dot(vector, gram @ vector) / jnp.where(square > 0, square, 1.0)
    return jnp.sqrt(ratio * size)


def project(network: MLP, bound: float) -> MLP:
    """Return the network with W <- W / max(sigma_max(W) / bound, 1) in every layer.

    A network of n layers with activations of slope at most one is then Lipschitz continuous
    with constant bound^n, so its force cannot run away outside the data (Gouk et al., Mach.
    Learn. 110, 393 (2021); in CGnet: Wang et al., ACS Cent. Sci. 5, 755 (2019)).

    Raises:
        ValueError: if the bound is not positive.
    """
    if not bound > 0:
        raise ValueError(f"spectral bound {bound:g}: give a positive number, such as 4")
    scales = jnp.maximum(spectral_norms(network) / bound, 1.0)
    weights = tuple(weight / scale for weight, scale in zip(network.weights, scales, strict=True))
    return eqx.tree_at(lambda n: n.weights, network, weights)
