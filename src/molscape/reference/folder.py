"""The folder of a reference that was made or recomputed here, opened."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from molscape import io
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.reference.rigid import with_constraints


def is_reference(files: list[Path]) -> bool:
    """Return whether what a user gave is the folder of a reference, as `open_folder` reads it."""
    return len(files) == 1 and (files[0] / "reference.json").exists()


def open_folder(data: Path) -> tuple[Trajectory, dict[str, Any]]:
    """Open the files of a reference made by molscape, and what is told of them.

    Raises:
        FileNotFoundError: if it is no such folder.
    """
    if not (data / "reference.json").exists():
        raise FileNotFoundError(
            f"{data} has no reference.json: give a folder that `molscape rerun` wrote, or the "
            "`reference` folder of a run"
        )
    about = json.loads((data / "reference.json").read_text(encoding="utf-8"))
    if (data / "topology.json").exists():
        plain = json.loads((data / "topology.json").read_text(encoding="utf-8"))
        topology = Topology.from_dict(plain)
        trajectory = io.open(topology, data / "traj.trr")
    else:
        trajectory = io.open(data / "conf.gro", data / "traj.trr")
        topology = with_constraints(trajectory.topology, about)
        if about.get("kinds"):
            own = "reference.json: bonds, masses and charges are those of the force field"
            trajectory = replace(trajectory, notes=(*trajectory.notes, Note(own, Code.PARTICLES)))
    follows = bool(about.get("unwrapped"))
    trajectory = trajectory.map(lambda frames: frames.replace(unwrapped=follows), topology=topology)
    return trajectory, about
