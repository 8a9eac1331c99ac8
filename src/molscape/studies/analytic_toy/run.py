"""An analytic toy from recipe to report: its data, its models and their runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import numpy as np

from molscape.core.ensemble import Brownian
from molscape.core.frames import Frames
from molscape.core.identity import digest
from molscape.core.potential import Potential
from molscape.core.record import Record
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.result import Fit
from molscape.potentials import RippledQuartic
from molscape.simulate.run import Run
from molscape.simulate.schedule import Schedule
from molscape.studies.analytic_toy.curves import along
from molscape.studies.analytic_toy.recipe import (
    NetworkBlock,
    RegressionBlock,
    ToyRecipe,
    ToyRunBlock,
)
from molscape.studies.analytic_toy.results import PARTICLE, ToyData, ToyStudy
from molscape.studies.parts.models import Model, find_model, save_model
from molscape.studies.study import Display, claim

START = 4.0
"""The data begins with x spread evenly within so many nm, so that both wells are filled."""


def run_toy(
    recipe: ToyRecipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a toy study into a folder and return its record; a stopped study is resumed.

    Args:
        recipe: the study.
        base: folder of the recipe; a toy reads no files.
        folder: the run folder.
        display: where progress is shown.
        until: "map" makes the data, "fit" the models too, "run" everything.

    Raises:
        ValueError: if the folder holds another study.
        RuntimeError: if another process works in the folder.
        OSError: if a file cannot be written.
    """
    from molscape.report import write_record

    study = ToyStudy(recipe, base, folder, display)
    with claim(study):
        with study.stage("data"):
            study.data = make_data(study)
        if until != "map":
            models = {name: _fit(study, name) for name in recipe.models}
            if until == "run":
                _evaluate(study, models)
        write_record(study.record, folder)
    return study.record


def _evaluate(study: ToyStudy, models: dict[str, Model]) -> None:
    from molscape.report import write_record
    from molscape.studies.analytic_toy.numbers import add_toy_numbers
    from molscape.studies.analytic_toy.pages import write_toy_report

    runs = {}
    for name, model in models.items():
        with study.stage(f"run {name}"):
            runs[name] = _model_run(study, model)
    results = add_toy_numbers(study, models, runs)
    write_record(study.record, study.folder)
    with study.stage("report"):
        write_toy_report(study, models, results)


def make_data(study: ToyStudy) -> ToyData:
    """Run the particle in two dimensions and return what was seen, with its forces."""
    block, kT = study.recipe.data, study.kT
    random = np.random.default_rng([study.recipe.seed, 1])
    start = np.zeros((block.replicas, 1, 3))
    start[:, 0, 0] = random.uniform(-START, START, block.replicas)
    start[:, 0, 1] = random.normal(size=block.replicas) * np.sqrt(10.0)
    field_ = RippledQuartic(scale=kT)
    run = _brownian(study, field_, Frames(positions=start), block, "mapping")
    positions = run.trajectory.load().positions[:, 0]
    _, forces = along(field_, positions)
    shape = (-1, block.replicas)
    x, y, force = (
        np.ascontiguousarray(values.reshape(shape).T)
        for values in (positions[:, 0], positions[:, 1], forces[:, 0] / kT)
    )
    return ToyData(x, y, force, run)


def _model_run(study: ToyStudy, model: Model) -> Run:
    """Run a model from positions of the data."""
    block = study.recipe.simulate
    random = np.random.default_rng([study.recipe.seed, 2])
    start = np.zeros((block.replicas, 1, 3))
    start[:, 0, 0] = random.choice(study.data.x.ravel(), block.replicas)
    place = f"models/{model.name}/run"
    return _brownian(study, model.potential, Frames(positions=start), block, place)


def _brownian(
    study: ToyStudy, potential: Potential, start: Frames, block: ToyRunBlock, place: str
) -> Run:
    from molscape.simulate import Jax

    schedule = Schedule(
        steps=block.steps,
        timestep=block.timestep,
        every=block.every,
        equilibration=block.equilibration,
        seed=study.recipe.seed,
    )
    friction = study.kT / (PARTICLE.masses[0] * study.recipe.diffusion)
    ensemble = Brownian(study.recipe.temperature, friction=float(friction))
    folder = study.folder / place
    return Jax().run(
        potential, PARTICLE, start, ensemble, schedule, folder=folder, progress=study.display
    )


def _fit(study: ToyStudy, name: str) -> Model:
    """Fit a model, or load it if this very fit is done already."""
    recipe, folder = study.recipe, study.folder / "models" / name
    block = recipe.models[name]
    settings = {
        "model": block,
        "training": recipe.training,
        "data": recipe.data,
        "seed": recipe.seed,
        "temperature": recipe.temperature,
        "diffusion": recipe.diffusion,
    }
    with study.stage(f"fit {name}"):
        found = find_model(folder, settings)
        if found is not None:
            return found
        data = [(study.data.trajectory(recipe.training.frames, study.kT), study.state)]
        fit = _FITS[block.kind](study, block, data, folder / "fit" / digest(settings)[:12])
        model = Model(name, fit.potential, PARTICLE, recipe.temperature, fit)
        save_model(model, folder, settings)
    return model


def _regress(
    study: ToyStudy, block: RegressionBlock, data: list[tuple[Trajectory, State]], folder: Path
) -> Fit:
    """Choose functions of the coordinate by cross-validation; nothing is kept in the folder."""
    from molscape.fit import stepwise
    from molscape.potentials import BasisSum

    folds = study.recipe.training.folds
    return stepwise(BasisSum(functions=block.functions), data, folds=folds)


def _train(
    study: ToyStudy, block: NetworkBlock, data: list[tuple[Trajectory, State]], folder: Path
) -> Fit:
    """Train a network, and where several bounds are given choose the one that validates best."""
    from molscape import fit
    from molscape.features import Coordinates
    from molscape.objectives import ForceMatching
    from molscape.potentials import CGnet, HarmonicCoordinate, Sum

    recipe, kT = study.recipe, study.kT
    with jax.enable_x64(True):
        potential: Potential = CGnet.draw(
            Coordinates(axes="x"),
            data,
            jax.random.key(recipe.seed),
            hidden=block.hidden,
            activation=block.activation,
            scale=kT,
        )
        if block.prior is not None:
            potential = Sum(HarmonicCoordinate(stiffness=block.prior * kT), potential)
    training = fit.Training(
        fit.Adam(recipe.training.rate),
        batch=recipe.training.batch,
        epochs=recipe.training.epochs,
        schedule=fit.Exponential(0.01),
        seed=recipe.seed,
        folds=recipe.training.folds,
    )
    train = partial(
        fit.train,
        potential,
        ForceMatching(),
        data,
        progress=study.display,
    )
    if not block.spectral_bounds:
        return train(training, folder=folder)
    tried = {
        bound: train(replace(training, spectral_bound=bound), folder=folder / f"bound-{bound:g}")
        for bound in block.spectral_bounds
    }
    validated = {bound: _validation(found) for bound, found in tried.items()}
    best = min(validated, key=lambda bound: validated[bound])
    losses = {f"bound_{bound:g}": loss for bound, loss in validated.items()}
    return replace(tried[best], settings={**tried[best].settings, **losses, "spectral_bound": best})


_FITS: dict[str, Callable[..., Fit]] = {"regression": _regress, "cgnet": _train}
"""What fits a model, by the kind of its block."""


def _validation(fit: Fit) -> float:
    assert fit.force_loss is not None
    return fit.force_loss.validation
