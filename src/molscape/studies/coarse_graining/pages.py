"""The report of a study: its curves as plots, in sections that a chemist reads in order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from molscape.core import units
from molscape.core.curve import Curve
from molscape.report import Line, Plot, Report, Section, format_value
from molscape.report.landscapes import LANDSCAPE_TEXT, landscape_maps
from molscape.report.overview import STRUCTURE_TEXT, dynamics_plots, structure_plots
from molscape.simulate import ENGINES
from molscape.studies.coarse_graining.potential_pages import potential_plots
from molscape.studies.coarse_graining.results import CoarseGrainingStudy, PointEvaluation
from molscape.studies.coarse_graining.trends import find_trends
from molscape.studies.parts.curves import REFERENCE, write_curves
from molscape.studies.parts.models import Model
from molscape.studies.parts.scenes import mapping_scenes

if TYPE_CHECKING:
    from molscape.fit.result import Step

CITATIONS = {
    "linear": "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and the "
    "mapping of forces).",
    "least_squares": "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and "
    "the mapping of forces).",
    "boltzmann": "D. Reith, M. Pütz and F. Müller-Plathe, J. Comput. Chem. 24, 1624 (2003) "
    "(Boltzmann inversion).",
    "iterative_boltzmann": "D. Reith, M. Pütz and F. Müller-Plathe, J. Comput. Chem. 24, 1624 "
    "(2003) (iterative Boltzmann inversion).",
    "inverse_monte_carlo": "A. P. Lyubartsev and A. Laaksonen, Phys. Rev. E 52, 3730 (1995) "
    "(inverse Monte Carlo).",
    "relative_entropy": "M. S. Shell, J. Chem. Phys. 129, 144108 (2008) (relative entropy).",
    "least_noise": "A. Krämer et al., J. Phys. Chem. Lett. 14, 3970 (2023) (force maps of least "
    "noise).",
    "train": "D. P. Kingma and J. Ba, ICLR (2015) (Adam); W. G. Noid et al., J. Chem. Phys. 128, "
    "244114 (2008) (force matching).",
    "cgnet": "J. Wang et al., ACS Cent. Sci. 5, 755 (2019) (CGnet).",
    "deepcg": "L. Zhang et al., J. Chem. Phys. 149, 034101 (2018) (DeePCG).",
}
METHODS = {
    "linear": "force matching",
    "least_squares": "force matching",
    "boltzmann": "Boltzmann inversion",
    "iterative_boltzmann": "iterative Boltzmann inversion",
    "inverse_monte_carlo": "inverse Monte Carlo",
    "relative_entropy": "relative entropy",
    "train": "training, with frames held out",
}
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
        *(_landscapes(point) for point in points),
        *(_dynamics(point) for point in points),
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


def _structure(found: PointEvaluation) -> Section:
    at = f" at {found.point.words}" if found.point.name else ""
    text = STRUCTURE_TEXT
    if found.shared:
        text = "The same runs, beside another reference of the same state."
    elif not (found.point.fit and found.point.measured):
        text = (
            "No model was fitted at this state. What is seen here tells how far the models can be "
            "carried away from the state that they were fitted at."
        )
    plots = structure_plots(found.plan, found.reference, found.measured, REFERENCE)
    return Section(f"Structure{at}", text, plots)


def _trends(
    study: CoarseGrainingStudy, models: dict[str, Model], points: list[PointEvaluation]
) -> Iterable[Plot]:
    """Return the distances of each kind of distribution over the cutoffs of the models."""
    from molscape.report.words import in_words

    found = find_trends(study.record, models, points)
    for key in dict.fromkeys(trend.key for trend in found):
        lines = [
            Line(trend.curve, f"from {trend.state or REFERENCE}")
            for trend in found
            if trend.key == key
        ]
        yield Plot(f"{in_words(key)}: distance over the cutoff", lines)


def _landscapes(found: PointEvaluation) -> Section:
    at = f" at {found.point.words}" if found.point.name else ""
    maps = landscape_maps(found.reference, found.measured, REFERENCE)
    return Section(f"Landscapes{at}", LANDSCAPE_TEXT, maps)


def _dynamics(found: PointEvaluation) -> Section:
    at = f" at {found.point.words}" if found.point.name else ""
    plots = dynamics_plots(found.reference, found.measured, found.runs, REFERENCE)
    return Section(f"Dynamics{at}", "", plots)


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
        )
    pressures = {
        name: [(s.iteration, s.numbers["pressure"]) for s in h if "pressure" in s.numbers]
        for name, h in histories.items()
    }
    drawn = [Line(_series(name, pairs), name) for name, pairs in pressures.items() if pairs]
    if drawn:
        yield Plot("Pressure over the iterations", drawn)
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
        yield Plot("Training", lines, caption=caption)


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

    phrase = in_words(key)
    return phrase[0].lower() + phrase[1:]


def _summary(study: CoarseGrainingStudy, models: dict[str, Model]) -> str:
    main = study.main
    beads, atoms = main.beads.topology, main.atoms.trajectory.topology
    kinds, counts = np.unique(beads.types, return_counts=True)
    told = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True))
    methods: dict[str, list[str]] = {}
    for name, model in models.items():
        if model.fit is not None:
            methods.setdefault(METHODS[model.fit.method], []).append(name)
    how = "; ".join(f"{', '.join(names)} by {method}" for method, names in methods.items())
    return (
        f"{len(atoms)} atoms became {len(beads)} beads ({told}) in {len(main.beads)} frames at "
        f"{main.state.temperature:g} K. {f'Fitted: {how}.' if how else 'Nothing was fitted.'} "
        f"{study.recipe.description} " + " ".join(_distances(study, models))
    )


def _distances(study: CoarseGrainingStudy, models: dict[str, Model]) -> Iterable[str]:
    """Say in words how far each model's radial distributions are from the reference."""
    for number in study.record.numbers:
        model, _, rest = number.name.partition(".")
        if model in models and rest.startswith("rdf.") and number.floor:
            yield (
                f"The {rest.split('.')[1]} radial distribution of {model} is "
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
    keys = [model.fit.method for model in models.values() if model.fit is not None]
    keys += [term.kind for model in models.values() for term in model.potential.terms()]
    if study.recipe.mapping.forces == "least_noise":
        keys.append("least_noise")
    told = [CITATIONS[key] for key in dict.fromkeys(keys) if key in CITATIONS]
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
