"""The report of a study: its curves as plots, in sections that a chemist reads in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from molscape.analysis.observables import SectionName
from molscape.analysis.survey import draw_section, section_text
from molscape.core import units
from molscape.core.curve import Curve
from molscape.core.record import NumberKey
from molscape.fit.methods import method_named
from molscape.report import Line, Plot, Report, Section, format_value
from molscape.report.overview import STRUCTURE_TEXT
from molscape.simulate import ENGINES
from molscape.studies.coarse_graining.potential_pages import potential_plots
from molscape.studies.coarse_graining.results import CoarseGrainingStudy, PointEvaluation
from molscape.studies.coarse_graining.trends import find_trends
from molscape.studies.parts.curves import REFERENCE, write_curves
from molscape.studies.parts.models import Model
from molscape.studies.parts.scenes import mapping_scenes

if TYPE_CHECKING:
    from molscape.fit.result import Step

LEAST_NOISE = "A. Krämer et al., J. Phys. Chem. Lett. 14, 3970 (2023) (force maps of least noise)."
TRENDS_TEXT = (
    "How far the distributions of models with different cutoffs are from the reference. The slopes "
    "and their errors are among the numbers."
)


def write_report(
    study: CoarseGrainingStudy, models: dict[str, Model], points: list[PointEvaluation]
) -> Path:
    """Write report.html and curves.json into the study's folder."""
    kT = study.main.state.kT
    sections = [
        Section(
            "Mapping", "", list(mapping_scenes(study.main.atoms.trajectory, study.main.mapping))
        ),
        *(_structure(point) for point in points),
        Section("Errors over the cutoff", TRENDS_TEXT, list(_trends(study, models, points))),
        Section("Convergence", _convergence_text(models), list(_convergence(models))),
        Section("Potentials", _potential_text(models), list(potential_plots(models, kT))),
        *(_drawn(point, "landscapes") for point in points),
        *(_drawn(point, "dynamics") for point in points),
    ]
    report = Report(
        study.record,
        sections=[section for section in sections if section.figures],
        summary=_summary(study, models),
        citations=_citations(study, models),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
    )
    write_curves(study.folder / "curves.json", sections)
    return report.save(study.folder / "report.html")


def _drawn(found: PointEvaluation, section: SectionName, text: str | None = None) -> Section:
    """Return a section of what was measured at one state."""
    reference = (REFERENCE, found.reference)
    at = f" at {found.point.words}" if found.point.name else ""
    return Section(
        f"{section.capitalize()}{at}",
        section_text(section, found.plans) if text is None else text,
        draw_section(section, found.plans, reference, found.measured),
        state=found.point.name,
        at=found.point.words if found.point.name else "",
    )


def _structure(found: PointEvaluation) -> Section:
    text = STRUCTURE_TEXT
    if found.shared:
        text = "The same runs, beside another reference of the same state."
    elif not (found.point.fit and found.point.measured):
        text = (
            "No model was fitted at this state. What is seen here tells how far the models can be "
            "carried away from the state that they were fitted at."
        )
    return _drawn(found, "structure", text)


def _trends(
    study: CoarseGrainingStudy, models: dict[str, Model], points: list[PointEvaluation]
) -> Iterable[Plot]:
    """Return the distances of each kind of distribution over the cutoffs of the models."""
    from molscape.report.words import in_words

    found = find_trends(study.record, models, points)
    for key in dict.fromkeys(replace(trend.key, state="") for trend in found):
        lines = [
            Line(trend.curve, f"from {trend.key.state or REFERENCE}")
            for trend in found
            if replace(trend.key, state="") == key
        ]
        distribution = replace(key, quantity="")
        title = f"{in_words(distribution)}: distance over the cutoff"
        yield Plot(title, lines, key=distribution.text)


def _convergence_text(models: dict[str, Model]) -> str:
    told = [
        f"{name}: {model.fit.stopped}."
        for name, model in models.items()
        if model.fit is not None and model.fit.history
    ]
    return (
        "Distance of the model of each iteration from the reference, the dotted line being what "
        "two halves of the reference differ by; for trainings the force loss of each epoch. "
        + " ".join(told)
    )


def _convergence(models: dict[str, Model]) -> Iterable[Plot]:
    """Return the distances of every distribution, and the pressure, over the iterations."""
    histories = {
        name: model.fit.history
        for name, model in models.items()
        if model.fit is not None and model.fit.history
    }
    keys = dict.fromkeys(k for history in histories.values() for s in history for k in s.distances)
    for key in keys:
        lines = [_distance_line(name, history, key) for name, history in histories.items()]
        first = next(h for h in histories.values() if any(key in step.distances for step in h))
        floor = next(step.distances[key].floor for step in first if key in step.distances)
        x = np.array([1.0, max(2.0, *(float(len(history)) for history in histories.values()))])
        level = Curve(x, np.full(2, floor), np.full(2, np.nan), "iteration", "", "distance", "")
        yield Plot(
            f"Convergence of {_words(key)}",
            [*(line for line in lines if line is not None), Line(level, "floor", "floor")],
            y_log=True,
            key=f"convergence.{key}",
        )
    pressures = {
        name: [(s.iteration, s.numbers["pressure"]) for s in h if "pressure" in s.numbers]
        for name, h in histories.items()
    }
    drawn = [Line(_series(name, pairs), name) for name, pairs in pressures.items() if pairs]
    if drawn:
        yield Plot("Pressure over the iterations", drawn, key="convergence.pressure")
    yield from _trainings(histories)


def _trainings(histories: dict[str, tuple[Step, ...]]) -> Iterable[Plot]:
    """Return the losses of every training over its epochs, those of frames held out drawn bold."""
    lines = []
    for name, history in histories.items():
        for what, faint in (("validation", False), ("training", True)):
            steps = [step for step in history if what in step.numbers]
            if steps:
                x = np.array([float(step.iteration) for step in steps])
                y = np.array([step.numbers[what] for step in steps])
                nothing = np.full_like(y, np.nan)
                curve = Curve(x, y, nothing, "epoch", "", "force loss", "(kJ/mol/nm)²")
                lines.append(Line(curve, name, faint=faint))
    if lines:
        caption = "Bold: frames held out; thin: frames trained on. The first of the folds."
        yield Plot("Training", lines, caption=caption, key="training")


def _distance_line(name: str, history: tuple[Step, ...], key: str) -> Line | None:
    steps = [step for step in history if key in step.distances]
    if not steps:
        return None
    x = np.array([float(step.iteration) for step in steps])
    y = np.array([step.distances[key].value for step in steps])
    error = np.array([step.distances[key].error for step in steps])
    unit = steps[0].distances[key].unit
    return Line(Curve(x, y, error, "iteration", "", "distance", unit), name)


def _series(name: str, pairs: list[tuple[int, float]]) -> Curve:
    x = np.array([float(k) for k, _ in pairs])
    y = np.array([value for _, value in pairs]) / units.BAR
    return Curve(x, y, np.full_like(y, np.nan), "iteration", "", "P", "bar")


def _words(key: str) -> str:
    from molscape.report.words import in_words

    phrase = in_words(NumberKey("", quantity=key))
    return phrase[0].lower() + phrase[1:]


def _summary(study: CoarseGrainingStudy, models: dict[str, Model]) -> str:
    main = study.main
    beads, atoms = main.beads.topology, main.atoms.trajectory.topology
    kinds, counts = np.unique(beads.types, return_counts=True)
    told = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True))
    methods: dict[str, list[str]] = {}
    for name, model in models.items():
        if model.fit is not None:
            methods.setdefault(method_named(model.fit.method).title, []).append(name)
    how = "; ".join(f"{', '.join(names)} by {method}" for method, names in methods.items())
    return (
        f"{len(atoms)} atoms became {len(beads)} beads ({told}) in {len(main.beads)} frames at "
        f"{main.state.temperature:g} K. {f'Fitted: {how}.' if how else 'Nothing was fitted.'} "
        f"{study.recipe.description} " + " ".join(_distances(study, models))
    )


def _distances(study: CoarseGrainingStudy, models: dict[str, Model]) -> Iterable[str]:
    """Say in words how far each model's radial distributions are from the reference."""
    for number in study.record.numbers:
        key = number.key
        if key.subject in models and key.observable == "rdf" and not key.state and number.floor:
            yield (
                f"The {key.label} radial distribution of {key.subject} is "
                f"{format_value(number.value, number.error, number.unit)} from the all-atom one, "
                f"{number.value / number.floor:.1f} times what its two halves differ by."
            )


def _potential_text(models: dict[str, Model]) -> str:
    if not any(model.fit and model.fit.supports for model in models.values()):
        return ""
    return (
        "Outside the well sampled intervals (shaded) the potential is not measured: it goes on as "
        "a repulsive wall, at least as steep as the last data. Intervals further in with few "
        "samples are shaded too."
    )


def _citations(study: CoarseGrainingStudy, models: dict[str, Model]) -> list[str]:
    fits = [model.fit for model in models.values() if model.fit is not None]
    told = [method_named(fit.method).citation for fit in fits]
    terms = [term for model in models.values() for term in model.potential.terms()]
    told += [term.citation for term in terms if term.citation]
    if study.recipe.mapping.forces == "least_noise":
        told.append(LEAST_NOISE)
    told.append(ENGINES[study.recipe.simulate.engine].citation)
    about = study.main.atoms.about
    if "system" in about:
        told.append(ENGINES["openmm"].citation)
    sources = [str(constant["source"]) for constant in about.get("constants", {}).values()]
    told += [
        f"{source.rstrip('.')} (all-atom model)."
        for source in dict.fromkeys(sources)
        if any(letter.isdigit() for letter in source)
    ]
    return list(dict.fromkeys(told))
