"""LAMMPS binary dumps (`dump custom file.bin`): exact numbers, read and written by numpy."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

_MAGIC = b"DUMPCUSTOM"
_LITTLE_ENDIAN = 1
_REVISION = 2


@dataclass(frozen=True, eq=False)
class BinaryFrame:
    """One snapshot in the units of the file: a step, and one row for each atom.

    `box` holds row vectors; `origin` is its lower corner. `columns` are dump's names.
    """

    step: int
    box: Float[np.ndarray, "3 3"]
    origin: Float[np.ndarray, " 3"]
    periodic: bool
    columns: tuple[str, ...]
    values: Float[np.ndarray, "atom column"]

    def sorted(self) -> BinaryFrame:
        """Return the frame with its atoms in the order of their `id`."""
        order = np.argsort(self.values[:, self.columns.index("id")], kind="stable")
        return BinaryFrame(
            self.step, self.box, self.origin, self.periodic, self.columns, self.values[order]
        )

    def take(self, *names: str) -> Float[np.ndarray, "atom name"]:
        """Return some columns side by side."""
        return self.values[:, [self.columns.index(name) for name in names]]


def write_binary_dump(path: str | Path, frames: list[BinaryFrame]) -> None:
    """Write a dump that `read_dump` and `rerun` take with `format native`.

    The name must end in `.bin`: LAMMPS knows binary files by it.

    Raises:
        ValueError: if the name does not end in `.bin`.
    """
    if Path(path).suffix != ".bin":
        raise ValueError(f"{path}: the name of a binary dump must end in .bin")
    with open(path, "wb") as file:
        for frame in frames:
            file.write(_pack(frame))


def _pack(frame: BinaryFrame) -> bytes:
    values = np.ascontiguousarray(frame.values, dtype="<f8")
    box, origin = frame.box, frame.origin
    tilts = (float(box[1, 0]), float(box[2, 0]), float(box[2, 1]))
    triclinic = any(tilts)
    flags = [0 if frame.periodic else 1] * 6
    parts = [struct.pack("<q", -len(_MAGIC)), _MAGIC]
    parts.append(struct.pack("<iiqqi6i", _LITTLE_ENDIAN, _REVISION, frame.step, len(values),
                             int(triclinic), *flags))  # fmt: skip
    parts.append(_bounds(box, origin, tilts).astype("<f8").tobytes())
    if triclinic:
        parts.append(struct.pack("<3d", *tilts))
    columns = " ".join(frame.columns).encode()
    parts.append(struct.pack("<iib", values.shape[1], 0, 0))
    parts.append(struct.pack("<i", len(columns)) + columns)
    parts.append(struct.pack("<ii", 1, values.size) + values.tobytes())
    return b"".join(parts)


def _bounds(
    box: np.ndarray, origin: np.ndarray, tilts: tuple[float, float, float]
) -> Float[np.ndarray, "3 2"]:
    """Return the brick around a tilted box, which LAMMPS writes in place of its edges."""
    below, above = _overhang(tilts)
    return np.stack([origin + below, origin + np.diagonal(box) + above], axis=1)


def _overhang(tilts: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much a tilted box stands out of its edges, below and above."""
    xy, xz, yz = tilts
    below = np.array([min(0.0, xy, xz, xy + xz), min(0.0, yz), 0.0])
    above = np.array([max(0.0, xy, xz, xy + xz), max(0.0, yz), 0.0])
    return below, above


class _Reader:
    """Takes fields off a file; `done` at its end, or where the last snapshot is not complete."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[int | float, ...]:
        size = struct.calcsize("<" + form)
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += size
        return values

    def raw(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise struct.error("the file ends early")
        self.at += size
        return self.data[self.at - size : self.at]


def read_binary_dump(path: str | Path) -> Iterator[BinaryFrame]:
    """Read the snapshots of a binary dump, one by one.

    A last snapshot that is cut short, as a crash leaves it, is left out.

    Raises:
        ValueError: if the file is not a binary `dump custom` of this byte order.
    """
    reader = _Reader(Path(path).read_bytes())
    while reader.at < len(reader.data):
        try:
            frame = _unpack(reader, Path(path))
        except struct.error:
            return
        yield frame


def _unpack(reader: _Reader, path: Path) -> BinaryFrame:
    (length,) = reader.take("q")
    if length != -len(_MAGIC) or reader.raw(len(_MAGIC)) != _MAGIC:
        raise ValueError(f"{path} is not a binary LAMMPS dump of style custom")
    endian, revision, step, _, triclinic = reader.take("iiqqi")
    if endian != _LITTLE_ENDIAN or revision != _REVISION or triclinic > 1:
        raise ValueError(
            f"{path}: revision {revision} or byte order {endian:#x} of this binary dump cannot be "
            "read: write a text dump (a name without .bin)"
        )
    flags = reader.take("6i")
    bounds = np.array(reader.take("6d")).reshape(3, 2)
    tilts = reader.take("3d") if triclinic else (0.0, 0.0, 0.0)
    (columns,) = reader.take("i")
    (unit_length,) = reader.take("i")
    reader.raw(int(unit_length))
    (has_time,) = reader.take("b")
    reader.raw(8 if has_time else 0)
    (name_length,) = reader.take("i")
    names = tuple(reader.raw(int(name_length)).decode().split())
    (pieces,) = reader.take("i")
    blocks = []
    for _ in range(int(pieces)):
        (count,) = reader.take("i")
        blocks.append(np.frombuffer(reader.raw(8 * int(count)), dtype="<f8"))
    below, above = _overhang(tilts)
    low, high = bounds[:, 0] - below, bounds[:, 1] - above
    box = np.diag(high - low)
    box[1, 0], box[2, 0], box[2, 1] = tilts
    values = np.concatenate(blocks).reshape(-1, int(columns))
    return BinaryFrame(int(step), box, low, not any(flags), names, values)
