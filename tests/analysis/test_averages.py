import numpy as np
import pytest
from scipy.signal import lfilter

from molscape.analysis.averages import Average, block_average


def autoregressive(count, phi, seed, replicas=1):
    """x_t = phi x_(t-1) + noise: error of the mean known in closed form."""
    noise = np.random.default_rng(seed).normal(size=(count + 2000, replicas))
    return lfilter([1], [1, -phi], noise, axis=0)[2000:]


def exact_error(count, phi):
    k = np.arange(1, count)
    inefficiency = 1 + 2 * np.sum((1 - k / count) * phi**k)
    return np.sqrt(inefficiency / (1 - phi**2) / count)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_error_of_autoregressive_series(phi):
    count, trials = 4096, 100
    averages = [block_average(autoregressive(count, phi, seed)[:, 0]) for seed in range(trials)]
    errors = np.array([average.error for average in averages])
    assert errors.mean() == pytest.approx(exact_error(count, phi), rel=0.1)
    scores = np.array([average.mean for average in averages]) / errors
    assert np.mean(scores**2) == pytest.approx(1, abs=0.45)
    inefficiency = np.mean([average.inefficiency for average in averages])
    assert inefficiency == pytest.approx((1 + phi) / (1 - phi), rel=0.2)
    assert all(average.settled for average in averages)
    assert averages[0].effective_samples == pytest.approx(count / averages[0].inefficiency)
    assert averages[0].correlation_time == pytest.approx((averages[0].inefficiency - 1) / 2)


def test_replicas_are_averaged():
    errors = [block_average(autoregressive(512, 0.8, seed, replicas=8)).error for seed in range(40)]
    assert np.mean(errors) == pytest.approx(exact_error(512, 0.8) / np.sqrt(8), rel=0.12)


def test_mean_of_any_length():
    values = np.random.default_rng(0).normal(size=777)
    assert block_average(values).mean == pytest.approx(values.mean())
    assert block_average(values).error == pytest.approx(values.std() / np.sqrt(776), rel=0.4)


def test_a_series_that_is_too_short_says_so():
    assert not block_average(np.arange(64.0)).settled


def test_constant_and_single_samples():
    assert block_average(np.full(50, 3.0)) == Average(3.0, 0.0, 1.0, 50.0)
    single = block_average(np.array([2.0]))
    assert single.mean == 2.0
    assert np.isnan(single.error)
    assert not single.settled


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no average"):
        block_average(np.zeros(0))
    with pytest.raises(ValueError, match="sample 3 of replica 0 is nan"):
        block_average(np.array([1.0, 2, 3, np.nan]))


def test_many_short_replicas_tell_their_error_by_their_scatter():
    """Runs far shorter than the correlation time: blocks inside a run would see nothing."""
    errors, means = [], []
    for seed in range(40):
        found = block_average(autoregressive(16, 0.98, seed, replicas=30))
        errors.append(found.error)
        means.append(found.mean)
    assert np.mean(errors) == pytest.approx(np.std(means, ddof=1), rel=0.25)
