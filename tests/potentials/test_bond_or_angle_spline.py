"""The parabola nearest to sampled coefficients, which bounds the walls beyond them."""

import numpy as np
import pytest

from molscape.potentials._bond_or_angle_spline import nearest_parabola


def test_a_parabola_is_found_exactly():
    x = np.arange(9.0)
    values = 1.5 * (x - 3) ** 2 + 0.7
    bend, (left, right) = nearest_parabola(values)
    assert bend == pytest.approx(3.0)
    # Rises outwards of the last steps: u(0) - u(1) and u(8) - u(7).
    assert left == pytest.approx(values[0] - values[1])
    assert right == pytest.approx(values[-1] - values[-2])


def test_noise_at_the_ends_hardly_bends_it():
    x = np.arange(30.0)
    values = 0.5 * (x - 14) ** 2
    values[[0, -1]] -= 20.0
    bend, (left, right) = nearest_parabola(values)
    assert values[0] - values[1] < 0
    assert bend == pytest.approx(1.0, abs=0.1)
    assert left == pytest.approx(13.5, rel=0.1)
    assert right == pytest.approx(14.5, rel=0.1)


def test_a_barrier_says_nothing():
    x = np.arange(9.0)
    assert nearest_parabola(-((x - 4) ** 2)) == (0.0, (-np.inf, -np.inf))
