"""The report of a study: its curves as plots, in sections that a chemist reads in order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from molscape.app.evaluation import Evaluation
from molscape.app.models import Model
from molscape.core.curve import Curve
from molscape.report import (
    Line,
    Plot,
    Report,
    Section,
    force_plot,
    format_value,
    potential_plot,
)
from molscape.report.overview import STRUCTURE_TEXT, dynamics_plots, structure_plots

if TYPE_CHECKING:
    from molscape.app.pipeline import Study
    from molscape.core.potential import Potential

CITATIONS = {
    "force_matching": "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and "
    "the mapping of forces).",
    "jax": "B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34 (the BAOAB Langevin "
    "integrator of the jax engine).",
    "lammps": "A. P. Thompson et al., Comput. Phys. Commun. 271, 108171 (2022) (LAMMPS).",
    "openmm": "P. Eastman et al., J. Phys. Chem. B 128, 109 (2024) (OpenMM, which made the "
    "all-atom data).",
    "spce": "H. J. C. Berendsen, J. R. Grigera and T. P. Straatsma, J. Phys. Chem. 91, 6269 "
    "(1987) (the SPC/E model of water).",
}
REFERENCE = "all-atom"


def write_report(study: Study, models: dict[str, Model], evaluation: Evaluation) -> Path:
    """Write report.html and curves.json into the study's folder."""
    sections = [
        Section(
            "Structure",
            STRUCTURE_TEXT,
            structure_plots(evaluation.plan, evaluation.reference, evaluation.measured, REFERENCE),
        ),
        Section("Potential and forces", _potential_text(models), list(_potentials(study, models))),
        Section(
            "Dynamics",
            "",
            dynamics_plots(evaluation.reference, evaluation.measured, evaluation.runs, REFERENCE),
        ),
    ]
    report = Report(
        study.record,
        sections=[section for section in sections if section.figures],
        summary=_summary(study, models),
        citations=_citations(study, models),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
    )
    _write_curves(study.folder / "curves.json", sections)
    return report.save(study.folder / "report.html")


def _summary(study: Study, models: dict[str, Model]) -> str:
    beads, atoms = study.beads.topology, study.atoms.trajectory.topology
    kinds, counts = np.unique(beads.types, return_counts=True)
    told = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True))
    fitted = [name for name, model in models.items() if model.fit is not None]
    how = f"Fitted by force matching: {', '.join(fitted)}." if fitted else "Nothing was fitted."
    return (
        f"{len(atoms)} atoms became {len(beads)} beads ({told}) in {len(study.beads)} frames at "
        f"{study.atoms.state.temperature:g} K. {how} {study.recipe.description} "
        + " ".join(_distances(study, models))
    )


def _distances(study: Study, models: dict[str, Model]) -> Iterable[str]:
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
    if not any(model.fit for model in models.values()):
        return ""
    return (
        "Inwards of the first well sampled interval (shaded) the potential is not measured: it "
        "goes on as a repulsive wall, at least as steep as the last data. Intervals further out "
        "with few pairs are shaded too."
    )


def _potentials(study: Study, models: dict[str, Model]) -> Iterable[Plot]:
    kT = study.atoms.state.kT
    pairs = {pair for model in models.values() for pair in _pairs(model)}
    for pair in sorted(pairs):
        energies, forces, samples = [], [], None
        for name, model in models.items():
            if pair in _pairs(model):
                energy, force = pair_curves(model, pair)
                energies.append(Line(energy, name))
                forces.append(Line(force, name))
                samples = samples or sample_curve(model, pair)
        label = "-".join(pair)
        plots = (
            potential_plot(energies, kT, samples, title=f"Potential {label}"),
            force_plot(forces, samples, title=f"Force {label}"),
        )
        shaded = [region for model in models.values() for region in unmeasured(model, pair)]
        for plot in plots:
            yield replace(plot, shaded=shaded)


def unmeasured(model: Model, pair: tuple[str, str]) -> list[tuple[float, float, str]]:
    """Return the ranges (nm) where a fitted type pair is a wall, or has too few samples."""
    if model.fit is None:
        return []
    regions = []
    for row in model.fit.supports:
        if sorted(row.label.split("-")) == sorted(pair):
            edge = row.start + row.spacing * row.first
            regions.append((edge - 3 * row.spacing, edge, "wall, not measured"))
            regions += [
                (row.start + row.spacing * k, row.start + row.spacing * (k + 1), "poorly sampled")
                for k in np.flatnonzero(row.poor)
                if k >= row.first
            ]
    return regions


def _pairs(model: Model) -> set[tuple[str, str]]:
    pairs = [p for term in model.potential.terms() for p in getattr(term, "pairs", ())]
    return {(min(p), max(p)) for p in pairs}


def pair_curves(model: Model, pair: tuple[str, str], points: int = 400) -> tuple[Curve, Curve]:
    """Return U(r) and -U'(r) of a type pair with jackknife standard errors."""
    from molscape.potentials.pair import PairPotential

    terms = [t for t in model.potential.terms() if isinstance(t, PairPotential)]
    cutoff = max(term.cutoff for term in terms)
    low = min(getattr(term, "start", 0.5 * cutoff) for term in terms)
    r = np.linspace(max(0.05, low - 0.01), cutoff, points)

    def values(potential: Potential) -> np.ndarray:
        parts = [t for t in potential.terms() if isinstance(t, PairPotential)]
        return np.sum([term.tabulate(r, pair) for term in parts], axis=0)

    main = values(model.potential)
    error = np.full_like(main, np.nan)
    if model.fit is not None and len(model.fit.replicas) > 1:
        drawn = np.array([values(replica) for replica in model.fit.replicas])
        error = np.sqrt((len(drawn) - 1) * drawn.var(axis=0))
    energy = Curve(r, main[0], error[0], "r", "nm", "U", "kJ/mol")
    force = Curve(r, main[1], error[1], "r", "nm", "F", "kJ/mol/nm")
    return energy, force


def sample_curve(model: Model, pair: tuple[str, str]) -> Curve | None:
    """Return the number of pairs in each knot interval of the fitted spline of a type pair."""
    if model.fit is None:
        return None
    for row in model.fit.supports:
        if sorted(row.label.split("-")) == sorted(pair):
            x = row.start + row.spacing * (np.arange(len(row.samples)) + 0.5)
            return Curve(
                x,
                row.samples,
                np.sqrt(row.samples),
                "r",
                "nm",
                "pairs per interval",
                "",
                samples=row.samples,
            )
    return None


def _citations(study: Study, models: dict[str, Model]) -> list[str]:
    keys: list[str] = [study.recipe.simulate.engine]
    if any(model.fit for model in models.values()):
        keys.insert(0, "force_matching")
    if "system" in study.atoms.about:
        keys += [str(study.atoms.about["system"]), "openmm"]
    return [CITATIONS[key] for key in keys if key in CITATIONS]


def _write_curves(file: Path, sections: Iterable[Section]) -> None:
    """Write every drawn curve as numbers, by plot title and label."""
    plots = [item for section in sections for item in section.figures if isinstance(item, Plot)]
    curves = {p.title: {line.label: line.curve.to_dict() for line in p.lines} for p in plots}
    text = json.dumps({"format": 1, "curves": curves}, indent=1)
    file.write_text(text.replace("NaN", "null").replace("Infinity", "null"), encoding="utf-8")
