import json
import math
from pathlib import Path

import numpy as np
import pytest

from molscape.core.record import Number, NumberKey, Record, parse_key


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


NAMES = ("rdf", "maps", "coordination", "diffusion", "velocity", "regions")


@pytest.mark.parametrize(
    "key",
    [
        NumberKey("pair", "rdf", "W-W", "distance"),
        NumberKey("pair", "rdf", "W-W", "distance", state="hot"),
        NumberKey("pair", "maps", "A-B-C-D.B-C-D-E", "free_energy", state="hot"),
        NumberKey("reference", "coordination", "a-b"),
        NumberKey("pair", "diffusion"),
        NumberKey("pair", "diffusion", quantity="ratio"),
        NumberKey("pair", "velocity", quantity="diffusion"),
        NumberKey("pair", "regions", "alpha", "population"),
        NumberKey("pair", quantity="force_loss.fit"),
        NumberKey("", quantity="density"),
    ],
)
def test_a_text_is_read_back_as_its_key(key):
    assert parse_key(key.text, NAMES) == key


def test_a_key_is_a_path_and_its_parts():
    key = NumberKey("pair", "maps", "A-B-C-D.B-C-D-E", "divergence", "hot")
    assert key.text == str(key) == "pair.hot.maps.A-B-C-D.B-C-D-E.divergence"
    assert (key.group, key.rest) == ("pair", "hot.maps.A-B-C-D.B-C-D-E.divergence")
    assert key.parts == ("hot", "maps", "A-B-C-D", "B-C-D-E", "divergence")
    assert key.tells("divergence")
    member = NumberKey("pair", "pressure", member="com")
    assert (member.text, member.group, member.rest) == ("com.pair.pressure", "com", "pair.pressure")


def test_a_number_without_a_subject_gets_one():
    number = Number(NumberKey("", "rdf", "W-W", "distance"), 0.1, "nm")
    assert number.about("pair", "hot").name == "pair.hot.rdf.W-W.distance"
    record = Record("x", 0)
    record.put(number.about("pair"))
    record.add(NumberKey("pair", "pressure"), 1.0)
    assert [number.name for number in record.numbers] == ["pair.rdf.W-W.distance", "pair.pressure"]
    again = Record.from_dict(record.to_dict(), NAMES)
    assert again["pair.rdf.W-W.distance"].key.label == "W-W"
