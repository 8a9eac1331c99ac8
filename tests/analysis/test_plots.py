import numpy as np
import pytest

from molscape.analysis.plots import (
    angle_plot,
    distribution_plot,
    force_plot,
    msd_plot,
    poorly_sampled,
    potential_plot,
    samples_plot,
    time_plot,
)
from molscape.core.curve import Curve
from molscape.core.panels import Line


def curve(x, y, samples=None):
    missing = np.full(len(x), np.nan)
    return Curve(x, y, missing, "r", "nm", "U", "kJ/mol", samples)


def test_poorly_sampled_regions_end_halfway_between_bins():
    x = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    counts = np.array([0.0, 99.0, 100.0, 500.0, 3.0])
    regions = poorly_sampled(curve(x, x, counts), fewest=100.0)
    assert [meaning for _, _, meaning in regions] == ["poorly sampled"] * 2
    edges = [edge for start, stop, _ in regions for edge in (start, stop)]
    np.testing.assert_allclose(edges, [0.05, 0.25, 0.45, 0.55])
    with pytest.raises(ValueError, match="has no samples"):
        poorly_sampled(curve(x, x))


def test_potential_shows_the_well_and_not_the_wall():
    x = np.linspace(0.2, 0.9, 71)
    y = np.where(x < 0.25, 1e4, -3.0 * np.exp(-(((x - 0.4) / 0.1) ** 2)))
    y[0] = -1e5  # nonsense in a bin that nobody visited
    counts = np.where(x < 0.25, 0.0, 1e4)
    plot = potential_plot([Line(curve(x, y, counts), "a")], 2.5, samples=curve(x, y, counts))
    low, high = plot.y_range
    assert -6.0 < low < -3.0
    assert high == pytest.approx(10.0)
    assert plot.levels == [(2.5, "kT")]
    assert plot.shaded[0][0] < 0.21
    assert plot.bars is not None


def test_force_range_follows_the_attraction():
    x = np.linspace(0.2, 0.9, 71)
    attractive = force_plot([Line(curve(x, -5.0 + 1e3 * np.exp(-x * 60)), "a")])
    assert attractive.y_range == pytest.approx((-6.0, 12.0), rel=1e-3)
    assert force_plot([Line(curve(x, 1.0 / x), "a")]).y_range is None


def test_distributions_start_at_zero():
    x = np.linspace(0.0, 1.0, 11)
    for kind in (distribution_plot, angle_plot):
        assert kind([Line(curve(x, 2.0 * x), "a")]).y_range == pytest.approx((0.0, 2.16))


def test_msd_is_logarithmic_unless_told():
    line = Line(curve(np.arange(1.0, 5.0), np.arange(1.0, 5.0)), "a")
    assert msd_plot([line]).x_log
    assert not msd_plot([line], logarithmic=False).y_log


def test_samples_plot_shades_what_is_rare():
    x = np.array([0.1, 0.2])
    plot = samples_plot(curve(x, x, np.array([1.0, 1e3])))
    assert len(plot.shaded) == 1
    assert plot.lines == ()


def test_running_mean_keeps_a_straight_line_and_averages_noise():
    t = np.arange(2001.0)
    noise = np.where(np.arange(2001) % 2, 1.0, -1.0)
    plot = time_plot([Line(curve(t, 0.5 * t + noise), "a")], "T", window=100.0)
    signal, mean = plot.lines
    assert signal.faint
    assert not mean.faint
    assert len(signal.curve.x) <= 1000
    inner = (mean.curve.x > 100) & (mean.curve.x < 1900)
    np.testing.assert_allclose(mean.curve.y[inner], 0.5 * mean.curve.x[inner], atol=0.02)
    assert "100" in plot.caption
