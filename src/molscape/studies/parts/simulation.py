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
    """Run a model from these frames into a folder; a run that was stopped is taken up again.

    Args:
        model: potential and beads.
        block: engine, thermostat and schedule of the recipe.
        start: one frame, or one for each replica.
        folder: where the run keeps its chunks.
        seed: of velocities and noise.
        progress: called as progress(what, done, total).
    """
    schedule = block.schedule(seed)
    ensemble = block.ensemble(model.temperature)
    if block.engine == "jax":
        asked = block.tempering
        tempering = None if asked is None else asked.build(ensemble.temperature)
        from molscape.simulate.jax_engine import jax_engine

        return jax_engine(
            model.potential,
            model.topology,
            start,
            ensemble,
            schedule,
            replicas=block.replicas,
            tempering=tempering,
            precision=block.precision,
            folder=folder,
            progress=progress,
        )
    if block.engine == "openmm":
        from molscape.simulate.openmm_engine import openmm_engine

        return openmm_engine(
            model.potential,
            model.topology,
            start,
            ensemble,
            schedule,
            platform=block.platform,
            threads=block.threads,
            precision=block.precision,
            folder=folder,
            progress=progress,
        )
    from molscape.simulate.lammps_engine import lammps_engine

    return lammps_engine(
        model.potential,
        model.topology,
        start,
        ensemble,
        schedule,
        threads=block.threads,
        precision=block.precision,
        folder=folder,
        progress=progress,
    )
