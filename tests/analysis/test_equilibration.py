import numpy as np
import pytest
from scipy.signal import lfilter

from molscape.analysis.equilibration import find_equilibration, statistical_inefficiency


def autoregressive(count, phi, seed):
    noise = np.random.default_rng(seed).normal(size=count + 500)
    return lfilter([1], [1, -phi], noise)[500:]


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_inefficiency_of_autoregressive_series(phi):
    found = [statistical_inefficiency(autoregressive(5000, phi, seed)) for seed in range(30)]
    assert np.mean(found) == pytest.approx((1 + phi) / (1 - phi), rel=0.12)


def test_constant_series():
    assert statistical_inefficiency(np.full(20, 2.0)) == 1.0


def test_a_decay_is_dropped_and_the_rest_kept():
    starts = []
    for seed in range(20):
        series = autoregressive(3000, 0.6, seed)
        series += 30 * np.exp(-np.arange(3000) / 100)
        starts.append(find_equilibration(series).start)
    assert 200 < np.median(starts) < 800


def test_a_settled_series_is_kept():
    found = [find_equilibration(autoregressive(2000, 0.5, seed)) for seed in range(20)]
    assert np.median([item.start for item in found]) < 400
    assert np.mean([item.effective_samples for item in found]) == pytest.approx(667, rel=0.15)


def test_replicas_count_together():
    series = np.stack([autoregressive(1000, 0.5, seed) for seed in range(6)], axis=1)
    found = find_equilibration(series)
    assert found.effective_samples == pytest.approx(2000, rel=0.3)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="give ten or more"):
        find_equilibration(np.zeros(5))
    with pytest.raises(ValueError, match="not finite"):
        find_equilibration(np.full(20, np.nan))
