"""Running a model with the engine that the recipe names."""

from __future__ import annotations

from pathlib import Path

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.simulate.run import Run
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.models import Model


def run_model(
    model: Model,
    block: SimulateBlock,
    start: Frames,
    folder: Path,
    seed: int,
    progress: Progress,
) -> Run:
    """Run a model from these frames into a folder; a run that was stopped is resumed.

    Args:
        model: potential and beads.
        block: engine, thermostat and schedule of the recipe.
        start: one frame, or one for each replica.
        folder: where the run keeps its chunks.
        seed: of velocities and noise.
        progress: called as progress(what, done, total).
    """
    return block.build_engine(model.temperature).run(
        model.potential,
        model.topology,
        start,
        block.ensemble(model.temperature),
        block.schedule(seed),
        folder=folder,
        progress=progress,
    )
