import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.space import minimum_image
from molscape.io.boxes import place_boxes


def test_a_rotated_box_keeps_distances_and_force_lengths():
    rng = np.random.default_rng(1)
    frames = Frames(rng.normal(size=(2, 5, 3)), forces=rng.normal(size=(2, 5, 3)))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    inside = np.array([[3.0, 0, 0], [0.5, 3.2, 0], [-0.4, 0.3, 2.9]])
    placed = place_boxes(frames, np.tile(inside @ turn, (2, 1, 1)), "x")
    np.testing.assert_allclose(placed.box[0], inside, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(placed.forces, axis=2), np.linalg.norm(frames.forces, axis=2)
    )
    before = minimum_image((frames.positions[0, 0] - frames.positions[0, 1]) @ turn.T, inside)
    after = minimum_image(placed.positions[0, 0] - placed.positions[0, 1], placed.box[0])
    np.testing.assert_allclose(before, after, atol=1e-12)


def test_no_box_and_a_missing_box():
    frames = Frames(np.zeros((2, 1, 3)))
    assert place_boxes(frames, np.zeros((2, 3, 3)), "x").box is None
    with pytest.raises(ValueError, match="frame 1 of this block has no box"):
        place_boxes(frames, np.stack([np.eye(3), np.zeros((3, 3))]), "x")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[3, 0, 0], [0, 3, 0], [0, 0, np.nan]], "not finite"),
        ([[3, 0, 0], [0, 3, 0], [0, 0, 0]], "a vector without length"),
        ([[-3, 0, 0], [0, 3, 0], [0, 0, 3]], "inverted"),
        ([[-3, 0, 0], [0, -3, 0], [0, 0, 3]], "inverted"),
        ([[0, 3, 0], [3, 0, 0], [0, 0, 3]], "inverted"),
        ([[3, 0, 0], [0, 3, 0], [3, 3, 0]], "flat"),
        ([[3, 0, 0], [0, 0.001, 0], [0, 0, 3]], "narrower than 0.05 nm"),
    ],
)
def test_boxes_that_none_can_have_are_refused_with_their_frame(rows, words):
    boxes = np.stack([3 * np.eye(3), np.array(rows, dtype=float)])
    with pytest.raises(ValueError, match=rf"x\.trr: the box .* of frame 1 of this block .*{words}"):
        place_boxes(Frames(np.zeros((2, 1, 3))), boxes, "x.trr")
