"""Deviations of atoms: known noise is found, with the error that normal numbers have."""

import numpy as np
import pytest

from molscape.analysis import deviations
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def test_deviations_and_their_errors():
    """Known noise on two atoms: its size is found, and its error shrinks as that of a mean does."""
    random = np.random.default_rng(4)
    which = Topology.build(["A"] * 14, masses=np.ones(14))
    x = random.normal(size=(4000, len(which), 3))
    scale = np.zeros(len(which))
    scale[[1, 2]] = 0.1, 0.3
    y = x + scale[:, None] * random.normal(size=x.shape)
    box = np.broadcast_to(10 * np.eye(3), (4000, 3, 3))
    y[:, 5] += 10.0
    found = deviations(
        Trajectory.from_frames(which, Frames(y)), Trajectory.from_frames(which, Frames(x, box=box))
    )
    curve = found.by_atom()
    np.testing.assert_allclose(curve.y, scale * np.sqrt(3), atol=4e-3)
    # The variance of the mean square of 3 n normal numbers is 2 sigma^4 / (3 n).
    expected = scale[2] * np.sqrt(3) * np.sqrt(2 / (3 * 4000)) / 2
    assert curve.error[2] == pytest.approx(expected, rel=0.6)
    assert abs(curve.y[2] - scale[2] * np.sqrt(3)) < 4 * expected
    value, error = found.over([1, 2])
    assert value == pytest.approx(np.sqrt(3 * (0.01 + 0.09) / 2), abs=4 * error)
