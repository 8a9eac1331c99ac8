"""A map of two coordinates as plotly draws it."""

import json

import numpy as np
import pytest

from molscape.core.curve import Curve
from molscape.core.record import Record
from molscape.report import Line, Map, Plot, Report, Section


def example(**more):
    values = np.arange(6.0).reshape(3, 2)
    values[0, 1] = np.nan
    names = {"labels": ("x", "y", "V"), "units": ("nm", "nm", "kT")}
    return Map("Energy", np.arange(3.0), np.arange(2.0), values, **names, **more)


def page(*figures):
    return Report(Record(title="t", seed=0), [Section("S", "", figures)]).html()


def drawn(text):
    start = text.index('id="figures"')
    begin = text.index(">", start) + 1
    return json.loads(text[begin : text.index("</script>", begin)])


def test_rows_of_plotly_are_y_and_gaps_are_null():
    figure = drawn(page(example()))["plot-1"]
    assert figure["data"][0]["z"] == [[0, 2, 4], [None, 3, 5]]
    assert figure["data"][0]["colorbar"]["title"]["text"] == "V / kT"
    assert figure["layout"]["xaxis"]["title"]["text"] == "x / nm"
    assert [trace["type"] for trace in figure["data"]] == ["heatmap"]


def test_lines_of_equal_height_and_range():
    figure = drawn(page(example(level=1.0, value_range=(0, 4))))["plot-1"]
    colours, lines = figure["data"]
    assert (colours["zmin"], colours["zmax"]) == (0, 4)
    assert lines["contours"]["size"] == 1.0


def test_a_map_without_values_is_told():
    empty = Map("E", np.arange(2.0), np.arange(2.0), np.full((2, 2), np.nan), ("",) * 3, ("",) * 3)
    with pytest.raises(ValueError, match="finite"):
        page(empty)


@pytest.mark.parametrize(("count", "least", "most"), [(3, 5, 9), (3000, 1, 4)])
def test_points_are_not_joined_and_few_are_large(count, least, most):
    x = np.arange(float(count))
    curve = Curve(x, x, np.full(count, np.nan), "x", "nm", "f", "kT/nm")
    figure = drawn(page(Plot("Forces", [Line(curve, "single", points=True)])))["plot-1"]
    (trace,) = figure["data"]
    assert trace["mode"] == "markers"
    assert least <= trace["marker"]["size"] <= most
