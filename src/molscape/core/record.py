"""What a run leaves: inputs, versions, seeds, stages and numbers with their verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True)
class Number:
    """One number of a run, named by path, e.g. `forces.rdf.W-W.distance`.

    `error` is a standard error; `floor` the same quantity between two halves of the
    reference; `reference` what it is held against and `source` where that comes from.
    `verdict` is "none" where nothing can fairly be said; `note` says why or what it means.
    """

    name: str
    value: float
    unit: str = ""
    error: float | None = None
    floor: float | None = None
    reference: float | None = None
    source: str = ""
    verdict: Verdict = "none"
    note: str = ""


@dataclass
class Record:
    """The account of one run, written as `record.json` before anything is drawn."""

    title: str
    seed: int
    versions: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    recipe: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str = "", **more: Any) -> Number:
        """Append a number and return it.

        Raises:
            ValueError: if a number of that name exists already.
        """
        if any(number.name == name for number in self.numbers):
            raise ValueError(f"the record already has a number {name!r}: names must differ")
        number = Number(name=name, value=float(value), unit=unit, **more)
        self.numbers.append(number)
        return number

    def __getitem__(self, name: str) -> Number:
        """Return the number of that name."""
        for number in self.numbers:
            if number.name == name:
                return number
        raise KeyError(f"no number {name!r}; there are {[n.name for n in self.numbers]}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dictionaries; not-a-number becomes null."""
        return _plain({"format": 1, **asdict(self)})

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Record:
        """Rebuild a record written by `to_dict`.

        Raises:
            ValueError: if the format version is not known.
        """
        plain = dict(plain)
        version = plain.pop("format", None)
        if version != 1:
            raise ValueError(
                f"record.json has format {version}, this molscape reads 1: upgrade molscape"
            )
        numbers = [
            Number(**{**number, "value": math.nan if number["value"] is None else number["value"]})
            for number in plain.pop("numbers")
        ]
        return cls(**plain, numbers=numbers)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


Progress = Callable[[str, int, int], None]
"""Called as progress(what, done, total) by long work; `app` draws it with the time left."""
