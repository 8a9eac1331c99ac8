"""A linear regression as a problem for optimisers: its solution is known."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from molscape.fit.problem import Problem

RANDOM = np.random.default_rng(0)
MATRIX, TARGET = RANDOM.normal(size=(7, 3)), RANDOM.normal(size=7)


class Regression(Problem):
    """Residuals H w - y of three parameters, whatever the batch; the loss is their mean square."""

    matrix: Array
    target: Array

    def batch(self, data, turn):
        return None

    def residuals(self, free, batch):
        return self.matrix @ free - self.target

    def loss(self, free, batch):
        return jnp.mean(self.residuals(free, batch) ** 2)


def regression(dtype=np.float64):
    """The problem in a precision."""
    return Regression(jnp.asarray(MATRIX, dtype), jnp.asarray(TARGET, dtype))
