import json

import numpy as np
import pytest

from molscape.io.models import read_model, write_model


def test_round_trip(tmp_path):
    arrays = {"a": np.arange(3.0), "b.c": np.eye(2)}
    file = write_model(tmp_path / "m", {"kind": "sum", "n": 3}, arrays)
    for given in (tmp_path / "m", file):
        description, read = read_model(given)
        assert description == {"format": 2, "kind": "sum", "n": 3}
        assert all(np.array_equal(read[name], array) for name, array in arrays.items())
    assert not list((tmp_path / "m").glob(".*"))


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no model"):
        read_model(tmp_path)
    write_model(tmp_path, {}, {"a": np.zeros(1)})
    (tmp_path / "model.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        read_model(tmp_path)
