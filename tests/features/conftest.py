"""A triclinic crowd of three types, of which features ask for two."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import Neighbours
from molscape.core.space import minimum_image
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.features import Surroundings

BOX = np.array([[1.3, 0, 0], [0.3, 1.2, 0], [-0.25, 0.2, 1.25]])
NAMES = np.array(["O", "H", "H", "O", "X", "H"] * 5)
TYPES = ("H", "O")
CUTOFF = 0.5


@dataclass
class Crowd:
    """Positions, and their surroundings in terms of `TYPES`: a list of all others, one empty."""

    positions: np.ndarray
    box: np.ndarray | None
    double: bool = True

    def around(self, positions=None):
        """The surroundings as JAX arrays, differentiable in the positions given."""
        x = self.positions if positions is None else positions
        dtype = jnp.float64 if self.double else jnp.float32
        topology = Topology.build(NAMES, masses=np.ones(len(NAMES)), bonds=np.array([[0, 1]]))
        system = System.build(topology, 300.0)
        box = None if self.box is None else jnp.asarray(self.box, dtype)
        n = len(NAMES)
        others = np.array([[j for j in range(n) if j != i] + [i] for i in range(n)], np.int32)
        empty = jnp.zeros((), jnp.int32)
        neighbours = Neighbours(
            jnp.asarray(others), None, jnp.asarray(x, dtype), empty, empty, cutoff=0.5, skin=0.0
        )
        return Surroundings.of(TYPES, system, jnp.asarray(x, dtype), box, neighbours)

    def evaluate(self, features, positions=None):
        positions = self.positions if positions is None else positions
        with jax.enable_x64(self.double):
            return np.asarray(jax.jit(lambda x: features(self.around(x)))(positions))

    def neighbours(self, i):
        """Displacements and types of all within the cutoff of i, nearest first, by a plain loop."""
        d = minimum_image(self.positions - self.positions[i], self.box)
        r = np.linalg.norm(d, axis=1)
        rows = [j for j in np.argsort(r) if 0 < r[j] < CUTOFF and NAMES[j] in TYPES]
        return d[rows], np.array([TYPES.index(NAMES[j]) for j in rows], dtype=int)

    def check_derivatives(self, features, step=1e-6, tolerance=1e-6):
        """A random sum of features against central differences in a random direction."""
        random = np.random.default_rng(8)
        with jax.enable_x64(True):
            weight = random.normal(size=jax.eval_shape(lambda: features(self.around())).shape)

            @jax.jit
            @jax.value_and_grad
            def total(x):
                return jnp.sum(weight * features(self.around(x)))

            gradient = np.asarray(total(self.positions)[1])
            direction = random.normal(size=gradient.shape)
            ends = [float(total(self.positions + s * step * direction)[0]) for s in (1, -1)]
        expected = (ends[0] - ends[1]) / (2 * step)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=tolerance)
        assert np.linalg.norm(gradient) > 1e-3


@pytest.fixture(params=["triclinic", "open"])
def crowd(request):
    random = np.random.default_rng(2)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)[:30] / 4
    x = grid @ BOX + random.uniform(-0.06, 0.06, (30, 3))
    # Images of particles anywhere must do no harm.
    if request.param == "open":
        return Crowd(x, None)
    return Crowd(x + random.integers(-2, 3, (30, 3)) @ BOX, BOX)


@pytest.fixture
def lonely():
    """The same particles far apart in open space."""
    return Crowd(9.0 * np.arange(90.0).reshape(30, 3), None)
