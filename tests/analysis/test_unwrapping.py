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
