"""Temperatures of parallel tempering and the round trips between them."""

import numpy as np

from molscape.simulate.tempering import Tempering, round_trips


def test_round_trips_are_counted_from_the_lowest_temperature():
    # One ladder of three: the copy of the middle goes down, up, down, up, down: two round trips.
    walkers = np.array([[1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [1, 0, 2]])
    assert round_trips(walkers, 3).tolist() == [0, 2, 0]


def test_a_ladder_has_equal_ratios():
    rungs = Tempering.ladder(300.0, 600.0, 5).temperatures
    assert rungs[0] == 300.0
    assert rungs[-1] == 600.0
    np.testing.assert_allclose(np.diff(np.log(rungs)), np.log(2) / 4, rtol=1e-3)
