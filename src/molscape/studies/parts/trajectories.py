"""CG trajectories as files that MDAnalysis and VMD read."""

from __future__ import annotations

from pathlib import Path

from molscape.core.frames import Frames
from molscape.core.store import whole
from molscape.core.topology import Topology
from molscape.io.gro import read_gro, write_gro
from molscape.io.trr import write_trr
from molscape.simulate.run import Run
from molscape.studies.parts.mapped import short_names


def write_run(run: Run, folder: Path, name: str = "trajectory") -> Path:
    """Write NAME.trr and NAME.gro of a run, chunk by chunk; replicas follow each other."""
    target = folder / f"{name}.trr"
    if len(run.trajectory) == 0:
        return target
    with whole(target) as trr, whole(folder / f"{name}.gro") as gro:
        done = 0
        for frames in run.trajectory.chunks():
            write_trr(trr, frames, first_step=done, append=done > 0)
            if done == 0:
                write_gro(gro, short_names(run.trajectory.topology), frames[0])
            done += len(frames)
    return target


def read_start(file: Path, topology: Topology) -> Frames:
    """Read the beads' positions, velocities and box that a run starts from.

    Raises:
        ValueError: if the file holds other beads than the model's.
    """
    names = short_names(topology).names.tolist()
    masses = dict(zip(names, topology.masses.tolist(), strict=True))
    trajectory = read_gro(file, masses=masses, bonds=False)
    if trajectory.topology.names.tolist() != names:
        raise ValueError(
            f"{file} holds {len(trajectory.topology)} beads, the model is for {len(topology)} "
            f"({', '.join(sorted(set(topology.names.tolist())))}), in this order: start from "
            "RUN/mapping/beads.gro or a frame of a CG run"
        )
    return trajectory[0].replace(whole=True)
