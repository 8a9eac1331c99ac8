"""The potentials of a study as plots: pair terms, bonded terms, and where data supports them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from molscape.core.curve import Curve
from molscape.core.potential import Potential
from molscape.core.statistics import jackknife_error
from molscape.fit.result import Support
from molscape.report import Line, Plot, force_plot, potential_plot
from molscape.studies.parts.models import Model

AXES = {"bond": ("r", "nm"), "angle": ("θ", "rad"), "dihedral": ("φ", "rad")}
POINTS = 400
PAIRS = "pair_spline"


def potential_plots(models: dict[str, Model], kT: float) -> Iterable[Plot]:
    """Return energy and force of every pair of types, and the energy of every bonded type."""
    for pair in sorted({pair for model in models.values() for pair in pairs_of(model)}):
        label = "-".join(pair)
        energies, forces, samples = [], [], None
        for name, model in models.items():
            if pair in pairs_of(model):
                energy, force = pair_curves(model, pair)
                energies.append(Line(energy, name))
                forces.append(Line(force, name))
                samples = samples or sample_curve(model, label)
        shaded = [region for model in models.values() for region in unmeasured(model, label, PAIRS)]
        for plot in (
            potential_plot(energies, kT, samples, title=f"Potential {label}"),
            force_plot(forces, samples, title=f"Force {label}"),
        ):
            yield replace(plot, shaded=shaded)
    for coordinate, label in sorted({key for model in models.values() for key in _bonded(model)}):
        yield _bonded_plot(models, coordinate, label, kT)


def _bonded_plot(models: dict[str, Model], coordinate: str, label: str, kT: float) -> Plot:
    lines, samples = [], None
    low, high = _bonded_range(models, coordinate, label)
    for name, model in models.items():
        if (coordinate, label) in _bonded(model):
            lines.append(Line(bonded_curve(model, coordinate, label, low, high), name))
            samples = samples or sample_curve(model, label, f"{coordinate}_spline")
    kind = f"{coordinate}_spline"
    shaded = [region for model in models.values() for region in unmeasured(model, label, kind)]
    plot = potential_plot(lines, kT, samples, title=f"{coordinate.capitalize()} {label}")
    return replace(plot, shaded=shaded, y_range=(-0.5 * kT, 8 * kT), x_range=(low, high))


def pairs_of(model: Model) -> set[tuple[str, str]]:
    """Return the pairs of types that a model's pair terms name."""
    pairs = [pair for term in _terms(model.potential, "pair") for pair in term.row_types]
    return {(min(pair), max(pair)) for pair in pairs}


def _terms(potential: Potential, coordinate: str) -> list[Potential]:
    return [term for term in potential.terms() if term.coordinate == coordinate]


def _bonded(model: Model) -> set[tuple[str, str]]:
    return {
        (coordinate, label)
        for coordinate in AXES
        for term in _terms(model.potential, coordinate)
        for label in term.labels
    }


def _bonded_range(models: dict[str, Model], coordinate: str, label: str) -> tuple[float, float]:
    """Return where a bonded term is drawn: its knots, or around its minimum."""
    if coordinate == "dihedral":
        return -np.pi, np.pi
    terms = [term for model in models.values() for term in _terms(model.potential, coordinate)]
    spans = [term.span(label) for term in terms if label in term.labels]
    known = [span for span in spans if span is not None]
    if not known:
        return 0.0, np.pi
    return min(low for low, _ in known), max(high for _, high in known)


def pair_curves(model: Model, pair: tuple[str, str]) -> tuple[Curve, Curve]:
    """Return U(r) and -U'(r) of a type pair with jackknife standard errors."""
    terms = _terms(model.potential, "pair")
    cutoff = max(term.reach for term in terms)
    spans = [term.span("-".join(pair)) for term in terms]
    low = min(0.5 * cutoff if span is None else span[0] for span in spans)
    r = np.linspace(max(0.05, low - 0.01), cutoff, POINTS)

    def values(potential: Potential) -> np.ndarray:
        parts = _terms(potential, "pair")
        return np.sum([term.tabulate(r, pair) for term in parts], axis=0)

    main, error = _with_error(model, values)
    energy = Curve(r, main[0], error[0], "r", "nm", "U", "kJ/mol")
    return energy, Curve(r, main[1], error[1], "r", "nm", "F", "kJ/mol/nm")


def bonded_curve(model: Model, coordinate: str, label: str, low: float, high: float) -> Curve:
    """Return U of a bonded type with jackknife errors; its minimum is zero."""
    x = np.linspace(low, high, POINTS)

    def values(potential: Potential) -> np.ndarray:
        parts = _terms(potential, coordinate)
        energy = np.sum([term.tabulate(x, label)[0] for term in parts], axis=0)
        return energy - energy.min()

    main, error = _with_error(model, values)
    return Curve(x, main, error, *AXES[coordinate], "U", "kJ/mol")


def _with_error(
    model: Model, values: Callable[[Potential], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return values of a model and their standard error from its jackknife replicas."""
    main = values(model.potential)
    if model.fit is None or len(model.fit.replicas) < 2:
        return main, np.full_like(main, np.nan)
    return main, jackknife_error([values(replica) for replica in model.fit.replicas])


def supports_of(model: Model, label: str, kind: str | None = None) -> Sequence[Support]:
    """Return the rows of a model's fit for a type, named from either end."""
    rows = () if model.fit is None else model.fit.supports
    names = label.split("-")
    return [
        row
        for row in rows
        if row.label.split("-") in (names, names[::-1]) and kind in (None, row.kind)
    ]


def sample_curve(model: Model, label: str, kind: str = PAIRS) -> Curve | None:
    """Return the samples in each knot interval of the fitted spline of a type."""
    for row in supports_of(model, label, kind):
        x = row.start + row.spacing * (np.arange(len(row.samples)) + 0.5)
        coordinate = kind.removesuffix("_spline")
        symbol, unit = AXES.get(coordinate, ("r", "nm"))
        error = np.sqrt(row.samples)
        told = "samples per interval"
        return Curve(x, row.samples, error, symbol, unit, told, "", samples=row.samples)
    return None


def unmeasured(model: Model, label: str, kind: str) -> list[tuple[float, float, str]]:
    """Return the ranges where a fitted type is a wall, or a bridge, or has too few samples."""
    regions = []
    outside = "bridge, not measured" if kind == "dihedral_spline" else "wall, not measured"
    for row in supports_of(model, label, kind):
        edges = row.start + row.spacing * np.arange(len(row.samples) + 1)
        if kind == PAIRS:
            inner = float(edges[row.first])
            regions.append((min(row.start, inner - 3 * row.spacing), inner, outside))
        for k, (inside, poor) in enumerate(zip(row.inside, row.poor, strict=True)):
            if not inside and kind != PAIRS:
                regions.append((float(edges[k]), float(edges[k + 1]), outside))
            elif inside and poor:
                regions.append((float(edges[k]), float(edges[k + 1]), "poorly sampled"))
    return regions
