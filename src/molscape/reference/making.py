"""Reference data in one call."""

from __future__ import annotations

from pathlib import Path

from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.units import BAR
from molscape.reference.sampling import sample
from molscape.reference.schedule import SamplingSchedule
from molscape.reference.water import water_box


def make_water(
    model: str,
    folder: str | Path,
    *,
    molecules: int = 300,
    temperature: float = 300.0,
    frames: int = 200,
    interval: float = 5.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Path:
    """Make an all-atom trajectory of rigid water at 1 bar, with forces.

    Args:
        model: a key of `WATER_MODELS`.
        folder: receives conf.gro, traj.trr and reference.json.
        molecules: how many; 200 or more hold the cutoff of 0.9 nm.
        temperature: in K.
        frames: how many to keep.
        interval: time between them in ps.
        seed: of all random numbers.
        progress: called as progress(what, done, total).

    Returns:
        The folder.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the model is not known or there are too few molecules.
    """
    system = water_box(model, molecules=molecules, seed=seed)
    schedule = SamplingSchedule(frames=frames, interval=interval)
    state = State(temperature, pressure=BAR)
    sample(system, state, schedule, folder, seed=seed, progress=progress)
    return Path(folder)
