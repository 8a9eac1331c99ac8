"""A series of studies that differ in their mapping: one reference, then each, then all together."""

from __future__ import annotations

from pathlib import Path

from molscape.core.record import Record
from molscape.report import write_record
from molscape.studies.mapping_series.members import MEMBER, member_recipe
from molscape.studies.mapping_series.numbers import shared_numbers
from molscape.studies.mapping_series.recipe import SeriesRecipe
from molscape.studies.mapping_series.results import SeriesMember, SeriesStudy
from molscape.studies.study import Display, claim


def run_series(
    recipe: SeriesRecipe, base: Path, folder: Path, display: Display, until: str = "run"
) -> Record:
    """Run a series into a folder and return its record; a stopped one is resumed.

    The study of each mapping is in `mappings/NAME`, whole, with its own report.

    Args:
        recipe: the series.
        base: folder that relative paths in the recipe start from.
        folder: the run folder.
        display: where progress is shown.
        until: the last of `study.STAGES` to do.

    Raises:
        ValueError: if a folder holds another study, or the inputs do not fit the recipe.
        RuntimeError: if another process works in one of the folders.
        OSError: if a file cannot be read or written.
    """
    from molscape.studies.mapping_series.pages import write_series_report

    study = SeriesStudy(recipe, base, folder, display)
    with claim(study):
        with study.stage("reference"):
            atoms = recipe.reference.open(study.place)
            study.add_inputs(atoms)
            study.record.notes += list(atoms.trajectory.notes)
        members: dict[str, SeriesMember] = {}
        for name in recipe.mappings:
            own = folder / "mappings" / name
            display.say(f"[bold]{name}[/bold]")
            with study.stage(f"mapping {name}"):
                record = MEMBER.run_study(
                    member_recipe(recipe, name, base, folder), own, own, display, until
                )
            members[name] = SeriesMember(own, record)
            study.record.notes += [
                f"{name}: {note}" for note in record.notes if note not in study.record.notes
            ]
            study.record.numbers += shared_numbers(name, record, recipe)
            write_record(study.record, folder)
        if until == "run":
            with study.stage("report"):
                write_series_report(study, members)
        write_record(study.record, folder)
    return study.record
