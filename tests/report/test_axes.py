import numpy as np
import pytest

from molscape.core.curve import Curve
from molscape.report import Line, Plot
from molscape.report.axes import bar_width, samples_axis, x_axis, y_axis

X = np.arange(0.05, 1.0, 0.1)


def curve(x, y, samples=None):
    return Curve(x, y, np.full(len(x), 0.1), "r", "nm", "U", "kJ/mol", samples)


def axes(plot):
    first = plot.lines[0].curve
    return {"xaxis": x_axis(plot, first), "yaxis": y_axis(plot, first)}


def test_axes_have_units_and_ranges():
    layout = axes(Plot("p", [Line(curve(X, X), "a")], y_range=(0.0, 2.0)))
    assert layout["xaxis"]["title"]["text"] == "r / nm"
    assert layout["yaxis"]["title"]["text"] == "U / (kJ/mol)"
    assert layout["xaxis"]["range"] == pytest.approx([0.0, 1.0])  # bin edges
    assert layout["yaxis"]["range"] == [0.0, 2.0]


def test_range_follows_what_is_in_view():
    y = np.where(X < 0.2, 1e6, X)
    layout = axes(Plot("p", [Line(curve(X, y), "a")], x_range=(0.2, 1.0)))
    assert layout["yaxis"]["range"][1] < 2.0


def test_logarithmic_axes_are_in_powers_and_labelled():
    x = np.array([1.0, 10.0, 100.0, 1e5])
    plot = Plot("p", [Line(curve(x, x / 100), "a")], x_log=True, y_log=True, y_range=(0.01, 0.2))
    layout = axes(plot)
    assert layout["xaxis"]["range"] == [0.0, 5.0]
    assert layout["xaxis"]["ticktext"][-2:] == ["10⁴", "10⁵"]
    assert layout["yaxis"]["ticktext"] == ["0.01", "0.02", "0.05", "0.1", "0.2"]
    with pytest.raises(ValueError, match="give a positive range"):
        axes(Plot("p", [Line(curve(x, x), "a")], x_log=True, x_range=(0.0, 1.0)))


def test_single_points_and_constants_have_a_range():
    one = np.array([3.0])
    found = axes(Plot("p", [Line(curve(one, one), "a")]))
    assert found["xaxis"]["range"] == [2.5, 3.5]
    assert found["yaxis"]["range"] == pytest.approx([2.85, 3.15])
    assert bar_width(one) is None
    assert bar_width(X) == pytest.approx(0.1)


def test_counts_are_logarithmic_if_they_span_decades():
    assert "type" not in samples_axis(curve(X, X, samples=np.linspace(10.0, 99.0, len(X))))
    wide = samples_axis(curve(X, X, samples=10.0 ** np.linspace(0, 5, len(X))))
    assert wide["type"] == "log"
    assert wide["range"][0] < 0.0
    assert wide["range"][1] > 5.0
