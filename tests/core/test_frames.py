import numpy as np
import pytest

from molscape.core.frames import Frames


@pytest.fixture
def frames():
    random = np.random.default_rng(0)
    return Frames(
        positions=random.normal(size=(5, 4, 3)),
        forces=random.normal(size=(5, 4, 3)),
        box=np.repeat(np.eye(3)[None], 5, axis=0),
        energies=np.arange(5.0),
        times=np.arange(5.0) * 2,
        whole=True,
    )


def test_selection(frames):
    one = frames[-1]
    assert (len(one), one.n_particles, one.whole) == (1, 4, True)
    np.testing.assert_array_equal(one.positions[0], frames.positions[4])
    assert frames[1:3].times.tolist() == [2.0, 4.0]
    assert frames[np.array([3, 0])].energies.tolist() == [3.0, 0.0]
    with pytest.raises(IndexError, match="frame 5 does not exist: there are 5 frames"):
        frames[5]


def test_particles_drop_energies(frames):
    part = frames.particles(np.array([2, 0]))
    np.testing.assert_array_equal(part.forces, frames.forces[:, [2, 0]])
    np.testing.assert_array_equal(part.box, frames.box)
    assert part.energies is None


def test_concatenate_keeps_shared_fields(frames):
    joined = Frames.concatenate([frames, frames.replace(forces=None, whole=False)])
    assert (len(joined), joined.forces, joined.whole) == (10, None, False)
    np.testing.assert_array_equal(joined.times[5:], frames.times)
    with pytest.raises(ValueError, match="no frames to join"):
        Frames.concatenate([])
    with pytest.raises(ValueError, match=r"\[2, 4\] particles"):
        Frames.concatenate([frames, frames.particles(np.array([0, 1]))])


def test_shapes_must_agree(frames):
    with pytest.raises(Exception, match="frame"):
        frames.replace(times=np.zeros(4))
