import pytest

from molscape.core.panels import Plot, Table


def test_empty_plot_is_refused():
    with pytest.raises(ValueError, match="give it lines or bars"):
        Plot("nothing")


def test_ragged_table_is_refused():
    with pytest.raises(ValueError, match="one cell per column"):
        Table("beads", ["bead", "mass"], [["W"]])
