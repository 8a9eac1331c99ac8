"""What an observable is: planned on a reference, measured on samples, compared and drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from molscape.core.panels import Line, Map, Plot, Role, Table
from molscape.core.record import THIS_RUN, Number, NumberKey
from molscape.core.sample import Sample

Planned = TypeVar("Planned")
"""What is to be measured for one label."""

Result = TypeVar("Result")
"""What was measured for one label."""

SectionName = Literal["structure", "landscapes", "dynamics", ""]
"""Sections of a page; the empty one is not drawn."""

WHOLE = ""
"""Label of an observable that has only one."""


class PartlyMeasuredError(ValueError):
    """Something could be measured, and why the rest could not."""

    def __init__(self, why: str, result: Any) -> None:
        super().__init__(why)
        self.result = result


@dataclass(frozen=True)
class Plan(Generic[Planned]):
    """What to measure, by label; `impossible` says why not, by label or as a whole ("")."""

    labels: Mapping[str, Planned] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Member(Generic[Result]):
    """A sample that is drawn: its name and look, and what was measured on it by label."""

    name: str
    role: Role
    sample: Sample
    results: Mapping[str, Result]


class Observable(ABC, Generic[Planned, Result]):
    """One thing that can be measured alike on a reference and on every run.

    Attributes:
        name: in recipes and in the names of numbers; that of its file.
        title: of its plots, before the label.
        words: what it is called in sentences and tables.
        unit: of its number, or of the distance from the reference.
        scale: how much of the inner unit one of `unit` is.
        section: of the page that draws it.
        text: what the section says of it.
        judged: names of the tolerances that can judge it.
        phrases: words for some of its quantities, in place of "words, quantity".
        order: among the numbers; smaller ones come first.
        place: in its section, before `order`.
        in_recipes: whether `observables` of a recipe can name it.
        of_run: whether it is told once of each run, and not compared with a reference.
        column: title of the column that shows models of several mappings side by side; only
            where it means the same whatever the mapping is.
        compared: the quantity in that column.
        mappings_caption: below its plot of several mappings.
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""
    words: ClassVar[str]
    unit: ClassVar[str] = ""
    scale: ClassVar[float] = 1.0
    section: ClassVar[SectionName] = ""
    text: ClassVar[str] = ""
    judged: ClassVar[tuple[str, ...]] = ()
    phrases: ClassVar[Mapping[str, str]] = {}
    order: ClassVar[int] = 200
    place: ClassVar[int] = 0
    in_recipes: ClassVar[bool] = True
    of_run: ClassVar[bool] = False
    column: ClassVar[str] = ""
    compared: ClassVar[str] = "distance"
    mappings_caption: ClassVar[str] = ""

    @abstractmethod
    def plan(self, reference: Sample, options: Mapping[str, Any]) -> Plan[Planned]:
        """Choose what to measure, with one range for everybody, from the reference.

        Args:
            reference: the sample that others are compared with; of what is told of each run, the
                run itself.
            options: what a recipe says of this observable beyond its name.
        """

    @abstractmethod
    def measure(self, sample: Sample, planned: Planned) -> Result:
        """Measure what was planned for one label.

        Raises:
            PartlyMeasuredError: if only a part could be measured.
            ValueError: if it cannot be measured.
        """

    def numbers(self, label: str, measured: Result, reference: Result | None) -> Iterable[Number]:
        """Yield the numbers of a result by itself, without a subject."""
        return ()

    def compare(
        self, label: str, reference: Result, measured: Result, tolerances: Mapping[str, float]
    ) -> Iterable[Number]:
        """Yield the numbers of a result against the reference's, without a subject.

        Args:
            label: of both.
            reference: what it is compared with, and whose halves give the floor.
            measured: the result.
            tolerances: largest accepted deviations, by names of `judged`.
        """
        return ()

    def draw(
        self, plan: Plan[Planned], members: Sequence[Member[Result]]
    ) -> Iterable[Plot | Map | Table]:
        """Yield what is to be drawn of all members, the reference first."""
        return ()

    def plot(self, lines: Sequence[Line], title: str, caption: str = "") -> Plot:
        """Return lines over one another, with the ranges that suit it."""
        return Plot(title, lines, caption)

    def key(self, label: str = WHOLE, quantity: str = "") -> NumberKey:
        """Return the key of one of its numbers, without a subject."""
        return NumberKey("", self.name, label, quantity)

    def number(
        self,
        label: str,
        measured: tuple[float, float],
        note: str,
        *,
        quantity: str = "",
        reference: tuple[float, float] | None = None,
    ) -> Number:
        """Return a value and its standard error as a number of this run, without a subject.

        Args:
            label: of the number.
            measured: the value and its error, in inner units.
            note: what it means.
            quantity: what is told of the observable; empty where it is the observable itself.
            reference: the same of the reference, whose value stands beside it.
        """
        return Number(
            self.key(label, quantity),
            float(measured[0] / self.scale),
            self.unit,
            error=float(measured[1] / self.scale),
            reference=None if reference is None else float(reference[0] / self.scale),
            source=THIS_RUN,
            note=note,
        )


def labels_of(members: Sequence[Member[Any]]) -> tuple[str, ...]:
    """Return the labels that any member has, each once."""
    return tuple(dict.fromkeys(label for member in members for label in member.results))
