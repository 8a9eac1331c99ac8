"""GROMACS XTC trajectories: rounded positions and boxes, no velocities and no forces."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.io.boxes import place_boxes
from molscape.io.optional import load_reader

logger = logging.getLogger(__name__)


def _xtc(path: Path) -> Any:
    """Return MDAnalysis' low-level reader, which writes no index beside the user's file."""
    return load_reader("MDAnalysis.lib.formats.libmdaxdr", "GROMACS XTC files").XTCFile(str(path))


@dataclass(frozen=True, eq=False)
class XtcSource:
    """Frames of an XTC file, read when asked for; make one with `XtcSource.scan`."""

    path: Path
    offsets: Int[np.ndarray, " frame"]
    n_particles: int
    notes: tuple[str, ...] = ()
    fields = frozenset({"positions", "box", "times"})

    @classmethod
    def scan(cls, path: str | Path) -> XtcSource:
        """Find where the frames begin.

        A last frame that is incomplete is left out, with a warning.

        Raises:
            ImportError: if MDAnalysis is not installed.
            ValueError: if there is no complete frame.
        """
        path = Path(path)
        try:
            with _xtc(path) as file:
                atoms, offsets = int(file.n_atoms), np.array(file.offsets, dtype=np.int64)
                complete = _last_complete(file, len(offsets))
        except OSError as error:
            raise ValueError(
                f"{path} is a damaged XTC file ({error}): write or copy it again"
            ) from None
        if complete == 0:
            raise ValueError(f"{path} holds no complete frame: write or copy it again")
        notes: tuple[str, ...] = ()
        if complete < len(offsets):
            notes = (
                f"{path} is truncated in frame {complete}: the {complete} complete frames before "
                "it are used",
            )
            logger.warning(notes[0])
        return cls(path, offsets[:complete], atoms, notes)

    @property
    def n_frames(self) -> int:
        """Number of complete frames."""
        return len(self.offsets)

    def read(self, frames: range) -> Frames:
        """Read these frames.

        Raises:
            ValueError: if a frame is damaged, or only some frames have a box.
        """
        positions = np.empty((len(frames), self.n_particles, 3))
        boxes, times = np.zeros((len(frames), 3, 3)), np.zeros(len(frames))
        buffer = np.empty((self.n_particles, 3), dtype=np.float32)
        with _xtc(self.path) as file:
            file.set_offsets(self.offsets)
            for row, number in enumerate(frames):
                try:
                    if row == 0 or frames.step != 1:
                        file.seek(number)
                    found = file.read_direct_x(buffer)
                except OSError as error:
                    raise ValueError(
                        f"{self.path} is damaged in frame {number} ({error}): write it again, or "
                        "use the frames before it"
                    ) from None
                positions[row], boxes[row], times[row] = buffer, found.box, found.time
        return place_boxes(Frames(positions, times=times), boxes, str(self.path))


def _last_complete(file: Any, count: int) -> int:
    """Return how many frames can be read; only the end of a file is ever cut off."""
    for number in range(count - 1, -1, -1):
        try:
            file.seek(number)
            file.read()
        except OSError:
            continue
        return number + 1
    return 0
