"""Which intervals count as sampled, without any fit."""

import numpy as np
import pytest

from molscape.fit.supports import active_parameters, find_supports
from molscape.potentials import AngleSpline, BondSpline, DihedralSpline, PairSpline


def support(term, counts):
    (found,) = find_supports(term, np.array([counts], dtype=float), 5, 100)
    return found


def bond(intervals):
    return BondSpline(types=("A-B",), start=0.1, end=0.3, intervals=intervals)


def around(intervals):
    return DihedralSpline(types=("A-B-B-A",), intervals=intervals)


def pair(intervals):
    cutoff = 0.2 + 0.02 * intervals
    return PairSpline(start=0.2, cutoff=cutoff, spacing=0.02, pairs=(("A", "B"),))


def test_a_cutoff_is_always_reached():
    found = support(pair(8), [0, 9, 1, 9, 9, 9, 9, 9])
    assert (found.first, found.last, found.unit) == (3, 7, "nm")
    np.testing.assert_array_equal(found.poor, np.array([1, 0, 1, 0, 0, 0, 0, 0], bool))
    active = active_parameters(pair(8), found.samples)
    np.testing.assert_array_equal(active, np.arange(10) >= 1)


def test_bonds_and_angles_end_on_both_sides():
    counts = [0, 1, 9, 9, 9, 0, 9, 9, 9, 0, 9, 0]
    found = support(bond(12), counts)
    assert (found.first, found.last) == (2, 8)
    # Bonds outside take part in the fit: coefficients from interval 1 to interval 10.
    active = active_parameters(bond(12), found.samples)
    np.testing.assert_array_equal(np.flatnonzero(active), np.arange(1, 15))
    angle = AngleSpline(types=("A-B-A",), intervals=6)
    found = support(angle, [0, 0, 9, 9, 9, 9])
    assert (found.first, found.last, found.unit) == (2, 5, "rad")


def test_a_circle_is_cut_at_its_longest_gap():
    found = support(around(10), [9, 9, 9, 0, 0, 0, 9, 9, 9, 9])
    assert (found.first, found.last) == (6, 2)
    found = support(around(10), [0, 9, 9, 9, 9, 9, 9, 9, 0, 0])
    assert (found.first, found.last) == (1, 7)
    found = support(around(10), [9] * 10)
    assert (found.first, found.last) == (0, 9)
    assert active_parameters(around(10), np.zeros(10)).all()


@pytest.mark.parametrize(
    ("make", "counts", "remedy"),
    [
        (pair, [0, 0, 9, 9, 9, 0, 9, 0], "a `start` nearer to the first neighbours"),
        (pair, [9, 9, 0, 9, 9, 0, 9, 9], "a larger `spacing`"),
        (bond, [0, 0, 9, 9, 0, 0, 0, 0], "a `start` and `end` nearer to the values that occur"),
        (bond, [0] * 8, "fewer `intervals`"),
        (around, [0] * 8, "fewer `intervals`"),
        (around, [9, 0, 0, 0, 9, 9, 0, 0], "fewer `intervals`"),
    ],
)
def test_too_few_samples_are_an_error_with_a_remedy(make, counts, remedy):
    label = make(8).labels[0]
    with pytest.raises(ValueError, match=f"too few samples for the {label} spline") as error:
        support(make(8), counts)
    assert remedy in str(error.value)
    assert f"{counts.count(0)} of 8 intervals have fewer than 5 samples" in str(error.value)


def test_a_few_poor_intervals_are_told(caplog):
    support(bond(8), [0, 9, 9, 9, 0, 9, 9, 9])
    assert "A-B spline: 1 intervals amid the sampled ones" in caplog.text
