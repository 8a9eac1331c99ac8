"""The report of a series: what models of different mappings can be held against one another by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from molscape.analysis.observables import Observable, names, observable
from molscape.core.curve import Curve
from molscape.core.record import NumberKey, Record, parse_key
from molscape.report import Line, Plot, Report, Section, Table, format_value
from molscape.studies.mapping_series.numbers import EXPLAINED, SPEED, shared_observables
from molscape.studies.parts.curves import REFERENCE, DrawnCurves, read_curves, write_curves

if TYPE_CHECKING:
    from molscape.studies.mapping_series.results import SeriesMember, SeriesStudy

TEXT = (
    "Each mapping has a study of its own, with all that its beads do, in the folder mappings; here "
    "stands what does not depend on the beads. Centres of mass of molecules, and how large they "
    "are, can be told from any beads. The share of the forces that a model explains is that of its "
    "own beads: with fewer beads there is less to explain."
)


def write_series_report(study: SeriesStudy, members: dict[str, SeriesMember]) -> None:
    """Write report.html and curves.json into the folder of the series."""
    found = {name: read_curves(one.folder / "curves.json") for name, one in members.items()}
    figures = [*_overlaid(found), *_distances(study, members)]
    overview = [Section("Mappings side by side", TEXT, [*figures, *_tables(study, members)])]
    report = Report(
        study.record,
        summary=_summary(study, members),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
        overview=overview,
    )
    write_curves(study.folder / "curves.json", overview)
    report.save(study.folder / "report.html")


def _compared() -> list[Observable[Any, Any]]:
    """Return the observables whose curves and distances are held side by side."""
    shared = (observable(name) for name in shared_observables())
    return [each for each in shared if not each.of_run]


def _overlaid(found: dict[str, dict[str, DrawnCurves]]) -> Iterable[Plot]:
    """Return the curves of all mappings over one another."""
    keys = dict.fromkeys(key for plots in found.values() for key in plots)
    for each in _compared():
        for key in keys:
            if parse_key(key, names(), subject=False).observable == each.name:
                title = next(plots[key].title for plots in found.values() if key in plots)
                lines = list(_lines(found, key))
                yield replace(each.plot(lines, title, each.mappings_caption), key=key)


def _lines(found: dict[str, dict[str, DrawnCurves]], key: str) -> Iterable[Line]:
    """Return references and models of all mappings; equal references are drawn once."""
    drawn: list[Curve] = []
    own = {name: plots[key].curves for name, plots in found.items() if key in plots}
    for name, curves in own.items():
        reference = curves.get(REFERENCE)
        if reference is not None and not any(_equal(reference, one) for one in drawn):
            label = f"{REFERENCE}, {name}" if drawn else REFERENCE
            yield Line(reference, label, "reference")
            drawn.append(reference)
    for name, curves in own.items():
        for label, curve in curves.items():
            if label != REFERENCE:
                yield Line(curve, f"{name}, {label}")


def _equal(a: Curve, b: Curve) -> bool:
    return a.x.shape == b.x.shape and np.allclose(a.y, b.y, atol=0.02 * np.nanmax(np.abs(a.y)))


def _distances(study: SeriesStudy, members: dict[str, SeriesMember]) -> Iterable[Plot]:
    """Return how far the distributions of each model are from the reference, over its beads."""
    compared = {each.name for each in _compared()}
    numbers = {number.key: number for number in study.record.numbers}
    keys = (replace(key, member="", subject="") for key in numbers if key.observable in compared)
    for key in dict.fromkeys(key for key in keys if key.quantity == "distance"):
        each = observable(key.observable)
        lines, highest = [], 0.0
        for model in study.recipe.models:
            own = {name: replace(key, member=name, subject=model) for name in members}
            rows = sorted(
                (member.beads, numbers[own[name]].value, numbers[own[name]].error or 0.0, name)
                for name, member in members.items()
                if own[name] in numbers
            )
            if rows:
                x, y, error = np.array([row[:3] for row in rows], dtype=np.float64).T
                curve = Curve(x, y, error, "beads of a molecule", "", "distance", each.unit)
                lines.append(Line(curve, model, names=[row[3] for row in rows]))
                highest = max(highest, float(np.max(y + 2 * error)))
        if lines and len(members) > 1:
            title = f"{each.title} {key.label}: distance over the number of beads"
            yield Plot(title, lines, y_range=(0.0, 1.08 * highest), key=f"beads.{key.text}")


def _tables(study: SeriesStudy, members: dict[str, SeriesMember]) -> Iterable[Table]:
    shared = [observable(name) for name in shared_observables()]
    columns = {
        **{(e.name, e.compared): e.column for e in shared if e.section == "structure"},
        ("", EXPLAINED): "Explained",
        **{(e.name, e.compared): e.column for e in shared if e.section != "structure"},
        ("", SPEED): "Speed ratio",
    }
    rows = []
    for name, member in members.items():
        for model in study.recipe.models:
            cells = [_largest(study.record, name, model, *column) for column in columns]
            rows.append([name, format_value(member.beads), model, *cells])
    used = [k for k in range(len(columns)) if any(row[3 + k] for row in rows)]
    yield Table(
        "Models of all mappings",
        ("Mapping", "Beads", "Model", *(list(columns.values())[k] for k in used)),
        [[*row[:3], *(row[3 + k] or "–" for k in used)] for row in rows],
        "± one standard error; the worst of several kinds of molecules. Ratios are those to "
        "the atoms.",
        broad=True,
    )


def _largest(record: Record, member: str, model: str, name: str, quantity: str) -> str:
    """Return a number of a model as text; of several labels the largest; empty if none."""
    found = [
        number
        for number in record.numbers
        if replace(number.key, label="") == NumberKey(model, name, quantity=quantity, member=member)
    ]
    if not found:
        return ""
    number = max(found, key=lambda one: one.value)
    return format_value(number.value, number.error)


def _summary(study: SeriesStudy, members: dict[str, SeriesMember]) -> str:
    told = ", ".join(f"{name} ({format_value(one.beads)})" for name, one in members.items())
    return (
        f"{len(members)} mappings of one reference, with the beads of a molecule in brackets: "
        f"{told}. {study.recipe.description}"
    )
