import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molscape.core.record import Record, parse_key
from molscape.report.record_file import compare_records, is_timing, read_record, write_record


def test_round_trip_keeps_everything(record, tmp_path):
    write_record(record, tmp_path / "new" / "folder")
    again = read_record(tmp_path / "new" / "folder")
    assert again.to_dict() == record.to_dict()
    assert math.isnan(again["structure.energy.drift"].value)
    assert again["forces.pressure"] == record["forces.pressure"]


def test_file_is_strict_json_and_nothing_is_left_beside_it(record, tmp_path):
    record.numbers.append(replace(record.numbers[0], key=parse_key("not.finite"), value=math.inf))
    path = write_record(record, tmp_path)

    def refuse(token):
        raise AssertionError(f"{token} is not JSON")

    plain = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert plain["numbers"][-1]["value"] is None
    assert [item.name for item in tmp_path.iterdir()] == ["record.json"]


def test_numpy_values_and_paths_are_written_plainly(tmp_path):
    record = Record("numpy", seed=1, machine={"cores": np.int64(2), "load": np.float32(0.5)})
    record.inputs.append({"path": Path("conf.gro"), "sizes": np.arange(3)})
    write_record(record, tmp_path)
    again = read_record(tmp_path)
    assert again.machine == {"cores": 2, "load": 0.5}
    assert again.inputs == [{"path": "conf.gro", "sizes": [0, 1, 2]}]


def test_failed_write_keeps_the_old_record(record, tmp_path):
    write_record(record, tmp_path)
    before = (tmp_path / "record.json").read_bytes()
    record.machine["thing"] = object()
    with pytest.raises(TypeError):
        write_record(record, tmp_path)
    assert (tmp_path / "record.json").read_bytes() == before


def test_missing_and_broken_records_say_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"give the folder of a run"):
        read_record(tmp_path)
    (tmp_path / "record.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="not valid JSON"):
        read_record(tmp_path)


def numbers(**values):
    record = Record("a", seed=1)
    for name, value in values.items():
        record.add(name.replace("_", "."), value, "nm", error=0.1)
    return record


def test_equal_records_have_no_difference():
    assert compare_records(numbers(a_b=1.0, c=math.nan), numbers(c=math.nan, a_b=1.0)) == []


def test_values_differ_beyond_the_tolerance_only():
    a, b = numbers(x=100.0), numbers(x=100.5)
    (difference,) = compare_records(a, b)
    assert (difference.kind, difference.a, difference.b) == ("value", 100.0, 100.5)
    assert compare_records(a, b, rtol=0.0049)
    assert compare_records(a, b, rtol=0.0051) == []
    with pytest.raises(ValueError, match="rtol"):
        compare_records(a, b, rtol=-1.0)


def test_errors_floors_references_verdicts_and_units_are_compared():
    base = numbers(x=1.0)
    changes = {
        "error": 0.2, "floor": 0.3, "reference": 0.4, "verdict": "pass", "unit": "kJ/mol",
    }  # fmt: skip
    for kind, value in changes.items():
        other = Record("b", seed=1, numbers=[replace(base.numbers[0], **{kind: value})])
        assert [difference.kind for difference in compare_records(base, other)] == [kind]


def test_missing_numbers_are_told_from_both_sides():
    found = compare_records(numbers(x=1.0, only_a=2.0), numbers(x=1.0, only_b=3.0))
    assert [(item.name, item.a, item.b) for item in found] == [
        ("only.a", 2.0, None),
        ("only.b", None, 3.0),
    ]


def test_timings_are_listed_and_do_not_matter():
    a, b = numbers(structure_speed_ratio=10.0), numbers(structure_speed_ratio=90.0)
    (difference,) = compare_records(a, b)
    assert difference.kind == "timing"
    assert not difference.matters
    for unit, expected in [("ns/day", True), ("steps/s", True), ("s", True), ("ps", False)]:
        assert is_timing(replace(a.numbers[0], key=parse_key("x.y"), unit=unit)) is expected
