import json

import numpy as np
import pytest

from molscape.core.curve import Curve


def test_to_dict_is_json_with_every_field():
    curve = Curve(
        x=np.array([0.1, 0.2]),
        y=np.array([1.0, 2.0]),
        error=np.array([0.0, 0.5]),
        x_label="distance",
        x_unit="nm",
        y_label="g",
        y_unit="",
        samples=np.array([3.0, 4.0]),
    )
    plain = json.loads(json.dumps(curve.to_dict()))
    assert plain["x"] == [0.1, 0.2]
    assert plain["error"] == [0.0, 0.5]
    assert plain["samples"] == [3.0, 4.0]
    assert (plain["x_label"], plain["x_unit"]) == ("distance", "nm")


def test_arrays_must_agree_in_length():
    with pytest.raises(Exception, match="bin"):
        Curve(np.zeros(2), np.zeros(3), np.zeros(2), "x", "", "y", "")
