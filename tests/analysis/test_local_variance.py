"""Noise variances that are known, about functions that are not."""

import numpy as np
import pytest

from molscape.analysis.local_variance import local_variance


def stretches(count, blocks=20):
    return np.arange(count) * blocks // count


def curved(x):
    return np.sin(2 * x[:, :1]) * 3


def plane_wave(x):
    return np.stack([np.cos(2 * x[:, 0]) * x[:, 1], x[:, 0] ** 2 / 3 - x[:, 1]], axis=1)


@pytest.mark.parametrize(("function", "inputs"), [(curved, 1), (plane_wave, 2)])
@pytest.mark.parametrize("deviation", [0.2, 1.0])
def test_noise_about_a_curve_and_a_surface(function, inputs, deviation):
    random = np.random.default_rng(0)
    x = random.normal(size=(8000, inputs))
    y = function(x)
    noisy = y + deviation * random.normal(size=y.shape)
    found = local_variance(x, noisy, stretches(8000))
    assert found.value == pytest.approx(deviation**2, rel=0.1)
    assert abs(found.value - deviation**2) < 4 * found.error
    assert found.error < 0.1 * deviation**2


def test_noise_that_depends_on_the_place_is_averaged():
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, (8000, 1))
    y = 5 * x**2 + (1 + x) * random.normal(size=x.shape)
    # The mean of (1 + x)^2 over -1 to 1 is 4/3.
    found = local_variance(x, y, stretches(8000))
    assert found.value == pytest.approx(4 / 3, abs=4 * found.error)


def test_inputs_that_say_the_same_do_no_harm():
    random = np.random.default_rng(2)
    x = random.normal(size=(4000, 1))
    y = curved(x) + random.normal(size=x.shape)
    twice = np.concatenate([x, 3 * x, np.ones_like(x)], axis=1)
    assert local_variance(twice, y, stretches(4000)).value == pytest.approx(1.0, rel=0.1)


def test_neighbours_in_time_are_not_asked():
    # Noise and place wander slowly: the frame before has the same noise, and would hide it.
    random = np.random.default_rng(3)
    slow = np.repeat(random.normal(size=(400, 2)), 20, axis=0)
    x = slow[:, :1] + 1e-3 * random.normal(size=(8000, 1))
    y = slow[:, 1:]
    alone = local_variance(x, y, stretches(8000), neighbours=(8,))
    assert alone.value == pytest.approx(1.0, rel=0.25)
    hidden = local_variance(x, y, np.arange(8000) % 20, neighbours=(8,))
    assert hidden.value < 0.3


def test_the_error_is_that_of_repeats():
    found = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        x = random.normal(size=(1000, 1))
        found.append(local_variance(x, random.normal(size=(1000, 1)), stretches(1000)))
    scatter = np.std([f.value for f in found])
    assert np.mean([f.error for f in found]) == pytest.approx(scatter, rel=0.4)


def test_what_is_refused():
    x = np.zeros((20, 3))
    with pytest.raises(ValueError, match="one block of samples has no neighbours elsewhere"):
        local_variance(x, x, np.zeros(20, dtype=int))
    with pytest.raises(ValueError, match="20 samples are too few for straight fits in 3 inputs"):
        local_variance(x, x, stretches(20), neighbours=(16,))
