"""Minimum images against all images nearby."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core import space

TRICLINIC = np.array([[2.0, 0, 0], [0.9, 1.8, 0], [-0.7, 0.8, 1.7]])
VERY_TILTED = np.array([[2.0, 0, 0], [1.9, 2.2, 0], [-1.4, 2.1, 2.1]])
BOXES = [np.diag([1.0, 2.0, 3.0]), TRICLINIC, VERY_TILTED]


def nearest_image(displacement, box):
    shifts = np.array(list(itertools.product(range(-2, 3), repeat=3))) @ box
    images = displacement[:, None] + shifts
    best = np.argmin(np.linalg.norm(images, axis=-1), axis=1)
    return images[np.arange(len(images)), best]


@pytest.mark.parametrize("box", BOXES, ids=["orthorhombic", "triclinic", "very tilted"])
@pytest.mark.parametrize("array", [np.asarray, jnp.asarray], ids=["numpy", "jax"])
def test_minimum_image_is_the_nearest_up_to_the_largest_cutoff(box, array):
    random = np.random.default_rng(1)
    displacement = random.uniform(-0.5, 0.5, (2000, 3)) @ box
    true = nearest_image(displacement, box)
    got = np.asarray(space.minimum_image(array(displacement), array(box)))
    near = np.linalg.norm(true, axis=1) < space.largest_cutoff(box) - 1e-6
    assert near.sum() > 150
    np.testing.assert_allclose(got[near], true[near], atol=1e-6)
    # Elsewhere it is an image still, and never within the largest cutoff.
    steps = (got - displacement) @ np.linalg.inv(box)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-5)
    far = np.linalg.norm(got[~near], axis=1)
    assert np.all(far > space.largest_cutoff(box) - 1e-5)


def test_boxes_with_a_leading_axis_and_no_box():
    displacement = np.random.default_rng(2).normal(size=(2, 5, 3))
    boxes = np.stack([BOXES[0], TRICLINIC])
    together = space.minimum_image(displacement, boxes[:, None])
    for k in range(2):
        np.testing.assert_allclose(together[k], space.minimum_image(displacement[k], boxes[k]))
    assert space.minimum_image(displacement, None) is displacement


def test_volume_and_lengths():
    assert space.volume(TRICLINIC) == pytest.approx(np.linalg.det(TRICLINIC))
    np.testing.assert_allclose(space.box_from_lengths([1, 2, 3]), np.diag([1.0, 2.0, 3.0]))
    assert space.box_from_lengths(np.ones((4, 3))).shape == (4, 3, 3)


def test_lower_triangular_is_a_rotation():
    rotation = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    turned = TRICLINIC @ rotation
    box, turn = space.lower_triangular(turned)
    np.testing.assert_allclose(box, TRICLINIC, atol=1e-12)
    np.testing.assert_allclose(turned @ turn, box, atol=1e-12)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    several, _ = space.lower_triangular(np.stack([turned, BOXES[0]]))
    np.testing.assert_allclose(several, np.stack([TRICLINIC, BOXES[0]]), atol=1e-12)


@pytest.mark.parametrize("box", [np.diag([1.0, 1.0, 0.0]), np.diag([1.0, 1.0, -1.0])])
def test_lower_triangular_refuses_flat_and_left_handed_boxes(box):
    with pytest.raises(ValueError, match="flat or left-handed"):
        space.lower_triangular(box)


def test_check_box():
    boxes = np.stack([np.eye(3) * 2, np.diag([2.0, 1.9, 2.0])])
    space.check_box(boxes, 0.95)
    space.check_box(None, 100.0)
    with pytest.raises(ValueError, match=r"cutoff 0\.96 nm exceeds half the box \(0\.950 nm\)"):
        space.check_box(boxes, 0.96)
    with pytest.raises(ValueError, match="not lower triangular: rotate"):
        space.check_box(boxes + np.triu(np.full((3, 3), 0.1), 1), 0.5)
