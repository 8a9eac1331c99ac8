"""Sums over pairs: types, exclusions and distances, against plain loops."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import LennardJones
from molscape.potentials._pair import check_pairs, pair_rows

EPSILON = {("A", "A"): 1.0, ("A", "B"): 2.0}
TYPES = ["A", "B", "A", "C", "B", "A", "A"]


@pytest.fixture(scope="module")
def dilute():
    """Seven particles of three types; C is not named by the potential."""
    grid = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), -1).reshape(-1, 3)[:7]
    return grid * 0.33 + np.random.default_rng(0).uniform(-0.02, 0.02, (7, 3))


def test_sum_over_named_pairs_without_excluded_ones(dilute):
    topology = Topology.build(
        TYPES, masses=np.ones(7), bonds=np.array([[0, 1], [2, 5]]), exclude_within=1
    )
    with jax.enable_x64(True):
        potential = LennardJones(
            epsilon=[1.0, 2.0], sigma=[0.3, 0.3], pairs=tuple(EPSILON), cutoff=0.5, smooth="none"
        )
        system = System.build(topology, 300.0)
        x = jnp.asarray(dilute)
        _, neighbours = allocate(system, x, None, 0.5)
        energy = float(potential(system, x, None, neighbours))
    expected = 0.0
    for i, j in itertools.combinations(range(7), 2):
        r = np.linalg.norm(dilute[i] - dilute[j])
        epsilon = EPSILON.get(tuple(sorted((TYPES[i], TYPES[j]))), 0.0)
        if (i, j) not in {(0, 1), (2, 5)} and r < 0.5:
            expected += 4 * epsilon * ((0.3 / r) ** 12 - (0.3 / r) ** 6)
    assert energy == pytest.approx(expected, rel=1e-10)


def test_pair_rows():
    table = pair_rows((("B", "A"), ("C", "C"), ("X", "A")), ("A", "B", "C"))
    assert table.tolist() == [[-1, 0, -1], [0, -1, -1], [-1, -1, 1]]


def test_check_pairs():
    check_pairs((("A", "A"), ("A", "B")), 2)
    with pytest.raises(ValueError, match="named twice"):
        check_pairs((("A", "B"), ("B", "A")), 2)
    with pytest.raises(ValueError, match="1 type pairs but 2 rows"):
        check_pairs((("A", "B"),), 2)


def test_tabulate_is_double_whatever_the_precision():
    potential = LennardJones(epsilon=1.0, sigma=0.25, pairs=(("A", "B"),), cutoff=0.5)
    r = np.array([0.26, 0.3, 0.499, 0.5, 0.6])
    energy, force = potential.tabulate(r, ("B", "A"))
    inside = r < 0.5
    expected = 4 * ((0.25 / r) ** 12 - (0.25 / r) ** 6) - 4 * (0.5**12 - 0.5**6)
    np.testing.assert_allclose(energy, np.where(inside, expected, 0), rtol=1e-12, atol=1e-15)
    slope = 4 * (-12 * 0.25**12 / r**13 + 6 * 0.25**6 / r**7)
    np.testing.assert_allclose(force, np.where(inside, -slope, 0), rtol=1e-12)
    assert not np.any(potential.tabulate(r, ("A", "A")))
