"""Reference and models side by side: the numbers of a comparison and the plots that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from molscape.analysis import distance_with_error, floor
from molscape.analysis.blocks import Blocks
from molscape.analysis.plots import angle_plot, distribution_plot, msd_plot, time_plot
from molscape.analysis.survey import Measured, Plan, measure, plan_observables
from molscape.core import units
from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot, Section
from molscape.core.record import Record, Verdict
from molscape.core.trajectory import Trajectory
from molscape.report.html import Report
from molscape.report.landscapes import (
    LANDSCAPE_TEXT,
    add_maps,
    add_populations,
    landscape_maps,
)
from molscape.simulate.run import Run

THIS_RUN = "molscape, this run"
DIFFUSION_UNIT = "cm²/s"
TITLES = {
    "rdf": "Radial distribution",
    "centres": "Radial distribution of centres",
    "gyration": "Radius of gyration",
    "angles": "Angular distribution",
    "bonds": "Bond length",
    "bond_angles": "Bond angle",
    "dihedrals": "Dihedral",
}
MEANS = ("bonds", "gyration")
"""Distributions whose means are told too."""

OBSERVABLES = (
    "rdf",
    "centres",
    "gyration",
    "angles",
    "bonds",
    "bond_angles",
    "dihedrals",
    "coordination",
    "diffusion",
    "velocity",
    "maps",
)
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
        observables: some of `OBSERVABLES`; runs also show temperature and pressure.
        title: of the report.
        tolerances: largest accepted distance by observable; judged no stricter than twice the
            floor.

    Returns:
        A report, to `save("report.html")`; its `record` holds the numbers.

    Raises:
        ValueError: if there is no member, or an observable is not known.
    """
    unknown = sorted(set(observables) - set(OBSERVABLES))
    if unknown or not members:
        raise ValueError(f"observables {unknown} of {list(members)}: use some of {OBSERVABLES}")
    trajectories = {n: m.trajectory if isinstance(m, Run) else m for n, m in members.items()}
    name, *others = trajectories
    plan = plan_observables(list(observables), trajectories[name])
    reference = measure(trajectories[name], plan)
    measured = {other: measure(trajectories[other], plan) for other in others}
    record = Record(title=title, seed=0)
    add_numbers(record, name, reference)
    add_diffusion(record, name, reference)
    for other in others:
        add_comparison(record, other, reference, measured[other], tolerances or {})
    runs = {n: m for n, m in members.items() if isinstance(m, Run)}
    sections = [
        Section("Structure", STRUCTURE_TEXT, structure_plots(plan, reference, measured, name)),
        Section("Landscapes", LANDSCAPE_TEXT, landscape_maps(reference, measured, name)),
        Section("Dynamics", "", dynamics_plots(reference, measured, runs, name)),
    ]
    return Report(record, [section for section in sections if section.figures])


def add_diffusion(record: Record, name: str, measured: Measured) -> None:
    """Put a diffusion coefficient into the record, and why something could not be measured."""
    if measured.diffusion is not None:
        value, error = (x / units.SQUARE_CENTIMETRE_PER_SECOND for x in measured.diffusion)
        record.add(
            f"{name}.diffusion",
            value,
            DIFFUSION_UNIT,
            error=error,
            source=THIS_RUN,
            note="slope of the mean squared displacement; no finite-size correction",
        )
    for what, why in measured.unmeasured.items():
        record.notes.append(f"{what} of {name} was not measured: {why}")


def add_numbers(
    record: Record, name: str, measured: Measured, reference: Measured | None = None
) -> None:
    """Put single numbers into the record, coordination numbers and the like."""
    for key, (value, error, unit) in measured.numbers.items():
        scale, shown = 1.0, unit
        if unit == "nm^2/ps":
            scale, shown = units.SQUARE_CENTIMETRE_PER_SECOND, DIFFUSION_UNIT
        base = None if reference is None else reference.numbers.get(key)
        record.add(
            f"{name}.{key}",
            value / scale,
            shown,
            error=error / scale,
            reference=None if base is None else base[0] / scale,
            source=THIS_RUN,
            note="neighbours up to the first minimum of the reference's radial distribution"
            if key.startswith("coordination")
            else "integral of the velocity autocorrelation",
        )


def add_comparison(
    record: Record,
    name: str,
    reference: Measured,
    measured: Measured,
    tolerances: Mapping[str, float],
) -> None:
    """Put the distances of a model from its reference into the record, with floors and verdicts."""
    shared = [key for key in measured.blocks if key in reference.blocks]
    for key in shared:
        blocks = measured.blocks[key]
        base = reference.blocks[key]
        value, error = distance_with_error(base, blocks)
        least, _ = floor(base)
        kind = key.split(".")[0]
        verdict: Verdict = "none"
        limit = None
        if kind in tolerances:
            limit = max(tolerances[kind], 2 * least)
            verdict = "pass" if value <= limit else "fail"
        record.add(
            f"{name}.{key}.distance",
            value,
            "nm" if kind in ("rdf", "centres") else "",
            error=error,
            floor=least,
            reference=limit,
            source=THIS_RUN if limit is None else "recipe",
            verdict=verdict,
            note="integral of the absolute difference from the reference",
        )
        if kind in MEANS:
            _add_mean(record, f"{name}.{key}.mean", base, blocks, tolerances.get("bond_means"))
    add_maps(record, name, reference, measured)
    add_populations(record, name, measured, reference)
    add_numbers(record, name, measured, reference)
    add_diffusion(record, name, measured)
    if measured.diffusion is not None and reference.diffusion is not None:
        (value, error), (base_value, base_error) = measured.diffusion, reference.diffusion
        ratio = value / base_value
        record.add(
            f"{name}.diffusion.ratio",
            ratio,
            "",
            error=float(ratio * np.hypot(error / value, base_error / base_value)),
            source=THIS_RUN,
            note="model over reference: model time runs faster by this factor, at this friction",
        )


def _add_mean(
    record: Record, name: str, reference: Blocks, blocks: Blocks, tolerance: float | None
) -> None:
    """Put the mean of a distribution beside that of the reference; bonds may be judged by it."""
    value, error = blocks.mean()
    base, base_error = reference.mean()
    verdict: Verdict = "none"
    if tolerance is not None and ".bonds." in name:
        allowed = max(tolerance * base, 2 * base_error)
        verdict = "pass" if abs(value - base) <= allowed else "fail"
    record.add(
        name,
        value,
        blocks.x_unit,
        error=error,
        reference=base,
        source=THIS_RUN,
        verdict=verdict,
        note="mean; that of the reference beside it",
    )


def structure_plots(
    plan: Plan, reference: Measured, measured: Mapping[str, Measured], name: str
) -> list[Plot]:
    """Return a plot for each distribution, the reference and every model over one another."""
    plots = []
    members = [reference, *measured.values()]
    for key in dict.fromkeys(key for member in members for key in member.blocks):
        kind, label = key.split(".", 1)
        lines = []
        if key in reference.blocks:
            lines.append(Line(reference.blocks[key].curve(), name, "reference"))
        lines += [
            Line(other.blocks[key].curve(), model)
            for model, other in measured.items()
            if key in other.blocks
        ]
        title = f"{TITLES[kind]} {label}"
        if kind == "angles":
            caption = f"Triplets with both legs below {plan.leg[label]:.3f} nm, normalised to one."
            plots.append(angle_plot(lines, title, caption))
        else:
            plots.append(distribution_plot(lines, title))
    return plots


def dynamics_plots(
    reference: Measured, measured: Mapping[str, Measured], runs: Mapping[str, Run], name: str
) -> list[Plot]:
    """Return the mean squared displacement, and temperature and pressure along the runs."""
    plots = []
    lines = _curves("msd", reference, measured, name)
    if lines:
        caption = (
            "A straight line of slope one is diffusion. The friction of a model is its "
            "thermostat's, so its time is not the time of the reference."
        )
        plots.append(msd_plot(lines, caption=caption))
    lines = _curves("velocity", reference, measured, name)
    if lines:
        plots.append(Plot("Velocity autocorrelation", lines, levels=[(0.0, "")]))
    series = (("temperature", "T", "K", 1.0), ("pressure", "P", "bar", 1 / units.BAR))
    for quantity, symbol, unit, factor in series:
        # A run that broke down before its first frame has nothing to draw.
        known = {
            model: run
            for model, run in runs.items()
            if len(run.trajectory) > 1 and np.isfinite(run.observables[quantity]).all()
        }
        drawn = [
            Line(_series(run, quantity, symbol, unit, factor), model)
            for model, run in known.items()
        ]
        if drawn:
            several = any(run.observables[quantity].shape[1] > 1 for run in known.values())
            caption = "Mean over replicas." if several else ""
            plots.append(time_plot(drawn, quantity.capitalize(), caption))
    return plots


def _curves(
    key: str, reference: Measured, measured: Mapping[str, Measured], name: str
) -> list[Line]:
    lines = [Line(reference.curves[key], name, "reference")] if key in reference.curves else []
    return lines + [
        Line(other.curves[key], model) for model, other in measured.items() if key in other.curves
    ]


def _series(run: Run, quantity: str, symbol: str, unit: str, factor: float) -> Curve:
    y = run.observables[quantity].mean(axis=1) * factor
    x = run.observables["time"][:, 0]
    return Curve(x, y, np.full_like(y, np.nan), "t", "ps", symbol, unit)
