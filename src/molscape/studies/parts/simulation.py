"""Running a model with the engine that the recipe names."""

from __future__ import annotations

from pathlib import Path

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.units import BAR
from molscape.simulate.run import Run
from molscape.simulate.schedule import Schedule
from molscape.simulate.tempering import Tempering
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
    schedule = schedule_of(block, seed)
    ensemble = ensemble_of(block, model.temperature)
    if block.engine == "jax":
        from molscape.simulate.jax_engine import jax_engine

        return jax_engine(
            model.potential,
            model.topology,
            start,
            ensemble,
            schedule,
            replicas=block.replicas,
            tempering=tempering_of(block, ensemble.temperature),
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


def ensemble_of(block: SimulateBlock, temperature: float) -> Ensemble:
    """Return the ensemble of a recipe; without a temperature of its own, the reference's."""
    kelvin, bath = block.temperature or temperature, block.thermostat
    if bath.kind == "none":
        return NVE(kelvin)
    barostat = None if block.pressure is None else Barostat(block.pressure * BAR)
    if bath.kind == "nose_hoover":
        return NoseHoover(kelvin, bath.time, bath.chain, barostat)
    if bath.kind == "brownian":
        return Brownian(kelvin, bath.friction, barostat)
    return Langevin(kelvin, bath.friction, barostat)


def tempering_of(block: SimulateBlock, temperature: float) -> Tempering | None:
    """Return the temperatures of a recipe's tempering for a run at one of them (K).

    Raises:
        ValueError: if they do not rise, or the ladder's highest is not above the run's.
    """
    asked = block.tempering
    if asked is None:
        return None
    if asked.temperatures is not None:
        return Tempering(tuple(asked.temperatures), asked.every)
    assert asked.ladder is not None
    return Tempering.ladder(temperature, asked.ladder.highest, asked.ladder.count, asked.every)


def schedule_of(block: SimulateBlock, seed: int) -> Schedule:
    """Return how long a recipe's run is and what it keeps."""
    return Schedule(
        steps=block.steps,
        timestep=block.timestep,
        every=block.every,
        equilibration=block.equilibration,
        seed=seed,
        outside_stop=block.outside_stop,
    )
