"""Spectral norms of layers, and the projection that bounds them."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.networks.mlp import MLP


def spectral_norms(network: MLP) -> Float[Array, " layer"]:
    """Return the largest singular value of each weight matrix."""
    return jnp.stack([jnp.linalg.norm(weight, ord=2) for weight in network.weights])


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
