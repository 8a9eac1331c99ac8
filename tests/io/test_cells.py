import numpy as np

from molscape.io.cells import box_from_cell, cosines_of_degrees


def test_lengths_and_angles_come_back():
    lengths = np.array([[2.0, 2.5, 3.0], [1.0, 1.0, 1.0]])
    angles = np.array([[80.0, 75.0, 110.0], [90.0, 90.0, 90.0]])
    box = box_from_cell(lengths, cosines_of_degrees(angles))
    np.testing.assert_allclose(np.linalg.norm(box, axis=2), lengths)
    a, b, c = np.moveaxis(box / lengths[:, :, None], 1, 0)
    found = [(x * y).sum(axis=1) for x, y in ((b, c), (a, c), (a, b))]
    np.testing.assert_allclose(np.degrees(np.arccos(found)).T, angles)
    assert not np.triu(box, 1).any()
    np.testing.assert_array_equal(box[1], np.eye(3))


def test_no_cell_is_no_box():
    assert not box_from_cell(np.zeros((1, 3)), np.zeros((1, 3))).any()
