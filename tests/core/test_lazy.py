import sys

import pytest

from molscape.core.lazy import defer, load


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
