import json

import numpy as np
import pytest

from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot, Section
from molscape.studies.parts.curves import read_curves, write_curves


def curve(y):
    x = np.arange(float(len(y)))
    return Curve(x, np.array(y), np.full(len(y), np.nan), "r", "nm", "g", "")


def test_plots_are_found_by_their_key_and_state(tmp_path):
    lines = [Line(curve([1.0, np.nan, 3.0]), "all-atom")]
    plot = Plot("Radial distribution A-A", lines, key="rdf.A-A")
    sections = [
        Section("Structure", "", [plot]),
        Section("Structure at hot (400 K)", "", [plot], state="hot", at="hot (400 K)"),
        Section("Else", "", [Plot("Potential A-A", lines)]),
    ]
    write_curves(tmp_path / "curves.json", sections)
    found = read_curves(tmp_path / "curves.json")
    assert {key: one.title for key, one in found.items()} == {
        "rdf.A-A": "Radial distribution A-A",
        "hot.rdf.A-A": "Radial distribution A-A at hot (400 K)",
        "Potential A-A": "Potential A-A",
    }
    again = found["rdf.A-A"].curves["all-atom"]
    assert (again.x_unit, again.y_label) == ("nm", "g")
    assert np.array_equal(again.y, [1.0, np.nan, 3.0], equal_nan=True)


def test_format_1_is_read_by_title(tmp_path):
    file = tmp_path / "curves.json"
    plain = {"Density": {"pair": curve([1.0, 2.0]).to_dict()}}
    file.write_text(json.dumps({"format": 1, "curves": plain}).replace("NaN", "null"))
    (one,) = read_curves(file).values()
    assert (one.title, one.curves["pair"].y.tolist()) == ("Density", [1.0, 2.0])


def test_an_unknown_format_is_refused(tmp_path):
    file = tmp_path / "curves.json"
    file.write_text('{"format": 3}')
    with pytest.raises(ValueError, match="format 3"):
        read_curves(file)
