"""Reference and models side by side, in a script: measured, put into a record, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from molscape.analysis.observables import names, observable
from molscape.analysis.survey import (
    Measured,
    Plans,
    compared_numbers,
    draw_section,
    measure,
    own_numbers,
    plan_survey,
    section_text,
    unmeasured_notes,
)
from molscape.core.panels import Section
from molscape.core.record import Record
from molscape.core.sample import Sample
from molscape.core.trajectory import Trajectory
from molscape.report.html import Report
from molscape.simulate.run import Run

USUAL = ("rdf", "angles", "diffusion")
STRUCTURE_TEXT = (
    "Each distribution is measured alike on the reference and on the run of the model. A model "
    "fitted to forces has the best forces that its form can have, and its distributions need not "
    "agree; one fitted to distributions has these, and others need not agree. How far they do is "
    "the measure of what the form misses."
)


def overview(
    members: Mapping[str, Trajectory | Run],
    observables: Sequence[str] = USUAL,
    *,
    title: str = "Models beside their reference",
    tolerances: Mapping[str, float] | None = None,
) -> Report:
    """Compare runs with a reference in a script: measure, put into a record, draw.

    Args:
        members: trajectories or runs by name; the first is the reference.
        observables: names of `molscape.analysis.observables` that recipes can ask for and that
            are compared with a reference; runs also show temperature and pressure.
        title: of the report.
        tolerances: largest accepted distance by observable; judged no stricter than twice the
            floor.

    Returns:
        A report, to `save("report.html")`; its `record` holds the numbers.

    Raises:
        ValueError: if there is no member, or an observable is not known.
    """
    known = _compared()
    unknown = sorted(set(observables) - set(known))
    if unknown or not members:
        raise ValueError(f"observables {unknown} of {list(members)}: use some of {known}")
    samples = {n: m.sample() if isinstance(m, Run) else Sample(m) for n, m in members.items()}
    name, *others = samples
    plans = plan_survey(observables, samples[name])
    reference = measure(samples[name], plans)
    measured = {other: measure(samples[other], plans) for other in others}
    record = Record(title=title, seed=0)
    add_reference(record, name, reference)
    for other in others:
        add_comparison(record, (other, ""), reference, measured[other], tolerances or {})
    return Report(record, sections_of(plans, (name, reference), measured))


def add_reference(record: Record, name: str, measured: Measured, state: str = "") -> None:
    """Put what was measured on the reference into the record, and why something was not."""
    for number in own_numbers(measured):
        record.put(number.about(name, state))
    record.notes += unmeasured_notes(measured, f"{name}.{state}" if state else name)


def add_comparison(
    record: Record,
    about: tuple[str, str],
    reference: Measured,
    measured: Measured,
    tolerances: Mapping[str, float],
) -> None:
    """Put a model beside its reference into the record, with floors, verdicts and notes.

    Args:
        record: that the numbers go into.
        about: name of the model and of the state, which is empty at the main one.
        reference: what was measured on the reference.
        measured: what was measured on the run of the model.
        tolerances: largest accepted deviations by name.
    """
    name, state = about
    for number in compared_numbers(reference, measured, tolerances):
        record.put(number.about(name, state))
    record.notes += unmeasured_notes(measured, f"{name}.{state}" if state else name)


def sections_of(
    plans: Plans, reference: tuple[str, Measured], measured: Mapping[str, Measured]
) -> list[Section]:
    """Return the sections of a page that draw what was measured, those with figures only.

    Args:
        plans: what was measured.
        reference: its name and what was measured on it.
        measured: what was measured on the models, by name.
    """
    landscapes = section_text("landscapes", plans)
    sections = [
        Section("Structure", STRUCTURE_TEXT, draw_section("structure", plans, reference, measured)),
        Section("Landscapes", landscapes, draw_section("landscapes", plans, reference, measured)),
        Section("Dynamics", "", draw_section("dynamics", plans, reference, measured)),
    ]
    return [section for section in sections if section.figures]


def _compared() -> tuple[str, ...]:
    """Return the names of what is compared with a reference and can be asked for."""
    found = (observable(name) for name in names())
    return tuple(each.name for each in found if each.in_recipes and not each.of_run)
