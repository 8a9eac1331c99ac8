"""The report of an analytic toy: the field, the forces, and every model beside the closed form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import yaml
from jaxtyping import Float

from molscape.core.curve import Curve
from molscape.potentials.rippled_quartic import quartic, quartic_force, ripple
from molscape.report import Line, Map, Plot, Report, Section, Table
from molscape.studies.analytic_toy.numbers import OUTSIDE, ToyResults, error_over_folds
from molscape.studies.analytic_toy.results import ToyStudy
from molscape.studies.parts.curves import write_curves
from molscape.studies.parts.models import Model

CITATIONS = (
    "J. Wang et al., ACS Cent. Sci. 5, 755 (2019) (CGnet, and the field that this one follows).",
    "H. Gouk et al., Mach. Learn. 110, 393 (2021) (networks with a bounded slope).",
    "B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34 (the integrator).",
)
EXACT, DATA, SINGLE = "exact", "data", "single forces"
SHOWN = 3000
"""Instantaneous forces that are drawn."""

FAR = np.linspace(-8.0, 8.0, 321)


def write_toy_report(study: ToyStudy, models: dict[str, Model], results: ToyResults) -> None:
    """Write report.html and curves.json into the study's folder."""
    curves = _curves(study, models, results)
    inside, outside = _plots_along_x(curves, results)
    sections = [
        Section("The field", FIELD_TEXT, [_field_map(), _force_points(study, results)]),
        Section("Inside the data", INSIDE_TEXT, [*inside, _away_plot(curves, results)]),
        Section("Outside the data", OUTSIDE_TEXT, [*outside, _outside_table(study, models)]),
        Section("Training", TRAINING_TEXT, list(_training(study, models, results))),
    ]
    report = Report(
        study.record,
        sections=sections,
        summary=_summary(study, results),
        citations=CITATIONS,
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
    )
    write_curves(study.folder / "curves.json", sections)
    report.save(study.folder / "report.html")


FIELD_TEXT = (
    "A particle moves in x and y. The coarse-grained coordinate is x alone; y is what is averaged "
    "out. The ripple averages to nothing over y, so the free energy along x is the quartic, in "
    "closed form, but every single force on x carries it."
)
INSIDE_TEXT = (
    "Energies are shifted so that their mean difference from the closed form is zero where the "
    "data has samples. The model's energy is its free energy, for there is nothing else to "
    "average over; the run shows that its dynamics agrees."
)
OUTSIDE_TEXT = (
    "Where there was no data the fit says nothing, and the form of the model decides. A network "
    "of tanh is flat far away: its force fades, and in a run that is long enough the particle is "
    "lost. On a harmonic prior the force grows with the distance. The functions of the regression "
    "include those of the closed form, which is luck that real molecules do not offer."
)
TRAINING_TEXT = (
    "Losses of the one coordinate on the frames held out, for the first fold. The dotted line is "
    "the noise of the single forces, exact here: no model of x can go below it."
)

RUNS_CAPTION = (
    "From the histogram of each run; of the data from that of the particle in two dimensions."
)

Curves = dict[str, tuple[Curve, Curve]]


def _curves(study: ToyStudy, models: dict[str, Model], results: ToyResults) -> Curves:
    """Return energy and force of the closed form and every model along x, with errors."""
    from molscape.studies.analytic_toy.curves import curve_of

    exact = quartic(FAR) - quartic(FAR).min()
    near = np.isin(np.round(FAR, 3), np.round(results.inside.x[results.inside.chosen], 3))

    def shifted(model: Model) -> np.ndarray:
        energy, force = curve_of(model.potential, FAR, study.kT)
        return np.array([energy - np.mean((energy - exact)[near]), force])

    none = np.full(len(FAR), np.nan)
    found = {EXACT: (_energy(FAR, exact, none), _force(FAR, quartic_force(FAR), none))}
    for name, model in models.items():
        (energy, force), errors = shifted(model), error_over_folds(model, shifted)
        found[name] = (_energy(FAR, energy, errors[0]), _force(FAR, force, errors[1]))
    return found


def _energy(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> Curve:
    return Curve(x, y, error, "x", "nm", "F", "kT")


def _force(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> Curve:
    return Curve(x, y, error, "x", "nm", "f", "kT/nm")


def _field_map() -> Map:
    x, y = np.linspace(-5.0, 5.5, 211), np.linspace(-12.0, 12.0, 241)
    values = quartic(x)[:, None] + ripple(x[:, None], y)
    return Map(
        "Potential in two dimensions",
        x,
        y,
        values - values.min(),
        ("x", "y", "V"),
        ("nm", "nm", "kT"),
        value_range=(0.0, 10.0),
        level=1.0,
        caption="Wells at x = 3.2 and −2.5 nm; the ripple is wide near y = 6 and fine far from it. "
        "Lines are 1 kT apart.",
    )


def _force_points(study: ToyStudy, results: ToyResults) -> Plot:
    data = study.data
    chosen = np.random.default_rng(study.recipe.seed).choice(data.x.size, SHOWN)
    x, single = data.x.ravel()[chosen], data.force.ravel()[chosen]
    none = np.full(len(x), np.nan)
    exact = _force(FAR, quartic_force(FAR), np.full(len(FAR), np.nan))
    return Plot(
        "Forces on the coordinate",
        [
            Line(_force(x, single, none), SINGLE, points=True),
            Line(exact, EXACT, "reference"),
            _data_forces(results),
        ],
        f"{SHOWN} of the single forces that models are fitted to, the closed form of their mean, "
        "and the mean in bins of 0.1 nm.",
        x_range=(-5.5, 6.0),
        y_range=(-8.0, 8.0),
    )


def _data_forces(results: ToyResults) -> Line:
    seen, chosen = results.data, results.inside.chosen
    return Line(
        _force(seen.x[chosen], seen.force[chosen], seen.force_error[chosen]), DATA, "reference"
    )


def _lines(curves: dict[str, Curve]) -> list[Line]:
    return [
        Line(curve, name, "reference" if name == EXACT else "model")
        for name, curve in curves.items()
    ]


def _plots_along_x(curves: Curves, results: ToyResults) -> tuple[list[Plot], list[Plot]]:
    """Return what is drawn where there is data, and what is drawn far beyond it."""
    low, high = _ends(results)
    shaded = [(-8.0, low, "hardly any data"), (high, 8.0, "hardly any data")]
    forces = _lines({name: force for name, (_, force) in curves.items()})
    energy = Plot(
        "Free energy",
        _lines({name: energy for name, (energy, _) in curves.items()}),
        "The energy of each model.",
        x_range=(low - 0.3, high + 0.3),
        y_range=(-0.5, 7.0),
        shaded=shaded,
    )
    runs = replace(
        energy, title="Free energy of the runs", lines=_run_lines(results), caption=RUNS_CAPTION
    )
    force = Plot(
        "Mean force",
        [forces[0], _data_forces(results), *forces[1:]],
        "Force of each model on x.",
        x_range=energy.x_range,
        y_range=(-7.0, 7.0),
        shaded=shaded,
        levels=[(0.0, "")],
    )
    far = (-8.0, 8.0)
    far_energy = replace(energy, title="Free energy to 8 nm", x_range=far, y_range=(-1.0, 40.0))
    far_force = replace(
        force, title="Mean force to 8 nm", lines=forces, x_range=far, y_range=(-16.0, 16.0)
    )
    return [energy, runs, force], [far_energy, far_force]


def _ends(results: ToyResults) -> tuple[float, float]:
    """Return where the data begins and ends."""
    where = results.inside.x[results.inside.chosen]
    return float(where[0]), float(where[-1])


def _run_lines(results: ToyResults) -> list[Line]:
    exact = quartic(FAR) - quartic(FAR).min()
    none = np.full(len(FAR), np.nan)
    found = {DATA: results.data, **results.runs}
    lines = [Line(_energy(FAR, exact, none), EXACT, "reference")]
    for name, seen in found.items():
        good = results.inside.chosen & np.isfinite(seen.free_energy)
        shift = np.mean((seen.free_energy - results.inside.free_energy)[good]) + quartic(FAR).min()
        curve = _energy(seen.x, seen.free_energy - shift, seen.free_energy_error)
        lines.append(Line(curve, name, "reference" if name == DATA else "model"))
    return lines


def _away_plot(curves: Curves, results: ToyResults) -> Plot:
    exact = curves[EXACT][0]
    lines = [
        Line(_energy(FAR, energy.y - exact.y, energy.error), name)
        for name, (energy, _) in curves.items()
        if name != EXACT
    ]
    return Plot(
        "Free energy less the closed form",
        lines,
        "What remains of the free energies of the models.",
        x_range=_ends(results),
        y_range=(-0.3, 0.3),
        levels=[(0.0, "")],
    )


def _outside_table(study: ToyStudy, models: dict[str, Model]) -> Table:
    def row(name: str, forces: Float[np.ndarray, " place"]) -> list[str | float]:
        return [name, *(float(f"{force:.3g}") for force in forces)]

    record = study.record
    rows = [row(EXACT, quartic_force(np.array(OUTSIDE)))]
    for name in models:
        found = [record[f"{name}.force_at.x={place:g}"].value for place in OUTSIDE]
        rows.append(row(name, np.array(found)))
    return Table(
        "Force outside the data, in kT/nm",
        ["Model", *(f"{place:g}".replace("-", "−") for place in OUTSIDE)],
        rows,
        "At six x in nm. To point back it is positive on the left and negative on the right.",
    )


def _training(
    study: ToyStudy, models: dict[str, Model], results: ToyResults
) -> Iterable[Plot | Table]:
    """Return the losses over epochs, and over the bounds that were tried."""
    scale = 3 / study.kT**2
    lines: list[Line] = []
    steps: list[tuple[str, Curve]] = []
    rows: list[list[str | float]] = []
    for name, model in models.items():
        assert model.fit is not None
        history = model.fit.history
        y = np.array([step.numbers["validation"] for step in history]) * scale
        x = np.array([float(step.iteration) for step in history])
        none = np.full(len(x), np.nan)
        if model.fit.method == "stepwise":
            steps.append((name, Curve(x, y, none, "functions", "", "loss", "kT^2/nm^2")))
        else:
            lines.append(Line(Curve(x, y, none, "epoch", "", "loss", "kT^2/nm^2"), name))
        for key, value in model.fit.settings.items():
            if key.startswith("bound_"):
                used = float(key.removeprefix("bound_")) == model.fit.settings["spectral_bound"]
                told = "chosen" if used else ""
                rows.append([name, key.removeprefix("bound_"), value * scale, told])
    if lines:
        highest = max(float(line.curve.y.max()) for line in lines)
        yield Plot(
            "Training",
            [*lines, _level(lines[0].curve.x, results, "epoch")],
            y_range=(0.9 * results.floor, 1.05 * highest),
        )
    for name, curve in steps:
        yield Plot(
            f"Functions of {name}",
            [Line(curve, name), _level(curve.x, results, "functions")],
            "Cross-validated loss with the best so many functions: "
            f"{', '.join(_functions(models[name]))}, in the order in which they were taken.",
        )
    if rows:
        columns = ["Model", "Bound", "Loss, kT²/nm²", ""]
        yield Table("Spectral bounds", columns, rows, "With the cross-validated loss of each.")


def _functions(model: Model) -> list[str]:
    return [str(name) for name in model.potential.settings()["functions"]]


def _level(x: np.ndarray, results: ToyResults, label: str) -> Line:
    y = np.full(2, results.floor)
    ends = np.array([x[0], x[-1]])
    curve = Curve(ends, y, np.full(2, np.nan), label, "", "loss", "kT^2/nm^2")
    return Line(curve, "noise", "floor")


def _summary(study: ToyStudy, results: ToyResults) -> str:
    names = ", ".join(study.recipe.models)
    return (
        f"{study.data.x.size:,} points of a particle in two dimensions at "
        f"{study.recipe.temperature:g} K; {names} are fitted to the forces on one coordinate. "
        f"{study.recipe.description}"
    )
