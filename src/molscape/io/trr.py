"""GROMACS TRR trajectories: positions, velocities, forces and boxes, in full precision.

A frame is an XDR (big-endian) header, which tells the size of every part, and the parts. The
headers are walked once for the frame offsets; a frame is then read by itself. Frames carry no
global header, so files may be joined byte by byte and appended to.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.store import whole
from molscape.io.boxes import place_boxes
from molscape.io.formats import Format, make_reader

logger = logging.getLogger(__name__)

_MAGIC = 1993
_TAG = struct.pack(">iii12s", _MAGIC, 13, 12, b"GMX_trn_file")
_SIZES = struct.Struct(">13i")
_FIXED = len(_TAG) + _SIZES.size
_HEADER_BYTES = _FIXED + 16
_FIELDS = ("positions", "velocities", "forces")


class _Row(NamedTuple):
    """One frame: where it starts, where its data start and end, bytes of a number and of parts."""

    start: int
    data: int
    end: int
    real: int
    box: int
    skipped: int
    positions: int
    velocities: int
    forces: int
    atoms: int
    step: int
    time: float


_FRAME = np.dtype([(name, np.float64 if name == "time" else np.int64) for name in _Row._fields])


def _parse_header(path: Path, raw: bytes, start: int) -> _Row | None:
    """Decode a header into a row; None if the bytes end within it."""
    if raw[: len(_TAG)] != _TAG[: len(raw)]:
        raise ValueError(
            f"{path} has no TRR frame at byte {start}: the file is damaged there or is no TRR "
            "file; write it again, or cut it before that byte"
        )
    if len(raw) < _FIXED:
        return None
    numbers = _SIZES.unpack_from(raw, len(_TAG))
    ir, e, box, virial, pressure, top, sym, x, v, f, atoms, step, _ = numbers
    first = next((size for size in (x, v, f) if size), 0)
    real = (box // 9 if box else first // max(3 * atoms, 1)) or 4
    if real not in (4, 8) or any(size not in (0, 3 * atoms * real) for size in (x, v, f)):
        raise ValueError(f"{path} has a damaged TRR header at byte {start}: write the file again")
    if len(raw) < _FIXED + 2 * real:
        return None
    (time,) = struct.unpack_from(">f" if real == 4 else ">d", raw, _FIXED)
    skipped = ir + e + virial + pressure + top + sym
    data = start + _FIXED + 2 * real
    end = data + box + skipped + x + v + f
    return _Row(start, data, end, real, box, skipped, x, v, f, atoms, step, time)


def _walk(path: Path) -> tuple[np.ndarray, int, int]:
    """Return the complete frames as `_FRAME`, the bytes left over and the bytes missing."""
    size = path.stat().st_size
    blocks: list[np.ndarray] = [np.zeros(0, dtype=_FRAME)]
    rows: list[_Row] = []
    at, missing = 0, 0
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while at < size:
            row = _parse_header(path, os.pread(descriptor, _HEADER_BYTES, at), at)
            if row is None or row.end > size:
                expected = row or (rows[-1] if rows else None)
                length = expected.end - expected.start if expected else _HEADER_BYTES
                missing = max(at + length - size, 1)
                break
            rows.append(row)
            at = row.end
            if len(rows) == 10_000:
                blocks.append(np.array(rows[:-1], dtype=_FRAME))
                rows = rows[-1:]
    finally:
        os.close(descriptor)
    blocks.append(np.array(rows, dtype=_FRAME))
    return np.concatenate(blocks), size - at, missing


@dataclass(frozen=True, eq=False)
class TrrSource:
    """Frames of a TRR file, read when asked for; make one with `TrrSource.scan`.

    Frames without positions are passed over. Where some frames carry forces and others do not,
    those with forces are served. `notes` say so.
    """

    path: Path
    headers: np.ndarray
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path) -> TrrSource:
        """Walk through the headers of a file.

        A last frame that is incomplete is left out, with a warning.

        Raises:
            ValueError: if the file is damaged, holds no positions, or atom counts vary.
        """
        path = Path(path)
        found, left, missing = _walk(path)
        notes: list[Note] = []
        if left:
            cut = (
                f"{path} is truncated: frame {len(found)} has {left} bytes and lacks {missing}; "
                f"the {len(found)} complete frames before it are used"
            )
            notes.append(Note(cut, Code.TRUNCATED))
        headers = found[found["positions"] > 0]
        if not len(headers):
            raise ValueError(
                f"{path} holds no complete frame with positions: set nstxout in the mdp file "
                "or choose another trajectory"
            )
        counts = np.unique(headers["atoms"]).tolist()
        if len(counts) > 1:
            raise ValueError(f"{path} mixes frames of {counts} atoms: split the file")
        forced = headers[headers["forces"] > 0]
        if 0 < len(forced) < len(headers):
            some = (
                f"{path.name}: {len(forced)} of {len(headers)} frames with positions carry forces; "
                "only those are used"
            )
            notes.append(Note(some, Code.SOME_FRAMES))
            headers = forced
        for note in notes:
            logger.warning(note)
        return cls(path, headers, tuple(notes))

    @property
    def n_frames(self) -> int:
        """Number of complete frames."""
        return len(self.headers)

    @property
    def n_particles(self) -> int:
        """Number of atoms in each frame."""
        return int(self.headers["atoms"][0])

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of the fields that every frame carries."""
        names = {name for name in (*_FIELDS, "box") if np.all(self.headers[name] > 0)}
        return frozenset(names | {"times"})

    @property
    def steps(self) -> np.ndarray:
        """Step numbers of the frames."""
        return self.headers["step"].copy()

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision.

        Raises:
            ValueError: if only some of the frames have a box.
        """
        chosen = self.headers[np.asarray(frames, dtype=np.int64)]
        shape = (len(chosen), self.n_particles, 3)
        arrays: dict[str, Any] = {n: np.empty(shape) for n in _FIELDS if n in self.fields}
        boxes = np.zeros((len(chosen), 3, 3))
        with self.path.open("rb") as file:
            for row, header in enumerate(map(_Row._make, chosen.tolist())):
                file.seek(header.data)
                raw = np.frombuffer(file.read(header.end - header.data), f">f{header.real}")
                if header.box:
                    boxes[row] = raw[:9].reshape(3, 3)
                at = (header.box + header.skipped) // header.real
                for name in _FIELDS:
                    count = getattr(header, name) // header.real
                    if name in arrays:
                        arrays[name][row] = raw[at : at + count].reshape(-1, 3)
                    at += count
        block = Frames(**arrays, times=chosen["time"].copy())
        return place_boxes(block, boxes, str(self.path))


def _frame_bytes(frames: Frames, first_step: int) -> Iterator[bytes]:
    """Encode frames one by one in single precision."""
    fields = [getattr(frames, name) for name in _FIELDS]
    part = frames.n_particles * 3 * 4
    sizes = [0 if field is None else part for field in fields]
    box_size = 0 if frames.box is None else 36
    for k in range(len(frames)):
        numbers = (0, 0, box_size, 0, 0, 0, 0, *sizes, frames.n_particles, first_step + k, 0)
        time = 0.0 if frames.times is None else float(frames.times[k])
        pieces = [_TAG, _SIZES.pack(*numbers), struct.pack(">ff", time, 0.0)]
        arrays = [None if frames.box is None else frames.box[k]]
        arrays += [None if field is None else field[k] for field in fields]
        pieces += [array.astype(">f4").tobytes() for array in arrays if array is not None]
        yield b"".join(pieces)


def write_trr(
    path: str | Path, frames: Frames, *, first_step: int = 0, append: bool = False
) -> None:
    """Write frames in single precision, as GROMACS does by default.

    Args:
        path: the file to write.
        frames: positions in nm, and velocities, forces, box, times where known.
        first_step: step number of the first frame; the next have the following numbers.
        append: add to the end of an existing file.

    Raises:
        ValueError: if the file to append to is truncated or holds other atoms.
    """
    path = Path(path)
    if append and path.exists() and path.stat().st_size:
        headers, left, _ = _walk(path)
        atoms = headers["atoms"].max(initial=0)
        if left or atoms != frames.n_particles:
            problem = "ends within a frame" if left else f"holds {atoms} atoms a frame"
            raise ValueError(
                f"cannot append frames of {frames.n_particles} atoms to {path}, which {problem}: "
                "write to a new file"
            )
    with path.open("ab" if append else "wb") as file:
        for encoded in _frame_bytes(frames, first_step):
            file.write(encoded)


def concatenate_trr(parts: Sequence[str | Path], target: str | Path) -> None:
    """Join TRR files byte by byte; the target appears only when it is complete.

    An incomplete last frame of a part is left out, with a warning.

    Raises:
        ValueError: if there is no part, or the parts differ in their number of atoms.
    """
    if not parts:
        raise ValueError(f"no TRR files to join into {target}: give at least one")
    paths = [Path(part) for part in parts]
    sources = [TrrSource.scan(path) for path in paths]
    counts = [source.n_particles for source in sources]
    if len(set(counts)) > 1:
        raise ValueError(f"cannot join TRR files with {counts} atoms: they must be of one system")
    with whole(target) as part, part.open("wb") as out:
        for path in paths:
            headers, _, _ = _walk(path)
            with path.open("rb") as file:
                remaining = int(headers["end"].max())
                while remaining:
                    block = file.read(min(remaining, 2**22))
                    out.write(block)
                    remaining -= len(block)


FORMAT = Format(
    "trr",
    "GROMACS TRR",
    lambda head: head.start[:4] == _TAG[:4],
    read_frames=make_reader(TrrSource.scan),
    net_force=Note(
        "external or restraint forces, or a subset of the atoms; a mapped force needs all of "
        "them, else remove it with remove_net_force (a key of `reference` in a recipe)",
        Code.REMOVABLE_NET_FORCE,
    ),
)
