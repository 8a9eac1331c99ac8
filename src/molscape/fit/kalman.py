"""The multistream extended Kalman filter: second-order steps for small networks."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from molscape.fit.optimisers import Optimiser
from molscape.fit.problem import Problem

LARGEST = 6000
"""Parameters beyond which the covariance (their number squared) is refused: 288 MB at 6000."""


class Covariance(eqx.Module):
    """The filter's state: covariance of the parameters and the fading memory."""

    matrix: Float[Array, "parameter parameter"]
    memory: Float[Array, ""]


class Kalman(Optimiser):
    """Global extended Kalman filter over all parameters, all residuals of a batch at once.

    K = P H (lambda R + H^T P H)^-1, w <- w - K e, P <- (P - K H^T P) / lambda + Q, with
    H = de/dw and residuals e (the streams); the memory grows by lambda_k = lambda_0
    lambda_(k-1) + 1 - lambda_0. The cost grows as the square of the number of parameters: for
    one or two hidden layers of fewer than 100 nodes. `noise` is the variance of a residual in
    units of the zero model's loss.
    (Singhal and Wu, NIPS 1988; Blank and Brown, J. Chemometrics 8, 391 (1994).)

    Args:
        memory, growth: first lambda and lambda_0.
        noise: R, a residual's variance.
        process: Q, added to the variance of each parameter after a step.
        variance: of each parameter before the first step.
    """

    kind: ClassVar[str] = "kalman"

    memory: float = eqx.field(static=True, default=0.99)
    growth: float = eqx.field(static=True, default=0.999)
    noise: float = eqx.field(static=True, default=0.7)
    process: float = eqx.field(static=True, default=1e-7)
    variance: float = eqx.field(static=True, default=0.01)

    def init(self, free: Any) -> Covariance:
        """Return the state before the first step.

        Raises:
            ValueError: if there are too many parameters.
        """
        flat, _ = ravel_pytree(free)
        if len(flat) > LARGEST:
            raise ValueError(
                f"a Kalman filter over {len(flat)} parameters needs their square in numbers: use "
                f"at most {LARGEST}, by smaller layers, or another optimiser such as adam"
            )
        return Covariance(
            jnp.eye(len(flat), dtype=flat.dtype) * self.variance,
            jnp.asarray(self.memory, dtype=flat.dtype),
        )

    def step(
        self, problem: Problem, free: Any, state: Covariance, batch: Any, rate: Array
    ) -> tuple[Any, Covariance, Array]:
        """Return parameters and state after a step, and the loss before it."""
        flat, unravel = ravel_pytree(free)

        def residuals(w: Array) -> Array:
            return problem.residuals(unravel(w), batch)

        error = residuals(flat)
        slope = jax.jacrev(residuals)(flat)
        carried = slope @ state.matrix
        inner = carried @ slope.T
        inner = inner + state.memory * self.noise * jnp.eye(len(error), dtype=flat.dtype)
        factor = jax.scipy.linalg.cho_factor(inner)
        change = carried.T @ jax.scipy.linalg.cho_solve(factor, error)
        gained = carried.T @ jax.scipy.linalg.cho_solve(factor, carried)
        matrix = (state.matrix - gained) / state.memory
        # Rounding would break the symmetry over many steps.
        matrix = 0.5 * (matrix + matrix.T)
        matrix = matrix + self.process * jnp.eye(len(flat), dtype=flat.dtype)
        memory = self.growth * state.memory + (1 - self.growth)
        loss = jnp.mean(error**2)
        return unravel(flat - rate.astype(flat.dtype) * change), Covariance(matrix, memory), loss
