"""The tables of a page: numbers, models side by side, stages, inputs, versions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from molscape.core.panels import Table
from molscape.core.record import Number, Record
from molscape.report.format import (
    MISSING,
    format_number,
    format_seconds,
    format_unit,
    format_value,
)
from molscape.report.words import in_words, verdict_words

_INPUT_NAMES = ("path", "name", "file")
_STAGE_NAMES = ("name", "stage", "title")
_SHARED_FEWEST = 2
_MOST_COLUMNS = 4


def numbers_table(record: Record) -> str:
    """Return every number: in words, value, unit, floor, reference, source, verdict."""
    if not record.numbers:
        return "<p>The run left no numbers.</p>"
    notes = any(number.note for number in record.numbers)
    heads = ["Quantity", "Value", "Unit", "Floor", "Reference", "Source", "Verdict"]
    body = []
    groups = list(dict.fromkeys(number.key.group for number in record.numbers))
    for group in groups:
        members = [number for number in record.numbers if number.key.group == group]
        if group:
            span = f'<th colspan="{len(heads)}">{escape(group)}</th>'
            body.append(f'<tr class="group">{span}</tr>')
        body += [_number_row(number) for number in members]
    legend = (
        "Value ± one standard error. Floor: the same quantity between two halves of the "
        "reference; nothing is judged more finely than twice the floor."
    )
    if notes:
        legend += " Remarks stand below their quantity."
    return _table(heads, body, "numbers") + f'<p class="legend">{legend}</p>'


def models_table(record: Record) -> str:
    """Return what several models share, side by side; empty if there is only one model.

    Up to four models have a column each; more have a row each below every quantity.
    """
    shared: dict[str, dict[str, Number]] = {}
    for number in record.numbers:
        if number.key.group:
            shared.setdefault(number.key.rest, {})[number.key.group] = number
    shared = {name: row for name, row in shared.items() if len(row) >= _SHARED_FEWEST}
    members = {group for row in shared.values() for group in row}
    if len(members - {"reference"}) < _SHARED_FEWEST:
        return ""
    appearing = dict.fromkeys(number.key.group for number in record.numbers)
    groups = [group for group in appearing if group in members]
    if len(groups) <= _MOST_COLUMNS:
        return _models_as_columns(shared, groups)
    return _models_as_rows(shared)


def _models_as_columns(shared: dict[str, dict[str, Number]], groups: list[str]) -> str:
    body = []
    for row in shared.values():
        title = _title(row)
        unit = _common(number.unit for number in row.values())
        floor = _common(number.floor for number in row.values())
        reference = _common(number.reference for number in row.values())
        values = "".join(_model_cell(row.get(group), unit is None) for group in groups)
        body.append(
            f'<tr><th scope="row">{title}</th>{values}'
            f"<td>{escape(format_unit(unit or ''))}</td>"
            f'<td class="n">{format_number(floor, 2)}</td>'
            f'<td class="n">{format_number(reference)}</td></tr>'
        )
    return _table(["Quantity", *groups, "Unit", "Floor", "Reference"], body, "models")


def _models_as_rows(shared: dict[str, dict[str, Number]]) -> str:
    heads = ["Model", "Value", "Unit", "Floor", "Reference", "Verdict"]
    body = []
    for row in shared.values():
        title = _title(row)
        body.append(f'<tr class="group"><th colspan="{len(heads)}">{title}</th></tr>')
        body += [
            f'<tr><th scope="row">{escape(group)}</th>'
            f'<td class="n">{format_value(number.value, number.error)}</td>'
            f"<td>{escape(format_unit(number.unit))}</td>"
            f'<td class="n">{format_number(number.floor, 2)}</td>'
            f'<td class="n">{format_number(number.reference)}</td>'
            f"<td>{_verdict(number.verdict)}</td></tr>"
            for group, number in row.items()
        ]
    return _table(heads, body, "models")


def _title(row: dict[str, Number]) -> str:
    """Return what the numbers of a row have in common, in words."""
    return escape(in_words(next(iter(row.values())).key))


def stages_table(record: Record) -> str:
    """Return the stages with their seconds, as numbers and as bars of their share."""
    if not record.stages:
        return "<p>The run left no stages.</p>"
    times = [float(stage.get("seconds") or 0.0) for stage in record.stages]
    total = math.fsum(times)
    body = []
    for stage, seconds in zip(record.stages, times, strict=True):
        share = 100.0 * seconds / total if total > 0 else 0.0
        more = _details(stage, (*_STAGE_NAMES, "seconds"))
        body.append(
            f'<tr><th scope="row">{escape(_first(stage, _STAGE_NAMES))}</th>'
            f'<td class="n">{format_seconds(stage.get("seconds"))}</td>'
            f'<td class="share"><span style="width:{share:.1f}%"></span></td><td>{more}</td></tr>'
        )
    body.append(
        f'<tr class="total"><th scope="row">Total</th><td class="n">{format_seconds(total)}</td>'
        "<td></td><td></td></tr>"
    )
    return _table(["Stage", "Time", "Share", "Details"], body, "stages")


def inputs_table(record: Record) -> str:
    """Return the inputs with their hashes and what was noticed when they were read."""
    if not record.inputs:
        return "<p>The run read no files.</p>"
    body = []
    for item in record.inputs:
        notes = item.get("notes") or []
        notes = [notes] if isinstance(notes, str) else notes
        told = "".join(f"<li>{escape(str(note))}</li>" for note in notes)
        told = f"<ul>{told}</ul>" if told else ""
        more = _details(item, (*_INPUT_NAMES, "sha256", "notes"))
        body.append(
            f'<tr><th scope="row">{escape(_first(item, _INPUT_NAMES))}</th><td>{more}{told}</td>'
            f'<td class="hash">{escape(str(item.get("sha256") or MISSING))}</td></tr>'
        )
    return _table(["Input", "What was found", "SHA-256"], body, "inputs")


def pairs_table(pairs: dict[str, Any], name: str) -> str:
    """Return names and values in two columns."""
    body = [
        f'<tr><th scope="row">{escape(str(key).replace("_", " "))}</th>'
        f"<td>{escape(_text_of(value))}</td></tr>"
        for key, value in pairs.items()
    ]
    return _table([], body, name)


def panel_table(table: Table) -> str:
    """Return a table of a section."""
    body = []
    for row in table.rows:
        cells = "".join(
            f'<td class="n">{format_number(cell)}</td>'
            if isinstance(cell, int | float) and not isinstance(cell, bool)
            else f"<td>{escape(MISSING if cell is None else str(cell))}</td>"
            for cell in row
        )
        body.append(f"<tr>{cells}</tr>")
    return _table(table.columns, body, "panel")


def _number_row(number: Number) -> str:
    phrase = escape(in_words(number.key))
    note = f'<span class="note">{escape(number.note)}</span>' if number.note else ""
    return (
        f'<tr><th scope="row" title="{escape(number.name)}">{phrase}{note}</th>'
        f'<td class="n">{format_value(number.value, number.error)}</td>'
        f"<td>{escape(format_unit(number.unit))}</td>"
        f'<td class="n">{format_number(number.floor, 2)}</td>'
        f'<td class="n">{format_number(number.reference)}</td>'
        f"<td>{escape(number.source) or MISSING}</td><td>{_verdict(number.verdict)}</td></tr>"
    )


def _model_cell(number: Number | None, with_unit: bool) -> str:
    if number is None:
        return f'<td class="n">{MISSING}</td>'
    value = format_value(number.value, number.error, number.unit if with_unit else "")
    verdict = "" if number.verdict == "none" else " " + _verdict(number.verdict)
    return f'<td class="n">{escape(value)}{verdict}</td>'


def _common(values: Iterable[Any]) -> Any:
    """Return the value that all share, None if they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _verdict(verdict: str) -> str:
    symbol, word = verdict_words(verdict)
    return f'<span class="verdict {verdict}">{symbol}&nbsp;{word}</span>'


def _table(heads: Sequence[str], body: Iterable[str], name: str) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return (
        f'<div class="wide"><table class="{escape(name)}">{top}'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _first(item: dict[str, Any], keys: Sequence[str]) -> str:
    return next((str(item[key]) for key in keys if item.get(key)), MISSING)


def _details(item: dict[str, Any], known: Sequence[str]) -> str:
    more = {key: value for key, value in item.items() if key not in known and value is not None}
    return escape(
        "; ".join(f"{str(key).replace('_', ' ')}: {_text_of(value)}" for key, value in more.items())
    )


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_number(value)
    if isinstance(value, list | tuple):
        return ", ".join(_text_of(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text_of(item)}" for key, item in value.items())
    return str(value)
