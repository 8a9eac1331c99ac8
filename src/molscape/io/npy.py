"""Folders of NumPy arrays: positions.npy, and forces, velocities, box, energies, times beside it.

Shapes: positions, forces and velocities (frame, atom, 3) or (frame, 3 atoms); box (frame, 3, 3),
(frame, 3), (3, 3) or (3,); energies and times (frame,).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import PARTICLE_FIELDS, Frames
from molscape.core.note import Code, Note
from molscape.core.units import FileUnits
from molscape.io.boxes import place_boxes
from molscape.io.file_units import unit_system
from molscape.io.formats import Format, Head, make_reader

_SERIES = ("energies", "times")


@dataclass(frozen=True, eq=False)
class NpySource:
    """Frames in NumPy arrays, read when asked for; make one with `NpySource.scan`."""

    files: dict[str, Path]
    n_frames: int
    n_particles: int
    units: FileUnits
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path, units: str | None = None) -> NpySource:
        """Look at the heads of the arrays.

        Args:
            path: the folder, or the file of positions in it.
            units: a key of `UNIT_SYSTEMS`; nm, ps and kJ/mol by default.

        Raises:
            ValueError: if an array is damaged or the arrays do not fit together.
        """
        path = Path(path)
        system = unit_system(units or "nm", "NumPy arrays")
        folder, first = (path, path / "positions.npy") if path.is_dir() else (path.parent, path)
        files = {"positions": first}
        for name in ("forces", "velocities", "box", *_SERIES):
            if (folder / f"{name}.npy").is_file():
                files[name] = folder / f"{name}.npy"
        shape = _map_file(first).shape
        if (
            len(shape) not in (2, 3)
            or (len(shape) == 3 and shape[2] != 3)
            or shape[1] % 3 * (len(shape) == 2)
        ):
            raise ValueError(
                f"{first} has shape {shape}, expected (frame, atom, 3) or (frame, 3 atoms)"
            )
        count, atoms = shape[0], shape[1] if len(shape) == 3 else shape[1] // 3
        for name, file in files.items():
            _check(name, file, count, atoms)
        how = "as given" if units else "assumed; say `units=` if they are others"
        with_ = ", ".join(name for name in files if name != "positions")
        taken = f"{path.name}: positions{', ' + with_ if with_ else ''} in {system.name}, {how}"
        return cls(files, count, atoms, system, (Note(taken, Code.UNITS),))

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields present."""
        return frozenset(self.files)

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units."""
        units, part = self.units, np.asarray(frames, dtype=np.int64)
        factors = {
            "positions": units.length,
            "velocities": units.velocity,
            "forces": units.force,
            "energies": units.energy,
            "times": units.time,
        }
        arrays: dict[str, Any] = {}
        for name in self.files.keys() & factors.keys():
            values = factors[name] * np.array(_map_file(self.files[name])[part], dtype=np.float64)
            shape = (len(part), -1, 3) if name in PARTICLE_FIELDS else (len(part),)
            arrays[name] = values.reshape(shape)
        block = Frames(**arrays)
        if "box" not in self.files:
            return block
        boxes = units.length * _boxes(_map_file(self.files["box"]), part, self.n_frames)
        return place_boxes(block, boxes, str(self.files["box"]))


def _map_file(file: Path) -> np.ndarray:
    try:
        return np.load(file, mmap_mode="r")
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(
            f"{file} is truncated or no array of numbers ({error}): write it again with np.save"
        ) from None


def _check(name: str, file: Path, count: int, atoms: int) -> None:
    shape = _map_file(file).shape
    if name in PARTICLE_FIELDS:
        allowed: tuple[tuple[int, ...], ...] = ((count, atoms, 3), (count, 3 * atoms))
    elif name in _SERIES:
        allowed = ((count,), (count, 1))
    else:
        allowed = ((count, 3, 3), (count, 9), (count, 3), (3, 3), (3,))
    if shape not in allowed:
        expected = " or ".join(str(each) for each in allowed)
        raise ValueError(
            f"{file} has shape {shape}, expected {expected} for {count} frames of {atoms} atoms"
        )


def _boxes(box: np.ndarray, part: np.ndarray, count: int) -> np.ndarray:
    """Boxes of some frames: an array with one box, or one for each frame, edges or vectors."""
    constant = box.shape == (3,) or (box.shape == (3, 3) and count != 3)
    values = np.array(box if constant else box[part], dtype=np.float64)
    if values.shape[-1] == 3 and values.ndim == (1 if constant else 2):
        values = values[..., None] * np.eye(3)
    values = values.reshape((3, 3) if constant else (-1, 3, 3))
    return np.tile(values, (len(part), 1, 1)) if constant else values


def _recognise(head: Head) -> bool:
    return head.start[:6] == b"\x93NUMPY" or (head.path / "positions.npy").is_file()


FORMAT = Format(
    "npy",
    "folder of NumPy arrays",
    _recognise,
    read_frames=make_reader(NpySource.scan, "units"),
    priority=10,
    options=frozenset({"units"}),
)
