"""The numbers of an analytic toy: distances from the closed form, inside and outside the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from molscape.analysis.profiles import Profile, profile, root_mean_square
from molscape.core.record import THIS_RUN, Verdict
from molscape.core.statistics import jackknife_error
from molscape.fit.result import Fit, ForceLoss
from molscape.potentials.rippled_quartic import force_noise, quartic, quartic_force
from molscape.simulate.run import Run
from molscape.studies.analytic_toy.curves import curve_of
from molscape.studies.analytic_toy.results import Inside, ToyData, ToyResults, ToyStudy
from molscape.studies.parts.force_numbers import force_numbers
from molscape.studies.parts.models import Model

SOURCE = "closed form"
EDGES = np.linspace(-8.0, 8.0, 161)
FEWEST = 100.0
"""Samples that a bin of the data needs to be compared in."""

HIGHEST = 5.0
"""Bins count where the exact free energy is at most so many kT above its minimum."""

FAR = 100.0
"""So far from the data (nm), a network of tanh has come to its ceiling."""

OUTSIDE = (-8.0, -7.0, -6.0, 6.0, 7.0, 8.0)
GROUPS = 10


def add_toy_numbers(study: ToyStudy, models: dict[str, Model], runs: dict[str, Run]) -> ToyResults:
    """Put every number of the study into its record and return what the report draws."""
    data = study.data
    seen = profile(data.x, EDGES, data.force, GROUPS)
    exact = quartic(seen.x)
    chosen = (seen.samples >= FEWEST) & (exact - exact.min() < HIGHEST)
    inside = Inside(seen.x, chosen, exact, quartic_force(seen.x))
    floors = _halves(data, inside)
    _data_numbers(study, seen, inside, floors)
    noise = _exact_noise(inside)
    found = {}
    for name, model in models.items():
        _curve_numbers(study, model, inside, floors)
        found[name] = _run_numbers(study, name, runs[name], inside, floors[0])
        _outside_numbers(study, model)
        assert model.fit is not None
        assert model.fit.force_loss is not None
        loss = _of_one_coordinate(model.fit.force_loss, noise * study.kT**2)
        force_numbers(study.record, name, loss)
        _bound_numbers(study, name, model.fit)
    return ToyResults(seen, inside, found, noise)


def error_over_folds(
    model: Model, number: Callable[[Model], float | Float[np.ndarray, "..."]]
) -> np.ndarray:
    """Return the standard error of a number of a model, over its fits without each fold."""
    assert model.fit is not None
    values = np.array([number(replace(model, potential=p)) for p in model.fit.replicas])
    return jackknife_error(values)


def filled(seen: Profile) -> Float[np.ndarray, " bin"]:
    """Return the free energy, bins that nothing visited as high as half a visit would put them."""
    half = -np.log(0.5 / seen.samples.sum() / np.diff(EDGES))
    return np.where(seen.samples > 0, seen.free_energy, half)


def _halves(data: ToyData, inside: Inside) -> tuple[float, float]:
    """Return what two halves of the data differ by: free energy (kT) and force (kT/nm)."""
    half = len(data.x) // 2
    a = profile(data.x[:half], EDGES, data.force[:half])
    b = profile(data.x[half:], EDGES, data.force[half:])
    good = inside.chosen & (a.samples > 0) & (b.samples > 0)
    return (
        root_mean_square(a.free_energy, b.free_energy, good, shifted=True),
        root_mean_square(a.force, b.force, good),
    )


def _judged(study: ToyStudy, value: float, floor: float) -> tuple[Verdict, float | None]:
    """Return the verdict on a deviation, and what it is held against."""
    if study.recipe.tolerance is None:
        return "none", None
    limit = max(study.recipe.tolerance, 2 * floor)
    return ("pass" if value <= limit else "fail"), limit


def _deviation(
    study: ToyStudy, name: str, value: float, error: float, floor: float, **more: str
) -> None:
    verdict, limit = _judged(study, value, floor)
    study.record.add(
        name,
        value,
        more["unit"],
        error=error,
        floor=floor,
        reference=limit,
        source=SOURCE,
        verdict=verdict,
        note=more["note"],
    )


def _data_numbers(
    study: ToyStudy, seen: Profile, inside: Inside, floors: tuple[float, float]
) -> None:
    data, where = study.data, inside.x[inside.chosen]
    study.record.add("reference.points", data.x.size, "", source=THIS_RUN)
    for name, value in (("lowest", where[0]), ("highest", where[-1])):
        note = f"{name} x with at least {FEWEST:g} points in a bin of 0.1 nm, and a free energy "
        note += f"below {HIGHEST:g} kT: models are compared in between"
        study.record.add(f"reference.range.{name}", value, "nm", source=THIS_RUN, note=note)
    values = (inside.free_energy_deviation(seen.free_energy), inside.force_deviation(seen.force))
    errors = _left_out(
        len(data.x),
        lambda keep: (
            inside.free_energy_deviation(filled(profile(data.x[keep], EDGES))),
            inside.force_deviation(
                np.nan_to_num(profile(data.x[keep], EDGES, data.force[keep]).force)
            ),
        ),
    )
    for name, unit, value, error, floor in zip(
        ("free_energy", "mean_force"), ("kT", "kT/nm"), values, errors, floors, strict=True
    ):
        note = "root mean square, of the histogram of the data: what the data alone can tell"
        study.record.add(
            f"reference.{name}.deviation",
            value,
            unit,
            error=float(error),
            floor=floor,
            source=SOURCE,
            note=note,
        )


def _left_out(
    replicas: int, numbers: Callable[[np.ndarray], Sequence[float]]
) -> Float[np.ndarray, " number"]:
    """Return standard errors of numbers by leaving out each group of replicas in turn."""
    group = np.arange(replicas) * GROUPS // replicas
    return jackknife_error([numbers(np.flatnonzero(group != k)) for k in range(GROUPS)])


def _curve_numbers(
    study: ToyStudy, model: Model, inside: Inside, floors: tuple[float, float]
) -> None:
    """Add the deviations of the model's own energy and force."""

    def both(one: Model) -> np.ndarray:
        energy, force = curve_of(one.potential, inside.x, study.kT)
        return np.array([inside.free_energy_deviation(energy), inside.force_deviation(force)])

    values, errors = both(model), error_over_folds(model, both)
    for k, (name, unit) in enumerate((("free_energy", "kT"), ("mean_force", "kT/nm"))):
        _deviation(
            study,
            f"{model.name}.{name}.deviation",
            float(values[k]),
            float(errors[k]),
            floors[k],
            unit=unit,
            note="root mean square deviation of the model's "
            + ("energy" if name == "free_energy" else "force")
            + " where the data has samples; passes within the tolerance or twice the floor",
        )


def _run_numbers(study: ToyStudy, name: str, run: Run, inside: Inside, floor: float) -> Profile:
    """Add what a run of the model saw, and return its profile."""
    replicas = study.recipe.simulate.replicas
    x = run.trajectory.load().positions[:, 0, 0].reshape(-1, replicas).T
    seen = profile(x, EDGES, None, GROUPS)
    value = inside.free_energy_deviation(filled(seen))

    def left_out(keep: np.ndarray) -> tuple[float]:
        return (inside.free_energy_deviation(filled(profile(x[keep], EDGES))),)

    _deviation(
        study,
        f"{name}.run.free_energy.deviation",
        value,
        float(_left_out(replicas, left_out)[0]),
        floor,
        unit="kT",
        note="the same of the histogram of the model's run, its own statistical error included",
    )
    low, high = study.data.x.min(), study.data.x.max()
    study.record.add(
        f"{name}.run.outside",
        float(np.mean((x < low) | (x > high))),
        "",
        source=THIS_RUN,
        note=f"share of frames beyond all points of the data, {low:.2f} to {high:.2f} nm",
    )
    return seen


def _outside_numbers(study: ToyStudy, model: Model) -> None:
    """Add forces outside the data, and whether they bring the particle back."""
    x = np.array(OUTSIDE)

    def forces(one: Model) -> np.ndarray:
        return curve_of(one.potential, x, study.kT)[1]

    found, errors = forces(model), error_over_folds(model, forces)
    for place, force, error in zip(OUTSIDE, found, errors, strict=True):
        study.record.add(
            f"{model.name}.force_at.x={place:g}",
            float(force),
            "kT/nm",
            error=float(error),
            reference=float(quartic_force(place)),
            source=SOURCE,
            note="outside the data: no model can know the exact value",
        )
    back = -np.sign(x) * found
    growth = min(back[0] / back[2], back[5] / back[3]) if np.all(back > 0) else 0.0
    study.record.add(
        f"{model.name}.outside.growth",
        growth,
        "",
        source=THIS_RUN,
        verdict="pass" if growth >= 0.75 else "fail",
        note="force at |x| = 8 nm over that at 6 nm, on the side where it is smaller, 0 where one "
        "of the six does not point back; passes from 0.75 on: the force that brings the particle "
        "back does not fade",
    )
    _height_numbers(study, model)


def _height_numbers(study: ToyStudy, model: Model) -> None:
    """Add how high the energy rises: at the end of the pictures, and far away."""
    x = np.concatenate([[-FAR], np.linspace(EDGES[0], EDGES[-1], 321), [FAR]])
    energy, exact = curve_of(model.potential, x, study.kT)[0], quartic(x)
    for name, where, note in (
        ("energy", slice(1, -1), f"at |x| = {EDGES[-1]:g} nm above the minimum, on the lower side"),
        ("ceiling", slice(None), f"at |x| = {FAR:g} nm: what keeps the particle in the long run"),
    ):
        found, known = energy[where], exact[where]
        study.record.add(
            f"{model.name}.outside.{name}",
            float(min(found[0], found[-1]) - found.min()),
            "kT",
            reference=float(min(known[0], known[-1]) - known.min()),
            source=SOURCE,
            note=note,
        )


def _exact_noise(inside: Inside) -> float:
    """Return the mean variance of the instantaneous force at fixed x, in (kT/nm)^2."""
    x = np.linspace(EDGES[0], EDGES[-1], 1601)
    weight = np.exp(-quartic(x) + quartic(x).min())
    return float(np.sum(weight * force_noise(x)) / weight.sum())


def _of_one_coordinate(loss: ForceLoss, floor: float) -> ForceLoss:
    """Return a loss of the one coordinate that is modelled, with its exact noise floor."""
    return ForceLoss(
        fit=3 * loss.fit,
        zero=3 * loss.zero,
        validation=3 * loss.validation,
        error=3 * loss.error,
        floor=floor,
        floor_error=0.0,
        floor_note="exact, by quadrature over y",
    )


def _bound_numbers(study: ToyStudy, name: str, fit: Fit) -> None:
    bound = fit.settings.get("spectral_bound")
    if bound is not None:
        study.record.add(
            f"{name}.spectral_bound",
            bound,
            "",
            source=THIS_RUN,
            note="largest singular value of a layer, of those tried the one with the lowest "
            "cross-validated loss",
        )
