"""`molscape export`: a fitted model as input files of an engine."""

from __future__ import annotations

from pathlib import Path

from molscape import export
from molscape.app.console import console
from molscape.studies.parts.models import load_model
from molscape.studies.parts.trajectories import read_start


def export_model(model_folder: Path, start: Path, out: Path, engine: str) -> None:
    """Write a model's files for an engine and print their names.

    Args:
        model_folder: of the model, e.g. RUN/models/NAME.
        start: GRO file of the model's beads.
        out: folder for the files.
        engine: one of `export.EXPORTS`.

    Raises:
        ValueError: if nothing writes files of that engine.
    """
    model = load_model(model_folder)
    frames = read_start(start, model.topology)
    for file in export.write(engine, model.potential, model.topology, frames, out):
        console.print(str(file), highlight=False)
