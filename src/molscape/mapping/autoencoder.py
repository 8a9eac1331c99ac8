"""The coarse-graining autoencoder: atoms assigned to beads by annealed Gumbel softmax."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

RIDGE = 1e-6
"""Added to the beads' second moments, as a share of the atoms' spread: they have no inverse."""


class Autoencoder(eqx.Module):
    """Assignment logits W; loss E(C)/E_1 + weight F(C)/F_n of a soft assignment C.

    Each group of atoms that rigid bonds tie has a row of logits over the beads. A sample of the
    Gumbel softmax, softmax((W + g)/temperature), gives the memberships P; beads are at the
    centres z = C x with rows C = P^T divided by their sums. The linear decoder is not
    learned beside: for each C it is the one of least squares, in closed form from the second
    moments of the data. E is the mean squared error of the reconstruction, E_1 that of one bead;
    F = sum_I <|sum_i P_iI f_i|^2> is the square of the instantaneous mean force, F_n that of
    single atoms. (W. Wang and R. Gomez-Bombarelli, npj Comput. Mater. 5, 125 (2019), equation 7,
    in dimensionless form; Jang et al., ICLR (2017).)
    """

    logits: Float[Array, "group bead"]
    groups: Int[Array, " atom"]
    positions: Float[Array, "atom atom"]
    forces: Float[Array, "atom atom"] | None
    force_weight: Float[Array, ""]

    def sample(self, key: Array, temperature: Array) -> Float[Array, "atom bead"]:
        """Return the memberships of a draw at a temperature."""
        noise = jax.random.gumbel(key, self.logits.shape, self.logits.dtype)
        return jax.nn.softmax((self.logits + noise) / temperature, axis=1)[self.groups]

    def loss(self, key: Array, temperature: Array) -> Float[Array, ""]:
        """Return the dimensionless loss of one draw."""
        members = self.sample(key, temperature)
        total = soft_error(members, self.positions)
        if self.forces is not None:
            mapped = jnp.einsum("ib,ij,jb->", members, self.forces, members)
            total = total + self.force_weight * mapped / jnp.trace(self.forces)
        return total


def soft_error(
    members: Float[Array, "atom bead"], positions: Float[Array, "atom atom"]
) -> Float[Array, ""]:
    """Return the least error of a linear reconstruction from soft beads, that of one bead being 1.

    With rows C of members over their sums: tr(S - S C^T (C S C^T)^-1 C S) / tr S.
    """
    encoder = members.T / (jnp.sum(members, axis=0)[:, None] + RIDGE)
    mixed = encoder @ positions
    between = mixed @ encoder.T
    ridge = RIDGE * jnp.trace(positions) / len(positions)
    between = between + ridge * jnp.eye(len(between), dtype=between.dtype)
    explained = jnp.sum(mixed * jnp.linalg.solve(between, mixed))
    return 1.0 - explained / jnp.trace(positions)
