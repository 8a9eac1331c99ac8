import json
import math
from pathlib import Path

import numpy as np
import pytest

from molscape.core.record import Record


@pytest.fixture
def record():
    record = Record("A title", seed=3, versions={"molscape": "0.1"}, notes=["a note"])
    record.inputs.append({"path": Path("a.gro"), "frames": np.int64(3)})
    record.add("structure.rdf", 0.01, "nm", error=0.002, floor=0.003, verdict="pass")
    record.add("dynamics.ratio", math.nan, note="no reference")
    return record


def test_round_trip_through_json(record):
    plain = json.loads(json.dumps(record.to_dict(), allow_nan=False))
    back = Record.from_dict(plain)
    assert back["structure.rdf"] == record["structure.rdf"]
    assert math.isnan(back["dynamics.ratio"].value)
    assert back.inputs == [{"path": "a.gro", "frames": 3}]
    assert (back.title, back.seed, back.notes) == ("A title", 3, ["a note"])
    assert back.to_dict() == record.to_dict()


def test_names_are_unique_and_found(record):
    with pytest.raises(ValueError, match=r"already has a number 'structure\.rdf'"):
        record.add("structure.rdf", 1.0)
    with pytest.raises(KeyError, match="no number 'x'"):
        record["x"]


def test_unknown_format_is_refused(record):
    with pytest.raises(ValueError, match=r"format 2.*upgrade"):
        Record.from_dict({**record.to_dict(), "format": 2})
