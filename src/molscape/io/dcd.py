"""DCD trajectories of CHARMM, NAMD, OpenMM and LAMMPS: positions and cells, single precision.

A file says neither its units nor its particles; lengths are Å by convention.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.units import ANGSTROM
from molscape.io.boxes import place_boxes
from molscape.io.cells import box_from_cell, cosines_of_degrees
from molscape.io.formats import Format, make_reader
from molscape.io.lammps_units import lammps_units
from molscape.io.optional import load_reader

logger = logging.getLogger(__name__)

_AKMA = 0.04888821
"""CHARMM's unit of time in ps, sqrt(u Å^2 / (kcal/mol))."""


def _dcd(path: Path) -> Any:
    return load_reader("MDAnalysis.lib.formats.libdcd", "CHARMM/NAMD DCD files").DCDFile(str(path))


@dataclass(frozen=True, eq=False)
class DcdSource:
    """Frames of a DCD file, read when asked for; make one with `DcdSource.scan`.

    `first_time` and `interval` in ps.
    """

    path: Path
    n_frames: int
    n_particles: int
    periodic: bool
    first_time: float
    interval: float
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(
        cls, path: str | Path, timestep: float | None = None, stated: str | None = None
    ) -> DcdSource:
        """Read the header of a file.

        A last frame that is incomplete is left out, with a warning.

        Args:
            path: the file.
            timestep: time of one step in ps; by default the header's, in CHARMM's unit, or in
                LAMMPS' where LAMMPS wrote the file.
            stated: LAMMPS' units that the file of the particles states.

        Raises:
            ImportError: if MDAnalysis is not installed.
            ValueError: if the header is damaged or there is no complete frame.
        """
        path = Path(path)
        try:
            with _dcd(path) as file:
                header, count = dict(file.header), int(file.n_frames)
                first = file.read()
        except (OSError, StopIteration) as error:
            raise ValueError(
                f"{path} is a damaged DCD file or holds no complete frame ({error}): write or "
                "copy it again"
            ) from None
        by_lammps = "Written by LAMMPS" in str(header.get("remarks", ""))
        clock = lammps_units(None, stated).time if by_lammps else _AKMA
        step = header["delta"] * clock if timestep is None else timestep
        every = header["nsavc"] or 1
        notes = list(_find_truncation(path, count))
        for note in notes:
            logger.warning(note)
        given = "" if timestep is None else ", from `timestep`"
        if by_lammps and timestep is None:
            given = ", LAMMPS' step in units " + (stated or "real (assumed)")
        assumed = f"{path.name}: lengths in Å; {step * every:.6g} ps between frames{given}"
        notes.append(Note(assumed, Code.UNITS))
        return cls(
            path=path,
            n_frames=count,
            n_particles=int(header["natoms"]),
            # Without the header's flag the reader leaves cells as they happen to be in memory.
            periodic=bool(header["is_periodic"])
            and bool(np.any(_boxes(np.asarray(first.unitcell, dtype=np.float64)[None]))),
            first_time=header["istart"] * step,
            interval=every * step,
            notes=tuple(notes),
        )

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that every frame carries."""
        return frozenset({"positions", "times"} | ({"box"} if self.periodic else set()))

    def read(self, frames: range) -> Frames:
        """Read these frames.

        Raises:
            ValueError: if a frame is damaged, or only some frames have a box.
        """
        if len(frames) == 0:
            return Frames(np.zeros((0, self.n_particles, 3)))
        try:
            with _dcd(self.path) as file:
                found = file.readframes(frames.start, frames.stop, frames.step, order="fac")
        except OSError as error:
            raise ValueError(
                f"{self.path} is damaged between frames {frames[0]} and {frames[-1]} ({error}): "
                "write it again, or use the frames before"
            ) from None
        times = self.first_time + self.interval * np.asarray(frames, dtype=np.float64)
        block = Frames(found.xyz.astype(np.float64) * ANGSTROM, times=times)
        if not self.periodic:
            return block
        boxes = _boxes(np.asarray(found.unitcell, dtype=np.float64)) * ANGSTROM
        return place_boxes(block, boxes, str(self.path))


def _boxes(cells: Float[np.ndarray, "frame 6"]) -> Float[np.ndarray, "frame 3 3"]:
    """Turn cells A, gamma, B, beta, alpha, C into boxes.

    Angles are cosines (CHARMM, NAMD, OpenMM) or degrees (old NAMD); newer versions of CHARMM
    write the lower triangle of a symmetric matrix of box vectors instead.
    """
    lengths, angles = cells[:, [0, 2, 5]], cells[:, [4, 3, 1]]
    if np.all(np.abs(angles) <= 1):
        # OpenMM and others write the cosine of the rounded angle 90, not quite zero.
        cosines = np.where(np.abs(angles) < 1e-10, 0.0, angles)
        return box_from_cell(lengths, cosines)
    if np.any(cells < 0) or np.any(angles > 180):
        rows = np.array([[0, 1, 3], [1, 2, 4], [3, 4, 5]])
        return cells[:, rows]
    return box_from_cell(lengths, cosines_of_degrees(angles))


def _find_truncation(path: Path, count: int) -> tuple[Note, ...]:
    """Say so where a file ends within a frame; records have 4-byte marks at both ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = np.frombuffer(file.read(92), dtype="<i4")
        if head[0] != 84 or head[10] != 0 or head[13] != 0:
            # Another byte order, atoms that are written once, or a fourth dimension.
            return ()
        title = int(np.frombuffer(file.read(4), dtype="<i4")[0])
        file.seek(title + 8, 1)
        atoms = int(np.frombuffer(file.read(4), dtype="<i4")[0])
        begin = file.tell() + 4
    length = 3 * (4 * atoms + 8) + (56 if head[12] else 0)
    left = (size - begin) % length
    if left == 0:
        return ()
    cut = (
        f"{path} is truncated: frame {count} has {left} bytes and lacks {length - left}; the "
        f"{count} complete frames before it are used"
    )
    return (Note(cut, Code.TRUNCATED),)


FORMAT = Format(
    "dcd",
    "CHARMM/NAMD DCD",
    lambda head: b"CORD" in (head.start[4:8], head.start[8:12]),
    read_frames=make_reader(DcdSource.scan, "timestep", "stated"),
    options=frozenset({"timestep"}),
)
