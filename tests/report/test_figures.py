import numpy as np

from molscape.core.curve import Curve
from molscape.report import Line, Plot
from molscape.report.figures import draw, has_band, legend_rows, plain, styles_of


def curve(x, y, error=None, samples=None):
    error = np.full(len(x), 0.1) if error is None else error
    return Curve(x, y, error, "r", "nm", "U", "kJ/mol", samples)


X = np.arange(0.05, 1.0, 0.1)


def drawn(plot):
    return draw(plot, styles_of([plot]))


def test_every_plot_of_a_report_is_valid_plotly(report):
    import plotly.graph_objects as go

    plots = [
        figure for part in report.sections for figure in part.figures if isinstance(figure, Plot)
    ]
    styles = styles_of(plots)
    for plot in plots:
        figure = draw(plot, styles)
        go.Figure(data=figure["data"], layout=figure["layout"])  # refuses unknown properties
    assert len(plots) == 8


def test_labels_keep_their_colour_and_references_are_black():
    a = Plot("a", [Line(curve(X, X), "AA", "reference"), Line(curve(X, X), "one")])
    b = Plot("b", [Line(curve(X, X), "two"), Line(curve(X, X), "one")])
    styles = styles_of([a, b])
    assert styles["AA"].colour == "#1a1a1a"
    colours = {
        trace["name"]: trace["line"]["color"]
        for plot in (a, b)
        for trace in draw(plot, styles)["data"]
        if "fill" not in trace
    }
    assert colours == {label: style.colour for label, style in styles.items()}
    assert styles["one"].colour != styles["two"].colour
    assert styles["one"].dash != styles["two"].dash


def test_band_is_two_standard_errors_and_breaks_at_gaps():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.array([1.0, 2.0, np.nan, 4.0])
    band, line = drawn(Plot("p", [Line(curve(x, y), "a")]))["data"]
    assert band["fill"] == "toself"
    assert band["x"] == [1.0, 2.0, 2.0, 1.0, None, 4.0, 4.0]
    assert band["y"] == [1.2, 2.2, 1.8, 0.8, None, 4.2, 3.8]
    assert line["y"] == [1.0, 2.0, None, 4.0]


def test_band_on_logarithmic_axes_stays_positive():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    y = np.array([0.0, 1.0, 2.0, 3.0])
    error = np.array([0.0, 1.0, 0.5, 0.5])
    band = drawn(Plot("p", [Line(curve(x, y, error), "a")], x_log=True, y_log=True))["data"][0]
    assert band["x"] == [1.0, 2.0, 3.0, 3.0, 2.0, 1.0]
    assert band["y"] == [3.0, 3.0, 4.0, 2.0, 1.0, 0.001]


def test_no_band_without_errors():
    missing = Line(curve(X, X, np.full(len(X), np.nan)), "a")
    faint = Line(curve(X, X), "b", faint=True)
    assert not has_band(missing)
    assert not has_band(faint)
    assert len(drawn(Plot("p", [missing, faint]))["data"]) == 2


def test_hover_tells_value_and_error():
    trace = drawn(Plot("p", [Line(curve(X, X), "a")]))["data"][-1]
    assert trace["customdata"][1] == "0.15 ± 0.10"
    assert "kJ/mol" in trace["hovertemplate"]


def test_bars_have_a_panel_below_the_lines_or_stand_alone():
    counts = 10.0 ** np.linspace(0, 5, len(X))
    bars = curve(X, X, samples=counts)
    both = drawn(Plot("p", [Line(curve(X, X), "a")], bars=bars))
    assert both["data"][-1]["yaxis"] == "y2"
    assert both["layout"]["yaxis2"]["domain"][1] < both["layout"]["yaxis"]["domain"][0]
    assert both["layout"]["yaxis2"]["type"] == "log"
    alone = drawn(Plot("p", bars=bars))
    assert alone["data"][0]["y"] == plain(counts)
    assert "yaxis2" not in alone["layout"]


def test_shaded_regions_are_explained_once():
    plot = Plot("p", [Line(curve(X, X), "a")], shaded=[(0, 0.1, "poor"), (0.8, 1, "poor")])
    shapes = drawn(plot)["layout"]["shapes"]
    assert [(shape["x0"], shape["x1"], shape["showlegend"]) for shape in shapes] == [
        (0, 0.1, True),
        (0.8, 1, False),
    ]


def test_levels_are_lines_with_names():
    layout = drawn(Plot("p", [Line(curve(X, X), "a")], levels=[(0.5, "kT")]))["layout"]
    assert layout["shapes"][-1]["y0"] == 0.5
    assert layout["annotations"][0]["text"] == "kT"


def test_legend_rows_make_room_above_the_plot():
    lines = [Line(curve(X, X), f"a model with a long name {index}") for index in range(4)]
    few, many = Plot("p", lines[:1]), Plot("p", lines)
    assert (legend_rows(few), legend_rows(many)) == (1, 4)
    assert drawn(many)["layout"]["margin"]["t"] > drawn(few)["layout"]["margin"]["t"]


def test_no_button_sends_data_away():
    buttons = drawn(Plot("p", [Line(curve(X, X), "a")]))["config"]["modeBarButtons"]
    assert buttons == [["toImage", "zoom2d", "pan2d", "resetScale2d"]]


def test_plain_numbers_are_short_and_finite():
    assert plain(np.array([1 / 3, np.nan, np.inf])) == [0.333333, None, None]
