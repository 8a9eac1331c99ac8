"""What is in the files: the facts a user checks before a study, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Note
from molscape.core.space import volume
from molscape.core.trajectory import Trajectory
from molscape.core.units import GRAM_PER_CUBIC_CENTIMETRE
from molscape.io._open import open as open_files
from molscape.io.constraints import describe_constraints, sample
from molscape.io.force_checks import root_mean_square_force
from molscape.io.formats import find_format, recognise


@dataclass(frozen=True)
class Inspection:
    """Facts about a trajectory, for a person to read.

    Lengths in nm, times in ps, density in g/cm^3 (mean over a sample of frames), force in
    kJ/mol/nm. `warnings` are what needs a decision, `notes` what was assumed.
    """

    files: tuple[str, ...]
    formats: tuple[str, ...]
    n_atoms: int
    molecules: dict[str, int]
    atoms_of: dict[str, tuple[str, ...]]
    n_bonds: int
    n_frames: int
    box_lengths: tuple[float, float, float] | None
    triclinic: bool
    box_varies: bool
    frame_interval: float | None
    total_time: float | None
    density: float | None
    has_forces: bool
    has_velocities: bool
    has_energies: bool
    mean_force: float | None
    constraints: str
    n_constraints: int
    notes: tuple[Note, ...]
    warnings: tuple[str, ...]

    @property
    def needs_timestep(self) -> bool:
        """Whether the files are of a format that mostly carries steps and no times."""
        return any(find_format(name).needs_timestep for name in self.formats)


def inspect(
    paths: str | Path | Sequence[str | Path],
    *,
    units: str | None = None,
    timestep: float | None = None,
    masses: Mapping[str, float] | None = None,
) -> Inspection:
    """Open one or two files (topology, then trajectory) and say what is in them.

    Args:
        paths: a path, or a topology and a trajectory.
        units: of files that do not state them; see `open`.
        timestep: time of one step in ps, of LAMMPS dumps and DCD files.
        masses: masses in u by name of atom, for united atoms and beads.

    Raises:
        FileNotFoundError: if a file does not exist.
        ValueError: if there are more than two paths, or they cannot be opened.
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if len(files) not in (1, 2):
        raise ValueError(f"got {len(files)} files: give a topology and at most one trajectory")
    opened = open_files(*files, units=units, timestep=timestep, masses=masses)
    return summarise(opened, files)


def summarise(trajectory: Trajectory, files: Sequence[Path]) -> Inspection:
    """Collect the facts about an opened trajectory."""
    topology = trajectory.topology
    frames = sample(trajectory)
    first = {str(name): k for k, name in reversed([*enumerate(topology.molecule_names)])}
    interval, total = _times(trajectory)
    return Inspection(
        files=tuple(str(path) for path in files),
        formats=tuple(recognise(path).name for path in files),
        n_atoms=len(topology),
        molecules=dict(Counter(topology.molecule_names.tolist())),
        atoms_of={
            name: tuple(topology.names[topology.molecules == k].tolist())
            for name, k in first.items()
        },
        n_bonds=len(topology.bonds),
        n_frames=len(trajectory),
        **_box_facts(frames, float(topology.masses.sum())),
        frame_interval=interval,
        total_time=total,
        has_forces="forces" in trajectory.fields,
        has_velocities="velocities" in trajectory.fields,
        has_energies="energies" in trajectory.fields,
        mean_force=None
        if frames.forces is None
        else root_mean_square_force(topology, frames.forces),
        constraints=describe_constraints(topology) if len(topology.constraints) else "",
        n_constraints=len(topology.constraints),
        notes=tuple(note for note in trajectory.notes if not note.warns),
        warnings=tuple(note.message for note in trajectory.notes if note.warns),
    )


def _box_facts(frames: Frames, mass: float) -> dict[str, Any]:
    if frames.box is None:
        return {"box_lengths": None, "triclinic": False, "box_varies": False, "density": None}
    lengths = np.linalg.norm(frames.box, axis=2).mean(axis=0)
    density = mass / float(np.mean(volume(frames.box))) / GRAM_PER_CUBIC_CENTIMETRE
    return {
        "box_lengths": (float(lengths[0]), float(lengths[1]), float(lengths[2])),
        "triclinic": bool(np.any(np.abs(np.tril(frames.box, -1)) > 1e-6)),
        "box_varies": bool(np.any(np.ptp(frames.box, axis=0) > 1e-6)),
        "density": density,
    }


def _times(trajectory: Trajectory) -> tuple[float | None, float | None]:
    """Time between the first two frames, and between the first and the last."""
    if "times" not in trajectory.fields or len(trajectory) < 2:
        return None, None
    first, second, last = (trajectory[k].times for k in (0, 1, -1))
    assert first is not None
    assert second is not None
    assert last is not None
    return float(second[0] - first[0]), float(last[0] - first[0])
