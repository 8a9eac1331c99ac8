"""Anderson mixing on iterations whose end is known."""

import numpy as np
import pytest

from molscape.fit.mixing import mixed


def iterate(function, count, window, metric):
    x, tried, changes = np.zeros(len(metric)), [], []
    for _ in range(count):
        tried.append(x)
        changes.append(function(x))
        x = mixed(tried[-window - 1 :], changes[-window - 1 :], metric)
    return x


@pytest.fixture
def slow():
    """x <- x - A (x - goal) with stiff and soft modes, A of eigenvalues 0.05 to 1.2."""
    random = np.random.default_rng(0)
    turn = np.linalg.qr(random.normal(size=(12, 12)))[0]
    matrix = (turn * np.geomspace(0.05, 1.2, 12)) @ turn.T
    goal = random.normal(size=12)
    return goal, lambda x: -matrix @ (x - goal)


def test_soft_modes_are_found_sooner_than_by_the_plain_iteration(slow):
    goal, change = slow
    errors = [np.linalg.norm(iterate(change, 12, m, np.eye(12)) - goal) for m in (0, 5)]
    assert errors[0] > 0.3
    assert errors[1] < 0.15 * errors[0]


def test_without_a_past_it_is_the_plain_iteration(slow):
    _, change = slow
    x = np.ones(12)
    np.testing.assert_array_equal(mixed([x], [change(x)], np.eye(12)), x + change(x))
    same = mixed([x, x], [change(x), change(x)], np.eye(12))
    np.testing.assert_array_equal(same, x + change(x))


def test_noise_is_not_magnified(slow):
    goal, change = slow
    random = np.random.default_rng(1)
    ends = [
        iterate(lambda x: change(x) + 0.01 * random.normal(size=12), 25, 5, np.eye(12)) - goal
        for _ in range(40)
    ]
    # Noise of 0.01 moves the softest mode by 0.01 / 0.05 at a fixed point.
    assert np.sqrt(np.mean(np.square(ends))) < 0.2


def test_the_metric_says_what_counts():
    """A direction without weight does not spoil the others."""
    changes = [np.array([1.0, 5.0]), np.array([0.5, -40.0])]
    tried = [np.array([0.0, 0.0]), np.array([0.5, 0.0])]
    found = mixed(tried, changes, np.diag([1.0, 0.0]))
    assert found[0] == pytest.approx(1.0, abs=0.02)
