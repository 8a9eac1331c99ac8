"""Distances, angles and dihedrals against MDAnalysis, closed forms and finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from MDAnalysis.lib.distances import calc_angles, calc_bonds, calc_dihedrals

from molscape import features
from molscape.features import angle, dihedral, distance

BOX = np.array([[3.0, 0, 0], [0.7, 2.8, 0], [-0.6, 0.5, 2.5]])
NAMES = {"distance": (distance, 2), "angle": (angle, 3), "dihedral": (dihedral, 4)}


def mdanalysis(name, x):
    """The same by MDAnalysis, which wants lengths and angles of the box and single images."""
    lengths = np.linalg.norm(BOX, axis=1)
    cosines = [BOX[i] @ BOX[j] / lengths[i] / lengths[j] for i, j in ((1, 2), (0, 2), (0, 1))]
    box = np.concatenate([lengths, np.degrees(np.arccos(cosines))])
    call = {"distance": calc_bonds, "angle": calc_angles, "dihedral": calc_dihedrals}[name]
    parts = np.ascontiguousarray(np.moveaxis(x, 1, 0))
    return call(*parts, box=box), call(*parts)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("library", [np, jnp])
def test_mdanalysis_agrees_across_the_boundary(name, library):
    function, members = NAMES[name]
    random = np.random.default_rng(3)
    x = np.cumsum(random.normal(size=(500, members, 3)) * 0.25, axis=1)
    image = random.integers(-1, 2, (500, members, 3)) @ BOX
    with jax.enable_x64(True):
        values = np.asarray(function(library.asarray(x + image), library.asarray(BOX)))
        open_space = np.asarray(function(library.asarray(x)))
    in_box, alone = mdanalysis(name, x)
    # MDAnalysis works in single precision, and in a box with arccosines of it.
    np.testing.assert_allclose(values, in_box, atol=2e-4)
    np.testing.assert_allclose(open_space, alone, atol=1e-4)
    np.testing.assert_allclose(values, open_space, atol=1e-12)


@pytest.mark.parametrize("turn", [0.0, 0.3, 2.0, np.pi, -np.pi + 1e-9, -0.3])
def test_a_dihedral_is_zero_for_cis_and_grows_clockwise(turn):
    # Looking along x, with y up, z is on the right: turning towards it is clockwise.
    x = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [1, np.cos(turn), np.sin(turn)]])
    assert dihedral(x) == pytest.approx(turn, abs=1e-12)
    assert dihedral(x[::-1].copy()) == pytest.approx(turn, abs=1e-12)
    assert -np.pi < dihedral(x) <= np.pi


def test_minus_pi_is_never_returned():
    x = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [1, -1, -0.0]])
    assert dihedral(x) == np.pi
    assert dihedral(x * np.array([1, 1, -1])) == np.pi


@pytest.mark.parametrize("theta", [1e-9, 1e-5, 0.1, 1.5, np.pi - 1e-5, np.pi - 1e-9])
def test_angles_keep_their_digits_near_the_ends(theta):
    x = np.array([[0.2, 0, 0], [0, 0, 0], [0.3 * np.cos(theta), 0.3 * np.sin(theta), 0]])
    assert angle(x) == pytest.approx(theta, abs=4e-16 * np.pi)


@pytest.mark.parametrize("double", [True, False])
def test_derivatives_are_finite_where_no_direction_is_defined(double):
    straight = np.array([[0.1, 0, 0], [0.2, 0, 0], [0.4, 0, 0], [0.5, 0, 0]])
    folded = straight[[0, 1, 0, 1]]
    same = np.zeros((4, 3))
    with jax.enable_x64(double):
        for function, members in NAMES.values():
            for x in (straight, folded, same):
                value, gradient = jax.value_and_grad(function)(jnp.asarray(x[:members], float))
                assert np.isfinite(value)
                assert np.isfinite(gradient).all()
        assert angle(jnp.asarray(straight[:3], float)) == pytest.approx(np.pi)
        assert angle(jnp.asarray(folded[:3], float)) == 0


@pytest.mark.parametrize("distance_to_straight", [1e-3, 1e-6, 1e-9])
def test_the_gradient_of_a_nearly_straight_angle_is_bounded_and_right(distance_to_straight):
    x = np.array([[-0.3, 0, 0], [0, 0, 0], [0.2, distance_to_straight, 0]])
    with jax.enable_x64(True):
        gradient = np.asarray(jax.grad(angle)(jnp.asarray(x)))
    # |d theta/d x| of an end is one over its leg; the first opens the angle downwards.
    np.testing.assert_allclose(gradient[0], [0, -1 / 0.3, 0], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(gradient[2]), 5.0, rtol=1e-4)
    np.testing.assert_allclose(gradient.sum(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_differences(name):
    function, members = NAMES[name]
    x = np.random.default_rng(4).normal(size=(members, 3))
    step = 1e-6 * np.random.default_rng(5).normal(size=x.shape)
    with jax.enable_x64(True):
        gradient = np.asarray(jax.grad(function)(jnp.asarray(x)))
    change = function(x + step) - function(x - step)
    assert change / 2 == pytest.approx(np.sum(gradient * step), rel=1e-6)


def test_lists_of_particles_and_many_frames():
    x = np.random.default_rng(6).normal(size=(5, 7, 3))
    box = np.repeat((np.eye(3) * 3)[None], 5, axis=0)
    lists = np.array([[0, 1, 2, 3], [6, 5, 4, 3]])
    for name, (function, members) in NAMES.items():
        values = getattr(features, name + "s")(x, lists[:, :members], box[:, None])
        assert values.shape == (5, 2)
        one = function(x[4][lists[1, :members]], np.eye(3) * 3)
        assert values[4, 1] == pytest.approx(float(one), abs=1e-14)
