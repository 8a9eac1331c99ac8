"""The report of a series: what models of different mappings can be held against one another by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from molscape.analysis.plots import distribution_plot, msd_plot
from molscape.core.curve import Curve
from molscape.core.record import Record
from molscape.report import Line, Plot, Report, Section, Table, format_value
from molscape.report.overview import TITLES
from molscape.studies.parts.curves import REFERENCE, write_curves

if TYPE_CHECKING:
    from molscape.studies.mapping_series.results import Member, SeriesStudy

TEXT = (
    "Each mapping has a study of its own, with all that its beads do, in the folder mappings; here "
    "stands what does not depend on the beads. Centres of mass of molecules, and how large they "
    "are, can be told from any beads. The share of the forces that a model explains is that of its "
    "own beads: with fewer beads there is less to explain."
)
COMPARED = ("centres", "gyration")
"""Kinds of distributions that are measured alike on all mappings."""

MSD = "Mean squared displacement"


def write_series_report(study: SeriesStudy, members: dict[str, Member]) -> None:
    """Write report.html and curves.json into the folder of the series."""
    found = {name: _curves(member) for name, member in members.items()}
    figures = [*_distributions(found), *_displacements(found), *_distances(study, members)]
    overview = [Section("Mappings side by side", TEXT, [*figures, *_tables(study, members)])]
    report = Report(
        study.record,
        summary=_summary(study, members),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
        overview=overview,
    )
    write_curves(study.folder / "curves.json", overview)
    report.save(study.folder / "report.html")


def _curves(member: Member) -> dict[str, dict[str, Curve]]:
    """Return every curve of a member's report by title and label."""
    plain = json.loads((member.folder / "curves.json").read_text(encoding="utf-8"))["curves"]
    return {
        title: {label: _curve(one) for label, one in lines.items()}
        for title, lines in plain.items()
    }


def _curve(plain: dict[str, Any]) -> Curve:
    x, y, error = (
        np.array([np.nan if value is None else value for value in plain[key]], dtype=np.float64)
        for key in ("x", "y", "error")
    )
    labels = (plain[key] for key in ("x_label", "x_unit", "y_label", "y_unit"))
    return Curve(x, y, error, *labels)


def _distributions(found: dict[str, dict[str, dict[str, Curve]]]) -> Iterable[Plot]:
    starts = tuple(f"{TITLES[kind]} " for kind in COMPARED)
    titles = [title for curves in found.values() for title in curves if title.startswith(starts)]
    for title in dict.fromkeys(titles):
        yield distribution_plot(list(_lines(found, title)), title)


def _displacements(found: dict[str, dict[str, dict[str, Curve]]]) -> Iterable[Plot]:
    lines = list(_lines(found, MSD))
    if lines:
        yield msd_plot(lines, caption="Of the beads; they agree once molecules have moved on.")


def _lines(found: dict[str, dict[str, dict[str, Curve]]], title: str) -> Iterable[Line]:
    """Return references and models of all mappings; equal references are drawn once."""
    drawn: list[Curve] = []
    for name, curves in found.items():
        reference = curves.get(title, {}).get(REFERENCE)
        if reference is not None and not any(_equal(reference, one) for one in drawn):
            label = f"{REFERENCE}, {name}" if drawn else REFERENCE
            yield Line(reference, label, "reference")
            drawn.append(reference)
    for name, curves in found.items():
        for label, curve in curves.get(title, {}).items():
            if label != REFERENCE:
                yield Line(curve, f"{name}, {label}")


def _equal(a: Curve, b: Curve) -> bool:
    return a.x.shape == b.x.shape and np.allclose(a.y, b.y, atol=0.02 * np.nanmax(np.abs(a.y)))


def _distances(study: SeriesStudy, members: dict[str, Member]) -> Iterable[Plot]:
    """Return how far the centres of each model are from the reference, over its beads."""
    keys = [
        number.name.split(".", 2)[2]
        for number in study.record.numbers
        if number.name.endswith(".distance") and number.name.split(".")[2] in COMPARED
    ]
    for key in dict.fromkeys(keys):
        lines, highest = [], 0.0
        for model in study.recipe.models:
            rows = sorted(
                (member.beads, number.value, number.error or 0.0, name)
                for name, member in members.items()
                for number in study.record.numbers
                if number.name == f"{name}.{model}.{key}"
            )
            if rows:
                x, y, error = np.array([row[:3] for row in rows], dtype=np.float64).T
                unit = "nm" if key.startswith("centres") else ""
                curve = Curve(x, y, error, "beads of a molecule", "", "distance", unit)
                lines.append(Line(curve, model, names=[row[3] for row in rows]))
                highest = max(highest, float(np.max(y + 2 * error)))
        kind, label = key.removesuffix(".distance").split(".", 1)
        if lines and len(members) > 1:
            title = f"{TITLES[kind]} {label}: distance over the number of beads"
            yield Plot(title, lines, y_range=(0.0, 1.08 * highest))


def _tables(study: SeriesStudy, members: dict[str, Member]) -> Iterable[Table]:
    columns = {
        "centres": "Centres |Δg| / nm",
        "gyration": "Size |Δp|",
        "force_loss.explained": "Explained",
        "pressure": "P / bar",
        "diffusion.ratio": "Diffusion ratio",
        "speed.ratio": "Speed ratio",
    }
    rows = []
    for name, member in members.items():
        for model in study.recipe.models:
            start = f"{name}.{model}."
            cells = [_told(study.record, start, key) for key in columns]
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


def _told(record: Record, start: str, key: str) -> str:
    """Return the number of a model as text; of several distances the largest; empty if none."""
    found = [
        number
        for number in record.numbers
        if number.name == start + key
        or (number.name.startswith(f"{start}{key}.") and number.name.endswith(".distance"))
    ]
    if not found:
        return ""
    number = max(found, key=lambda one: one.value)
    return format_value(number.value, number.error)


def _summary(study: SeriesStudy, members: dict[str, Member]) -> str:
    told = ", ".join(f"{name} ({format_value(one.beads)})" for name, one in members.items())
    return (
        f"{len(members)} mappings of one reference, with the beads of a molecule in brackets: "
        f"{told}. {study.recipe.description}"
    )
