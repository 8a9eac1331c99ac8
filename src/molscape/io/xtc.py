"""GROMACS XTC trajectories: rounded positions and boxes, no velocities and no forces."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.io.boxes import place_boxes
from molscape.io.formats import Format, make_reader
from molscape.io.optional import load_reader

logger = logging.getLogger(__name__)

_HEADER_BYTES = 96
_MAGIC = (1995, 2023)


def _xtc(path: Path) -> Any:
    """Return MDAnalysis' low-level reader, which writes no index beside the user's file."""
    return load_reader("MDAnalysis.lib.formats.libmdaxdr", "GROMACS XTC files").XTCFile(str(path))


@dataclass(frozen=True, eq=False)
class XtcSource:
    """Frames of an XTC file, read when asked for; make one with `XtcSource.scan`."""

    path: Path
    offsets: Int[np.ndarray, " frame"]
    n_particles: int
    notes: tuple[Note, ...] = ()
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
        except OSError as error:
            raise ValueError(
                f"{path} is a damaged XTC file ({error}): write or copy it again"
            ) from None
        complete = _complete(path, offsets)
        if complete == 0:
            raise ValueError(f"{path} holds no complete frame: write or copy it again")
        notes: tuple[Note, ...] = ()
        if complete < len(offsets):
            cut = (
                f"{path} is truncated in frame {complete}: the {complete} complete frames before "
                "it are used"
            )
            logger.warning(cut)
            notes = (Note(cut, Code.TRUNCATED),)
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
        with _xtc(self.path) as file, self.path.open("rb") as raw:
            file.set_offsets(self.offsets)
            for row, number in enumerate(frames):
                raw.seek(int(self.offsets[number]))
                magic, atoms = struct.unpack(">2i", raw.read(8))
                if magic not in _MAGIC or atoms != self.n_particles:
                    raise ValueError(
                        f"{self.path} is damaged in frame {number}, whose header tells of {atoms} "
                        f"atoms, the first of {self.n_particles}: write it again, or use the "
                        "frames before it"
                    )
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


def _complete(path: Path, offsets: np.ndarray) -> int:
    """Return how many frames are complete; only the end of a file is ever cut off.

    The lengths come from the headers: the library that decompresses frames is not made for
    damaged ones.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        for number in range(len(offsets) - 1, -1, -1):
            file.seek(int(offsets[number]))
            length = _frame_length(file.read(_HEADER_BYTES))
            if length is not None and offsets[number] + length <= size:
                return number + 1
    return 0


def _frame_length(header: bytes) -> int | None:
    """Bytes of a frame; None where its header is cut off.

    A header holds magic number, atoms, step, time and box (52 bytes) and again the atoms; up to
    nine atoms follow as they are, more are compressed: precision, extent (28 bytes) and the
    number of bytes, padded to four. Files of very large systems (magic 2023) count in 8 bytes.
    """
    if len(header) < 56:
        return None
    magic, atoms = struct.unpack(">2i", header[:8])
    if atoms <= 9:
        return 56 + 12 * atoms
    wide = magic == 2023
    if len(header) < (96 if wide else 92):
        return None
    (count,) = struct.unpack_from(">q" if wide else ">i", header, 88)
    return (96 if wide else 92) + (count + 3) // 4 * 4


FORMAT = Format(
    "xtc",
    "GROMACS XTC",
    lambda head: head.start[:4] in [struct.pack(">i", magic) for magic in _MAGIC],
    read_frames=make_reader(XtcSource.scan),
)
