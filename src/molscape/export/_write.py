"""One call that writes a model for any of the engines."""

from __future__ import annotations

from pathlib import Path

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.lazy import load
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export import EXPORTS
from molscape.export.lammps import RunLength


def write(
    engine: str,
    potential: Potential,
    topology: Topology,
    frames: Frames,
    folder: str | Path,
    *,
    ensemble: Ensemble | None = None,
    schedule: RunLength | None = None,
) -> list[Path]:
    """Write a folder that an engine runs unchanged.

    Args:
        engine: a name in `EXPORTS`.
        potential: the model; each of its terms needs a counterpart in the engine.
        topology: the beads.
        frames: the first frame is written, with box and velocities if it has them.
        folder: where to write; made if it is not there.
        ensemble: what is run; None for the energy of the start.
        schedule: how long, and what is kept.

    Returns:
        The files written.

    Raises:
        ImportError: if the engine is needed for its files, and not installed.
        ValueError: if there is no such engine, or the model does not suit it.
    """
    if engine not in EXPORTS:
        raise ValueError(f"export for {engine!r}: this molscape writes {', '.join(EXPORTS)}")
    writer = load("molscape.export", EXPORTS, engine)
    files: list[Path] = writer(
        potential, topology, frames, folder, ensemble=ensemble, schedule=schedule
    )
    return files
