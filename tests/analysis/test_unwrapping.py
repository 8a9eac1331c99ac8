import numpy as np
import pytest

from molscape.analysis.unwrapping import Unwrapper
from molscape.core.frames import Frames

TRICLINIC = np.array([[2.0, 0, 0], [0.7, 1.8, 0], [-0.6, 0.5, 1.9]])


def wrap(positions, box):
    inverse = np.linalg.inv(box)
    return positions - np.einsum("fpk,kl->fpl", np.floor(positions @ inverse), box)


@pytest.mark.parametrize("box", [2 * np.eye(3), TRICLINIC])
def test_a_wrapped_walk_is_recovered_over_chunks(box):
    steps = np.random.default_rng(0).normal(size=(200, 6, 3)) * 0.12
    walk = np.cumsum(steps, axis=0)
    frames = Frames(wrap(walk, box), np.repeat(box[None], 200, axis=0))
    unwrap = Unwrapper()
    found = np.concatenate([unwrap(frames[:70]), unwrap(frames[70:])])
    assert np.allclose(found - found[0], walk - walk[0])


def test_replicas_do_not_mix():
    steps = np.random.default_rng(1).normal(size=(50, 2, 4, 3)) * 0.1
    walk = np.cumsum(steps, axis=0)
    flat = walk.reshape(100, 4, 3)
    box = np.repeat(2 * np.eye(3)[None], 100, axis=0)
    frames = Frames(wrap(flat, box[0]), box, replicas=np.tile([4, 7], 50))
    found = Unwrapper()(frames).reshape(50, 2, 4, 3)
    assert np.allclose(found - found[0], walk - walk[0])


def test_unwrapped_and_free_frames_pass_through():
    positions = np.random.default_rng(2).normal(size=(5, 3, 3)) * 9
    box = np.repeat(np.eye(3)[None], 5, axis=0)
    assert np.array_equal(Unwrapper()(Frames(positions, box, unwrapped=True)), positions)
    assert np.array_equal(Unwrapper()(Frames(positions)), positions)


def test_ambiguous_jumps_are_refused():
    positions = np.zeros((3, 2, 3))
    positions[2, 1, 0] = 0.9
    frames = Frames(positions, np.repeat(2 * np.eye(3)[None], 3, axis=0))
    with pytest.raises(ValueError, match=r"particle 1 moves by 0.45 of the box before frame 2"):
        Unwrapper()(frames)


def test_unwrapped_positions_in_a_box_that_varies_move_as_wrapped_ones():
    # Particles that hardly move, far from the first box: r + n L(t) moves with the box alone.
    random = np.random.default_rng(4)
    edges = 2.0 + 0.05 * random.normal(size=40)
    boxes = edges[:, None, None] * np.eye(3)
    shares = random.uniform(0.2, 0.8, size=(6, 3)) + 0.002 * random.normal(size=(40, 6, 3))
    inside = shares * edges[:, None, None]
    images = random.integers(-9, 9, size=(6, 3))
    outside = inside + images * edges[:, None, None]
    wrapped = Unwrapper()(Frames(inside, boxes))
    unwrapped = Unwrapper()(Frames(outside, boxes, unwrapped=True))
    np.testing.assert_allclose(unwrapped - unwrapped[0], wrapped - wrapped[0], atol=1e-12)
    naive = outside - outside[0]
    assert np.mean(naive**2) > 10 * np.mean((unwrapped - unwrapped[0]) ** 2)


def test_unwrapped_frames_go_on_where_a_varying_box_left_them():
    box = np.array([2.0, 2.1, 2.1])[:, None, None] * np.eye(3)
    x = np.array([4.5, 4.7, 4.8])[:, None, None] * np.ones((1, 1, 3))
    found = Unwrapper()(Frames(x, box, unwrapped=True))[:, 0, 0]
    # Two boxes to the right: 0.5 of 2.0, then 0.5 and 0.6 of 2.1.
    np.testing.assert_allclose(found, [4.5, 4.5, 4.6])
