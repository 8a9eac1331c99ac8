"""A linear regression as a problem for optimisers: its solution is known."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.fit.optimisers import Problem
from molscape.objectives import ForceMatching
from molscape.objectives.objective import Batch

RANDOM = np.random.default_rng(0)
MATRIX, TARGET = RANDOM.normal(size=(7, 3)), RANDOM.normal(size=7)


class Regression(Problem):
    """Residuals H w - y of three parameters, whatever the batch."""

    matrix: Array
    target: Array

    def residuals(self, free, batch):
        return self.matrix @ free - self.target

    def loss(self, free, batch):
        return jnp.mean(self.residuals(free, batch) ** 2) / self.scale


def regression(dtype=np.float64, scale=1.0):
    """The problem in a precision; `scale` divides its loss."""
    matrix, target, scale = (jnp.asarray(own, dtype) for own in (MATRIX, TARGET, scale))
    return Regression(None, ForceMatching(), scale, matrix, target)


def empty_batch(dtype=np.float64):
    """One frame of one bead, which nothing looks at."""
    return Batch(
        system=System.build(Topology.build(["A"], masses=np.ones(1)), 300.0),
        positions=jnp.zeros((1, 1, 3), dtype),
        forces=jnp.zeros((1, 1, 3), dtype),
        box=None,
        weight=jnp.ones(1, dtype),
        search=NeighbourSearch(cutoff=0.0, skin=0.0, capacity=1, cells=None, cell_capacity=0),
    )
