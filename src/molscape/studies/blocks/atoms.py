"""The atoms that a reference gives, opened for a study or looked at by its check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Place:
    """Where a reference is opened from, and where what it makes is kept.

    `base` is the folder that relative paths start from, `folder` that of the run, `seed` the
    study's; `progress` is called as progress(what, done, total).
    """

    base: Path
    folder: Path = Path()
    seed: int = 0
    progress: Progress = lambda *_: None


@dataclass(frozen=True, eq=False)
class Atoms:
    """An all-atom trajectory with its state, its files and what is known of its making."""

    trajectory: Trajectory
    state: State
    files: tuple[Path, ...]
    about: dict[str, Any]

    def selected(self, frames: str) -> Atoms:
        """Return the atoms in the frames of a slice such as "::4".

        Raises:
            ValueError: if it selects none, or several molecules have no box.
        """
        whole = self.trajectory
        part = whole[slice(*[int(x) if x else None for x in frames.split(":")])]
        if len(part) == 0:
            raise ValueError(
                f"reference.frames {frames!r} selects none of the {len(whole)} frames: widen it"
            )
        if "box" not in whole.fields and whole.topology.n_molecules > 1:
            raise ValueError(
                f"{self.files[-1]}: {whole.topology.n_molecules} molecules without a box: a liquid "
                "needs its periodic box; write it with the trajectory (a GRO file's last line; TRR "
                "files and LAMMPS dumps carry it by default)"
            )
        return Atoms(part, self.state, self.files, self.about)


@dataclass(frozen=True, eq=False)
class Opened:
    """A reference as it is found; not `complete` where it is still to be made: a start alone.

    `beads` are the atoms until a mapping is built. `fields` and `frames` are those of the whole
    reference, made or not.
    """

    atoms: Trajectory
    beads: Trajectory
    state: State
    complete: bool
    fields: frozenset[str]
    frames: int
