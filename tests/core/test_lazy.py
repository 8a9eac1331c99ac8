import sys

import pytest

from molscape.core.lazy import LazyTable, defer, load


def test_a_name_loads_its_module_when_asked_for():
    names = {"Curve": "curve", "Reading": "curve.Curve"}
    from molscape.core.curve import Curve

    assert load("molscape.core", names, "Curve") is Curve
    assert load("molscape.core", names, "Reading") is Curve
    assert "molscape.core.curve" in sys.modules


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match=r"'molscape\.core' has no attribute 'curves'"):
        load("molscape.core", {"Curve": "curve"}, "curves")


def test_a_module_may_hand_on_names_of_others():
    hand_on = defer("molscape.core", {"Curve": "curve"})
    assert hand_on("Curve").__name__ == "Curve"
    with pytest.raises(AttributeError, match="no attribute 'curves'"):
        hand_on("curves")


def test_a_table_is_filled_as_it_is_asked():
    from molscape.core.curve import Curve

    table = LazyTable("molscape.core", {"curve": "curve.Curve", "none": "nowhere.Nothing"})
    assert list(table) == ["curve", "none"]
    assert "none" in table
    assert table["curve"] is Curve
    table["own"] = dict
    assert [*table, len(table)] == ["curve", "none", "own", 3]
    assert table["own"] is dict
    del table["own"], table["none"]
    assert list(table) == ["curve"]
    for name in ("own", "none"):
        with pytest.raises(KeyError):
            table[name]
        with pytest.raises(KeyError):
            del table[name]
