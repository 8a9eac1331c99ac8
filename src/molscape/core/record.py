"""What a run leaves: inputs, versions, seeds, stages and numbers with their keys and verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["pass", "fail", "none"]


THIS_RUN = "molscape, this run"
"""Source of what a run measured itself."""


@dataclass(frozen=True)
class NumberKey:
    """What a number is of; as a text its parts are joined by dots: `forces.hot.rdf.W-W.distance`.

    Attributes:
        subject: the model, or the part of the study, that it is about.
        observable: name of the observable; empty for numbers of other things, whose whole path
            is the quantity.
        label: which of the observable's, such as a pair of types; it may hold dots.
        quantity: what is told of it, such as its distance from the reference.
        state: name of the state; empty at the main one.
        member: the member of a series that the number was taken from.
    """

    subject: str
    observable: str = ""
    label: str = ""
    quantity: str = ""
    state: str = ""
    member: str = ""

    @property
    def text(self) -> str:
        """The path, as `record.json` has it."""
        return self._joined(self.member, self.subject, *self._own)

    @property
    def group(self) -> str:
        """What the number is listed under: the member of a series, or the subject."""
        return self.member or self.subject

    @property
    def rest(self) -> str:
        """The path behind the group."""
        return self._joined(self.subject if self.member else "", *self._own)

    @property
    def parts(self) -> tuple[str, ...]:
        """The words of the path behind the group, as they were joined by dots."""
        return tuple(self.rest.split("."))

    def tells(self, quantity: str) -> bool:
        """Whether the last word of the path behind the group is this quantity."""
        return bool(self.group) and self.parts[-1] == quantity

    def __str__(self) -> str:
        return self.text

    @property
    def _own(self) -> tuple[str, ...]:
        return self.state, self.observable, self.label, self.quantity

    @staticmethod
    def _joined(*parts: str) -> str:
        return ".".join(part for part in parts if part)


def parse_key(text: str, observables: Collection[str] = (), *, subject: bool = True) -> NumberKey:
    """Return the key whose text this is: of a number of no observable, or of a record read back.

    The subject is the part before the first dot, if there is one. Behind it stands the state, if
    a name of `observables` follows; behind that the label, and last the quantity if it is a plain
    word of lower case letters. What names no observable is a quantity as a whole.

    Args:
        text: joined by dots.
        observables: names that it may hold.
        subject: whether it begins with one; the keys of plots have none.
    """
    name, dot, rest = text.partition(".") if subject else ("", ".", text)
    if not dot:
        return NumberKey("", quantity=text)
    parts = rest.split(".")
    place = next((k for k, part in enumerate(parts) if part in observables), None)
    if place is None:
        return NumberKey(name, quantity=rest)
    state, label = ".".join(parts[:place]), parts[place + 1 :]
    quantity = label.pop() if label and label[-1].replace("_", "").islower() else ""
    if "-" in quantity or not quantity.replace("_", "").isalpha():
        label, quantity = [*label, quantity] if quantity else label, ""
    return NumberKey(name, parts[place], ".".join(label), quantity, state)


@dataclass(frozen=True)
class Number:
    """One number of a run, named by its key, e.g. `forces.rdf.W-W.distance`.

    `error` is a standard error; `floor` the same quantity between two halves of the
    reference; `reference` what it is held against and `source` where that comes from.
    `verdict` is "none" where nothing can fairly be said; `note` says why or what it means.
    """

    key: NumberKey
    value: float
    unit: str = ""
    error: float | None = None
    floor: float | None = None
    reference: float | None = None
    source: str = ""
    verdict: Verdict = "none"
    note: str = ""

    @property
    def name(self) -> str:
        """The text of the key."""
        return self.key.text

    def about(self, subject: str, state: str = "") -> Number:
        """Return the number as one of this subject at this state."""
        return replace(self, key=replace(self.key, subject=subject, state=state))

    def to_dict(self) -> dict[str, Any]:
        """Return the text of the key and all fields."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "key"}
        return {"name": self.name, **named}


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

    def add(self, key: NumberKey | str, value: float, unit: str = "", **more: Any) -> Number:
        """Append a number and return it.

        Args:
            key: of the number; of one that is no observable's its text serves.
            value: of the number.
            unit: of the value.
            more: other fields of `Number`.

        Raises:
            ValueError: if a number of that name exists already.
        """
        typed = parse_key(key) if isinstance(key, str) else key
        return self.put(Number(typed, value=float(value), unit=unit, **more))

    def put(self, number: Number) -> Number:
        """Append a number and return it.

        Raises:
            ValueError: if a number of that name exists already.
        """
        name = number.name
        if any(other.name == name for other in self.numbers):
            raise ValueError(f"the record already has a number {name!r}: names must differ")
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
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["numbers"] = [number.to_dict() for number in self.numbers]
        return _plain({"format": 1, **plain})

    @classmethod
    def from_dict(cls, plain: dict[str, Any], observables: Collection[str] = ()) -> Record:
        """Rebuild a record written by `to_dict`, its keys those that `parse_key` finds.

        Args:
            plain: as `to_dict` returns it.
            observables: names that keys may hold.

        Raises:
            ValueError: if the format version is not known.
        """
        plain = dict(plain)
        version = plain.pop("format", None)
        if version != 1:
            raise ValueError(
                f"record.json has format {version}, this molscape reads 1: upgrade molscape"
            )
        numbers = [_number(dict(number), observables) for number in plain.pop("numbers")]
        return cls(**plain, numbers=numbers)


def _number(plain: dict[str, Any], observables: Collection[str]) -> Number:
    key = parse_key(plain.pop("name"), observables)
    value = plain.pop("value")
    return Number(key, math.nan if value is None else value, **plain)


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
