"""What a fit returns: shares of what can be explained, and ranges that the data determines."""

import numpy as np
import pytest

from molscape.fit.result import ForceLoss, Support

LOSS = {"fit": 38.0, "zero": 100.0, "validation": 40.0, "error": 1.0}


@pytest.mark.parametrize(
    ("floor", "explained", "at_most"),
    [
        ({}, 0.6, 0.6),
        ({"floor": 20.0}, 0.75, 0.75),
        ({"floor": 20.0, "floor_is_bound": True}, 0.6, 0.75),
        ({"floor": 40.0}, 1.0, 1.0),
    ],
)
def test_the_share_explained_is_that_above_the_floor(floor, explained, at_most):
    loss = ForceLoss(**LOSS, **floor)
    assert loss.explained == pytest.approx(explained)
    assert loss.explained_at_most == pytest.approx(at_most)


def support(first, last, count=6):
    return Support(
        "dihedral_spline", "A-B-B-A", "rad", -np.pi, 1.0, np.ones(count), first, last,
        np.zeros(count, dtype=bool),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "inside"),
    [
        (1, 3, [1, 2, 3]),
        (2, 2, [2]),
        (0, 5, [0, 1, 2, 3, 4, 5]),
        (4, 1, [0, 1, 4, 5]),
        (3, 2, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_the_inside_may_go_on_across_the_end(first, last, inside):
    assert np.flatnonzero(support(first, last).inside).tolist() == inside
