"""A series of studies that differ in their mapping: one reference, then each, then all together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from molscape.app.display import Display
from molscape.app.pipeline import Study, claim, run_study
from molscape.app.potential_blocks import TabulatedPairBlock
from molscape.app.recipe import ModelBlock, Recipe
from molscape.app.reference_blocks import (
    FilesReference,
    FolderReference,
    MadeReference,
    Reference,
    StudyReference,
)
from molscape.app.references import open_reference
from molscape.app.series_blocks import SeriesRecipe
from molscape.core.record import Number, Record

SHARED = ("centres.", "gyration.", "force_loss.explained", "pressure", "diffusion", "speed.ratio")
"""Numbers of a model that mean the same whatever the mapping is, as they begin."""


@dataclass(eq=False)
class SeriesStudy(Study):
    """What a running series knows so far."""

    recipe: SeriesRecipe  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class Member:
    """The study of one mapping."""

    folder: Path
    record: Record

    @property
    def beads(self) -> float:
        """Beads of a molecule, the mean over all of them, as its models have them."""
        from molscape.app.models import load_model

        first = sorted(self.folder.glob("models/*/model.json"))[0].parent
        topology = load_model(first).topology
        return len(topology) / topology.n_molecules


def run_series(
    recipe: SeriesRecipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a series into a folder and return its record; a stopped one is taken up again.

    The study of each mapping is in `mappings/NAME`, whole, with its own report.

    Args:
        recipe: the series.
        base: folder that relative paths in the recipe start from.
        folder: the run folder.
        display: where progress is shown.
        until: the last of `pipeline.STAGES` to do.

    Raises:
        ValueError: if a folder holds another study, or the inputs do not fit the recipe.
        RuntimeError: if another process works in one of the folders.
        OSError: if a file cannot be read or written.
    """
    from molscape.app.series_pages import write_series_report
    from molscape.report import write_record

    study = SeriesStudy(recipe, base, folder, display)
    with claim(study):
        with study.stage("reference"):
            atoms = open_reference(recipe.reference, base, folder, recipe.seed, display)
            study.add_inputs(atoms)
            study.record.notes += list(atoms.trajectory.notes)
        members: dict[str, Member] = {}
        for name in recipe.mappings:
            own = folder / "mappings" / name
            display.say(f"[bold]{name}[/bold]")
            with study.stage(f"mapping {name}"):
                record = run_study(study_of(recipe, name, base, folder), own, own, display, until)
            members[name] = Member(own, record)
            study.record.notes += [
                f"{name}: {note}" for note in record.notes if note not in study.record.notes
            ]
            study.record.numbers += _shared(name, record, recipe)
            write_record(study.record, folder)
        if until == "run":
            with study.stage("report"):
                write_series_report(study, members)
        write_record(study.record, folder)
    return study.record


def study_of(recipe: SeriesRecipe, name: str, base: Path, folder: Path) -> Recipe:
    """Return the recipe of one mapping's study, whose base is its own folder in the series'."""
    own = folder / "mappings" / name
    return Recipe(
        molscape=1,
        title=f"{recipe.title}: {name}",
        description=recipe.description,
        seed=recipe.seed,
        reference=_reference(recipe.reference, base, own),
        mapping=recipe.mappings[name],
        models={key: _model(block, base, own) for key, block in recipe.models.items()},
        simulate=recipe.simulate,
        observables=recipe.observables,
        noise_floor=recipe.noise_floor,
        tolerances=recipe.tolerances,
        export=recipe.export,
    )


def check_series(recipe: SeriesRecipe, base: Path) -> Iterator[str]:
    """Open the reference, build mappings and, where it is there already, models, line by line.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
    """
    from molscape.app.checking import check_engine, check_mapping, check_models, check_reference
    from molscape.app.states import MAIN

    yield f"recipe: {recipe.title}"
    yield check_engine(recipe.simulate)
    opened = yield from check_reference(recipe.reference, base, recipe.seed)
    for name, block in recipe.mappings.items():
        found = yield from check_mapping(block, opened, f" {name}")
        if found.complete:
            # Paths of the study itself start from its run folder, which need not be there yet.
            plain = study_of(recipe, name, base, base).model_copy(update={"models": recipe.models})
            yield from check_models(plain, base, {MAIN: found})


def _reference(block: Reference, base: Path, own: Path) -> Reference:
    """Return the reference as it is found from a mapping's folder; what is made is made once."""
    if isinstance(block, MadeReference):
        return FolderReference(folder=os.path.join("..", "..", "reference"), frames=block.frames)
    if isinstance(block, FilesReference):
        named = {"topology": block.topology, "trajectory": block.trajectory}
        moved = {key: path and _moved(path, base, own) for key, path in named.items()}
        return block.model_copy(update=moved)
    if isinstance(block, FolderReference):
        return block.model_copy(update={"folder": _moved(block.folder, base, own)})
    if isinstance(block, StudyReference):
        return block.model_copy(update={"study": _moved(block.study, base, own)})
    return block


def _model(block: ModelBlock, base: Path, own: Path) -> ModelBlock:
    parts = [
        part.model_copy(update={"file": _moved(part.file, base, own)})
        if isinstance(part, TabulatedPairBlock)
        else part
        for part in block.potential
    ]
    return block.model_copy(update={"potential": parts})


def _moved(path: str, base: Path, own: Path) -> str:
    return os.path.relpath(base / path, own)


def _shared(mapping: str, record: Record, recipe: SeriesRecipe) -> Iterator[Number]:
    """Return the numbers of every model that can be compared between mappings."""
    for number in record.numbers:
        model, _, rest = number.name.partition(".")
        if model in recipe.models and rest.startswith(SHARED):
            yield replace(number, name=f"{mapping}.{number.name}")
