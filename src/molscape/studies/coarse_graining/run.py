"""A study from recipe to report: each stage timed, recorded and resumable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.hashes import sha256
from molscape.core.identity import digest
from molscape.core.record import Record
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.coarse_graining.starting import starting_frames
from molscape.studies.coarse_graining.states import open_states
from molscape.studies.parts.fits import fit_potential
from molscape.studies.parts.models import Model, ModelTask, find_model, save_model
from molscape.studies.parts.potentials import build_potential
from molscape.studies.parts.searching import search_model
from molscape.studies.study import Display, claim

if TYPE_CHECKING:
    from molscape.core.potential import Potential

LOST = 1e-3
"""Share of pairs inside the wall that a note tells of."""


def run_study(
    recipe: Recipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a study into a folder and return its record; a stopped study is resumed.

    Args:
        recipe: the study.
        base: folder that relative paths in the recipe start from.
        folder: the run folder.
        display: where progress is shown.
        until: the last of `STAGES` to do; the later ones can be done in the same folder.

    Raises:
        ValueError: if the folder holds another study, or the inputs do not fit the recipe.
        RuntimeError: if another process works in the folder.
        OSError: if a file cannot be read or written.
    """
    from molscape.report import write_record

    study = CoarseGrainingStudy(recipe, base, folder, display)
    with claim(study):
        study.points = open_states(study)
        if until != "map":
            models = fit_models(study)
            if until == "run":
                _evaluate(study, models)
        write_record(study.record, folder)
    return study.record


def _evaluate(study: CoarseGrainingStudy, models: dict[str, Model]) -> None:
    from molscape.report import write_record
    from molscape.studies.coarse_graining.evaluation import evaluate_models
    from molscape.studies.coarse_graining.pages import write_report

    evaluation = evaluate_models(study, models)
    write_record(study.record, study.folder)
    with study.stage("report"):
        write_report(study, models, evaluation)


def fit_models(study: CoarseGrainingStudy) -> dict[str, Model]:
    """Fit every model of the recipe, or load those that are fitted already."""
    models = {}
    for name, block in study.recipe.models.items():
        with study.stage(f"fit {name}"):
            models[name] = _fit(study, name, block)
    return models


def _settings(study: CoarseGrainingStudy, block: ModelBlock, tables: list[str]) -> dict[str, Any]:
    """Return what decides a model; `tables` are the checksums of the files of its potential."""
    recipe = study.recipe
    settings = {
        "model": block,
        "reference": recipe.reference,
        "states": recipe.states,
        "mapping": recipe.mapping,
        "seed": recipe.seed,
        "noise_floor": recipe.noise_floor,
        "temperatures": [point.state.temperature for point in study.points if point.measured],
        "inputs": study.checksums,
        "tables": tables,
    }
    iterates = block.fit is not None and block.fit.iterates
    return {**settings, "simulate": recipe.simulate} if iterates else settings


def _fit(study: CoarseGrainingStudy, name: str, block: ModelBlock) -> Model:
    """Fit a model, or load it if this very fit is done already."""
    folder, recipe = study.folder / "models" / name, study.recipe
    tables = _table_hashes(block, study.base)
    study.record.inputs += [entry for entry in tables if entry not in study.record.inputs]
    checksums = [str(entry["sha256"]) for entry in tables]
    settings = _settings(study, block, checksums)
    found = find_model(folder, settings)
    if found is not None:
        _note_fit(study, found)
        return found
    main, points = study.main, [point for point in study.points if point.fit]

    def build(one: ModelBlock) -> Potential:
        return build_potential(one, main.beads, main.state.temperature, study.base, recipe.seed)

    def folder_of(one: ModelBlock) -> Path:
        return folder / "fit" / digest(_settings(study, one, checksums))[:12]

    fit, potential = None, build(block)
    if block.fit is not None:
        task = ModelTask(
            name=name,
            potential=potential,
            points=points,
            simulate=recipe.simulate,
            starts=(
                [starting_frames(study, point) for point in points] if block.fit.iterates else []
            ),
            folder=folder_of(block),
            seed=recipe.seed,
            noise_floor=recipe.noise_floor,
            progress=study.display,
        )
        told: dict[str, float] = {}
        if block.search:
            block, told = search_model(block, task, build, folder_of)
            task = replace(task, potential=build(block), folder=folder_of(block))
        assert block.fit is not None
        fit = fit_potential(block.fit, task)
        fit = replace(fit, settings={**fit.settings, **told})
        potential = fit.potential
    model = Model(name, potential, main.beads.topology, main.state.temperature, fit)
    save_model(model, folder, settings)
    _note_fit(study, model)
    return model


def _note_fit(study: CoarseGrainingStudy, model: Model) -> None:
    """Put what the user must know of a fit into the record."""
    if model.fit is None:
        return
    if model.fit.stopped:
        study.record.notes.append(f"{model.name}: {model.fit.stopped}")
    loss = model.fit.force_loss
    if loss is not None and loss.floor is None and loss.floor_note:
        study.record.notes.append(f"{model.name}: the noise floor was {loss.floor_note}")
    supports = model.fit.supports
    for row in supports:
        lost = int(row.samples[: row.first].sum()) if row.kind == "pair_spline" else 0
        if lost > LOST * row.samples.sum():
            study.record.notes.append(
                f"{model.name}: {lost} pairs {row.label} of the reference are closer than the wall "
                f"of the potential, which begins at {row.start + row.first * row.spacing:.3f} nm, "
                "and the model forbids them: use more frames, a larger `spacing` or a smaller "
                "`minimum_samples`"
            )
    beyond = sum(int(np.sum(row.poor & row.inside)) for row in supports)
    if beyond:
        study.record.notes.append(
            f"{model.name}: {beyond} intervals between well sampled ones have few samples; the "
            "report shades them"
        )


def _table_hashes(block: ModelBlock, base: Path) -> list[dict[str, Any]]:
    """Return the files that a model is read from: they are inputs too."""
    files = [base / file for file in block.files()]
    return [{"file": file.name, "sha256": sha256(file)} for file in files]
