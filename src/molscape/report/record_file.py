"""`record.json`: the numbers of a run, written before anything is drawn."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from molscape.core.record import Number, Record
from molscape.core.store import write_text

RECORD_NAME = "record.json"
_TIMING_UNITS = frozenset({"ns/day", "s", "steps/s"})
_COMPARED: tuple[Literal["value", "error", "floor", "reference"], ...] = (
    "value",
    "error",
    "floor",
    "reference",
)

DifferenceKind = Literal[
    "value", "error", "floor", "reference", "unit", "verdict", "missing", "timing"
]


@dataclass(frozen=True)
class Difference:
    """How one number differs between two records.

    `a` and `b` are what each side says (None where it says nothing). Kind "timing" marks a
    number that depends on the machine: it is listed and not compared.
    """

    name: str
    kind: DifferenceKind
    a: float | str | None
    b: float | str | None
    unit: str = ""

    @property
    def matters(self) -> bool:
        """Whether the records disagree; a timing does not count."""
        return self.kind != "timing"


def write_record(record: Record, folder: str | os.PathLike[str]) -> Path:
    """Write `record.json` into a folder, whole or not at all; not-a-number becomes null.

    Args:
        record: the account of the run.
        folder: made if it does not exist.

    Returns:
        The path of the file.
    """
    text = json.dumps(record.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    return write_text(Path(folder) / RECORD_NAME, text + "\n")


def read_record(folder: str | os.PathLike[str]) -> Record:
    """Read the `record.json` of a run folder (or the file itself).

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is not JSON, or of a format that is not known.
    """
    path = Path(folder)
    path = path / RECORD_NAME if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(
            f"no {RECORD_NAME} at {path}: give the folder of a run that has finished"
        )
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not valid JSON ({error}): run the study again") from error
    return Record.from_dict(plain)


def is_timing(number: Number) -> bool:
    """Return whether a number depends on the machine: a speed or a duration."""
    timed = {"speed", "seconds", "overhead"} & {number.key.group, *number.key.parts}
    return bool(timed) or number.unit in _TIMING_UNITS


def compare_records(a: Record, b: Record, rtol: float = 0.0) -> list[Difference]:
    """Compare two records number by number, by name.

    Values, errors, floors and references agree if |a - b| <= rtol max(|a|, |b|); two
    not-a-numbers agree.

    Args:
        a: one record.
        b: the other.
        rtol: relative tolerance; 0 asks for identical numbers.

    Returns:
        The differences in the order of `a`, then what only `b` has; timings are listed with
        kind "timing" wherever both have them.

    Raises:
        ValueError: if the tolerance is negative.
    """
    if rtol < 0:
        raise ValueError(f"rtol must not be negative, got {rtol}: use 0 for identical numbers")
    others = {number.name: number for number in b.numbers}
    known = {number.name for number in a.numbers}
    differences: list[Difference] = []
    for number in a.numbers:
        if number.name in others:
            differences += _compare_numbers(number, others[number.name], rtol)
        else:
            differences.append(Difference(number.name, "missing", number.value, None, number.unit))
    differences += [
        Difference(number.name, "missing", None, number.value, number.unit)
        for number in b.numbers
        if number.name not in known
    ]
    return differences


def _compare_numbers(a: Number, b: Number, rtol: float) -> list[Difference]:
    if a.unit != b.unit:
        return [Difference(a.name, "unit", a.unit, b.unit)]
    if is_timing(a):
        return [Difference(a.name, "timing", a.value, b.value, a.unit)]
    differences = [
        Difference(a.name, kind, getattr(a, kind), getattr(b, kind), a.unit)
        for kind in _COMPARED
        if not _agree(getattr(a, kind), getattr(b, kind), rtol)
    ]
    if a.verdict != b.verdict:
        differences.append(Difference(a.name, "verdict", a.verdict, b.verdict))
    return differences


def _agree(a: float | None, b: float | None, rtol: float) -> bool:
    if a is None or b is None:
        return a is b
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= rtol * max(abs(a), abs(b))
