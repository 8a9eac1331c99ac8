"""Sums over time origins against plain loops."""

import numpy as np
import pytest

from molscape.analysis.time_origins import Origins, autocorrelation, over_origins
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def test_autocorrelation_is_the_plain_double_sum():
    v = np.random.default_rng(0).normal(size=(13, 4, 3))
    found = autocorrelation(v, 7)
    plain = [sum(np.sum(v[k] * v[k + lag]) for k in range(13 - lag)) for lag in range(8)]
    np.testing.assert_allclose(found, plain, rtol=1e-12)


@pytest.mark.parametrize("first", [0, 1])
def test_blocks_types_and_drift_are_as_asked_for(first):
    random = np.random.default_rng(1)
    x, masses = random.normal(size=(20, 3, 3)), np.array([1.0, 2.0, 5.0])
    topology = Topology.build(["A", "B", "A"], masses=masses)
    trajectory = Trajectory.from_frames(topology, Frames(x, times=0.5 * np.arange(20)))
    origins = Origins(("A",), 1.5, None, 2, remove_drift=True, first=first)
    found = over_origins(trajectory, origins, lambda frames: frames.positions, autocorrelation)
    assert found.x.tolist() == [0.0, 0.5, 1.0, 1.5][first:]
    own = (x - np.einsum("p,fpk->fk", masses / masses.sum(), x)[:, None])[:, [0, 2]]
    for block in (0, 1):
        part = own[10 * block : 10 * block + 10]
        for column, lag in enumerate(range(first, 4)):
            total = sum(np.sum(part[k] * part[k + lag]) for k in range(10 - lag))
            assert found.numerator[block, column] == pytest.approx(total)
            assert found.denominator[block, column] == 2 * (10 - lag)
