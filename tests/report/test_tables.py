import re

from molscape.core.record import Record
from molscape.report import Table
from molscape.report.tables import (
    inputs_table,
    models_table,
    numbers_table,
    pairs_table,
    panel_table,
    stages_table,
)


def rows(html):
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", html)
    ]
    return [[re.sub(r"<[^>]+>", "", cell).replace("&nbsp;", " ") for cell in row] for row in cells]


def test_numbers_are_complete_and_grouped(record):
    table = rows(numbers_table(record))
    assert table[0] == ["Quantity", "Value", "Unit", "Floor", "Reference", "Source", "Verdict"]
    assert table[1] == ["forces"]
    assert table[2] == [
        "Radial distribution W–W, distance from the reference",
        "0.0412 ± 0.0004", "nm", "0.0023", "0", "all-atom run", "✗ fail",
    ]  # fmt: skip
    groups = len({number.name.split(".")[0] for number in record.numbers})
    assert len(table) == 1 + groups + len(record.numbers)


def test_verdict_is_said_in_words_not_only_colour(record):
    html = numbers_table(record)
    assert '<span class="verdict pass">✓&nbsp;pass</span>' in html
    assert '<span class="verdict fail">✗&nbsp;fail</span>' in html


def test_models_stand_side_by_side_where_they_share_a_quantity(record):
    table = rows(models_table(record))
    assert table[0] == ["Quantity", "forces", "structure", "Unit", "Floor", "Reference"]
    assert ["Pressure", "7410 ± 40", "3920 ± 40", "bar", "–", "–"] in table
    assert not any("explained" in row[0] for row in table)
    alone = Record("alone", seed=1)
    alone.add("forces.pressure", 1.0)
    assert models_table(alone) == ""


def test_many_models_have_a_row_each():
    record = Record("many", seed=1)
    for index in range(5):
        record.add(f"model_{index}.pressure", 100.0 * index, "bar", error=10.0)
    table = rows(models_table(record))
    assert table[:2] == [["Model", "Value", "Unit", "Floor", "Reference", "Verdict"], ["Pressure"]]
    assert table[4] == ["model_2", "200 ± 10", "bar", "–", "–", "· no verdict"]
    assert len(table) == 7


def test_stages_share_the_total(record):
    table = rows(stages_table(record))
    assert table[-1][:2] == ["Total", "5 min 28 s"]
    shares = [float(share) for share in re.findall(r"width:([\d.]+)%", stages_table(record))]
    assert abs(sum(shares) - 100.0) < 0.5
    assert "no stages" in stages_table(Record("empty", seed=1))


def test_inputs_show_hash_and_notes(record):
    html = inputs_table(record)
    assert record.inputs[0]["sha256"] in html
    assert "taken as constraints" in html
    assert "frames: 2000" in html


def test_everything_is_escaped():
    record = Record("x", seed=1)
    record.add("m.<b>", 1.0, "<u>", source="<s>", note="<n>")
    record.inputs.append({"path": "<p>", "notes": "<i>"})
    hostile = numbers_table(record) + inputs_table(record) + pairs_table({"<k>": "<v>"}, "x")
    hostile += panel_table(Table("t", ["<h>"], [["<c>"]]))
    for letter in "businpkvhc":
        assert f"<{letter}>" not in hostile


def test_panel_table_formats_numbers():
    table = rows(panel_table(Table("t", ["a", "b", "c"], [["W", 18.0154, None]])))
    assert table == [["a", "b", "c"], ["W", "18.02", "–"]]
