import numpy as np

from molscape.studies.parts.curves import read_curves
from support.pages import Shown, shown


def test_curves_of_all_mappings_are_over_one_another(series):
    _, _, folder, record = series
    sizes = {"all-atom", "all-atom, two", "three, forces", "two, forces"}
    distribution, over = shown(folder)
    assert distribution.x.endswith("/ nm")
    assert distribution.y.endswith("/ (1/nm)")
    assert distribution.legend == sizes
    assert over == Shown("beads of a molecule", "distance", frozenset({"forces"}))
    plots = read_curves(folder / "curves.json")
    assert list(plots) == ["gyration.CHN", "beads.gyration.CHN.distance"]
    own = read_curves(folder / "mappings" / "two" / "curves.json")["gyration.CHN"].curves["forces"]
    assert np.array_equal(plots["gyration.CHN"].curves["two, forces"].y, own.y)
    line = plots["beads.gyration.CHN.distance"].curves["forces"]
    assert line.x.tolist() == [2, 3]
    values = [record[f"{name}.forces.gyration.CHN.distance"].value for name in ("two", "three")]
    assert line.y.tolist() == values


def test_the_table_has_a_row_for_each_mapping(series):
    page = (series[2] / "report.html").read_text()
    table = page[page.index("Models of all mappings") :]
    for column in ("Mapping", "Beads", "Explained", "Speed ratio"):
        assert (f">{column}<" in table) == (column != "Speed ratio")
    assert "three (3), two (2)" in page
