"""Several observables at once: planned on a reference, measured alike on every sample."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from molscape.analysis.observables import (
    Member,
    Observable,
    PartlyMeasuredError,
    Plan,
    SectionName,
    names,
    observable,
)
from molscape.core.panels import Map, Plot, Table
from molscape.core.record import Number, Progress
from molscape.core.sample import Sample

log = logging.getLogger(__name__)

Plans = Mapping[str, Plan[Any]]
"""What is to be measured, by the name of the observable."""


@dataclass(eq=False)
class Measured:
    """What was measured on one sample: results by observable and label.

    `unmeasured` says why something could not be measured, by name and label.
    """

    sample: Sample
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    unmeasured: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> dict[str, Any]:
        """Return the results of one observable by label; none if it was not measured."""
        return self.results.get(name, {})


def plan_survey(
    asked: Iterable[str],
    reference: Sample,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Plan[Any]]:
    """Choose types, molecules and ranges of observables from the reference, the same for all.

    Args:
        asked: names of observables.
        reference: the sample that others are compared with.
        options: what is said of an observable beyond its name; those with options are asked for.
    """
    more = {name: own for name, own in (options or {}).items() if own}
    chosen = sorted(_of(dict.fromkeys((*asked, *more))), key=lambda each: each.order)
    return {each.name: each.plan(reference, more.get(each.name, {})) for each in chosen}


def measure(sample: Sample, plans: Plans, progress: Progress | None = None) -> Measured:
    """Measure everything in the plans; what cannot be measured is reported with the reason.

    `progress` is called as progress("analysis", done, total).
    """
    found = Measured(sample)
    for name, plan in plans.items():
        for label, why in plan.impossible.items():
            found.unmeasured[_text(name, label)] = why
    tasks = [(name, label) for name, plan in plans.items() for label in plan.labels]
    for done, (name, label) in enumerate(tasks, start=1):
        try:
            result = observable(name).measure(sample, plans[name].labels[label])
            found.results.setdefault(name, {})[label] = result
        except ValueError as error:
            if isinstance(error, PartlyMeasuredError):
                found.results.setdefault(name, {})[label] = error.result
            text = _text(name, label)
            found.unmeasured[text] = str(error)
            log.warning("%s was not measured: %s", text, error)
        if progress is not None:
            progress("analysis", done, len(tasks))
    return found


def own_numbers(measured: Measured) -> Iterator[Number]:
    """Yield the numbers of a sample by itself, without a subject."""
    for each in _of(measured.results):
        for label, result in measured.of(each.name).items():
            yield from each.numbers(label, result, None)


def compared_numbers(
    reference: Measured, measured: Measured, tolerances: Mapping[str, float]
) -> Iterator[Number]:
    """Yield the numbers of a sample beside the reference's, without a subject.

    Args:
        reference: what others are compared with.
        measured: the sample.
        tolerances: largest accepted deviations by name; judged no stricter than twice the floor.
    """
    for each in _of(measured.results):
        base = reference.of(each.name)
        for label, result in measured.of(each.name).items():
            yield from each.numbers(label, result, base.get(label))
            if label in base:
                yield from each.compare(label, base[label], result, tolerances)


def unmeasured_notes(measured: Measured, name: str) -> list[str]:
    """Return what could not be measured of a sample of this name, and why."""
    return [
        f"{what} of {name} was not measured: {why}" for what, why in measured.unmeasured.items()
    ]


def draw_section(
    section: SectionName,
    plans: Plans,
    reference: tuple[str, Measured],
    measured: Mapping[str, Measured],
) -> list[Plot | Map | Table]:
    """Return what a section of a page draws of all samples.

    Args:
        section: of the page.
        plans: what was measured; what runs show over time is drawn whether or not it is there.
        reference: its name and what was measured on it.
        measured: what was measured on others, by name.
    """
    name, base = reference
    shown = [each for each in _of(names()) if each.of_run and each.name not in plans]
    drawn = [each for each in (*_of(plans), *shown) if each.section == section]
    return [
        panel
        for each in sorted(drawn, key=lambda one: (one.place, one.order))
        for panel in each.draw(
            plans.get(each.name, Plan()),
            [
                Member(name, "reference", base.sample, base.of(each.name)),
                *(Member(m, "model", own.sample, own.of(each.name)) for m, own in measured.items()),
            ],
        )
    ]


def section_text(section: SectionName, plans: Plans) -> str:
    """Return what a section of a page says of the observables that it draws."""
    return " ".join(each.text for each in _of(plans) if each.section == section and each.text)


def run_observables(asked: Iterable[str]) -> list[str]:
    """Return the names of what is told of each run: those asked for, and what no recipe names."""
    wanted = set(asked)
    return [e.name for e in _of(names()) if e.of_run and (e.name in wanted or not e.in_recipes)]


def compared_observables(asked: Iterable[str]) -> list[str]:
    """Return the names asked for that are compared with a reference."""
    return [each.name for each in _of(asked) if not each.of_run]


def _of(chosen: Iterable[str]) -> list[Observable[Any, Any]]:
    return [observable(name) for name in chosen]


def _text(name: str, label: str) -> str:
    return observable(name).key(label).text
