import numpy as np
import pytest

from molscape.reference.lattice import place_on_lattice, random_rotations


def test_rotations_are_proper_and_uniform():
    turns = random_rotations(np.random.default_rng(0), 4000)
    identity = np.einsum("nij,nkj->nik", turns, turns)
    np.testing.assert_allclose(identity, np.broadcast_to(np.eye(3), turns.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)
    # A uniform rotation has <R> = 0 and <R_ij^2> = 1/3; the bounds are about four sigma.
    assert np.abs(turns.mean(axis=0)).max() < 4 * np.sqrt(1 / 3 / 4000)
    assert np.abs((turns**2).mean(axis=0) - 1 / 3).max() < 4 * np.sqrt(4 / 45 / 4000)


def test_each_copy_keeps_its_shape_and_stands_on_a_site_of_its_own():
    molecule = np.array([[0.0, 0, 0], [0.1, 0, 0], [0, 0.2, 0]])
    placed = place_on_lattice(20 * [molecule], 1.5, seed=1).reshape(20, 3, 3)
    np.testing.assert_allclose(np.linalg.norm(placed[:, 1] - placed[:, 2], axis=1), np.sqrt(0.05))
    sites = placed[:, 0] / (1.5 / 3) - 0.5
    np.testing.assert_allclose(sites, np.round(sites), atol=1e-9)
    assert len(np.unique(np.round(sites), axis=0)) == 20
    assert sites.min() > -0.5
    assert sites.max() < 2.5


@pytest.mark.parametrize("count", [8, 27, 343])
def test_a_cubic_number_fills_the_smallest_lattice(count):
    placed = place_on_lattice(count * [np.zeros((1, 3))], 1.0, seed=0)
    assert len(np.unique(np.round(placed[:, 0], 6))) == round(count ** (1 / 3))
