"""GROMACS GRO files: names, positions, velocities and box, of one configuration or several.

Fixed columns: residue number, residue name, atom name, atom number (5 characters each), then
positions (nm) and velocities (nm/ps) whose width is read from the distance of decimal points.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory
from molscape.io.boxes import place_boxes
from molscape.io.formats import Format, Head, make_reader
from molscape.io.guessing import particles_by_name, with_guessed_bonds

logger = logging.getLogger(__name__)

# Where the nine numbers of a GRO box go in the matrix of row vectors.
_ROWS = [0, 1, 2, 0, 0, 1, 1, 2, 2]
_COLUMNS = [0, 1, 2, 1, 2, 0, 2, 0, 1]
_TIME = re.compile(r"\bt=\s*([-+]?\d[\d.eE+-]*)")


def read_gro(
    path: str | Path, *, masses: Mapping[str, float] | None = None, bonds: bool = True
) -> Trajectory:
    """Read a GRO file; of several configurations, all are frames, read when asked for.

    The format carries neither elements nor masses nor bonds: elements are guessed from atom
    names, masses follow from them, and bonds are guessed from distances. Each residue is taken
    for one molecule; bonds between residues join them.

    Args:
        path: the file.
        masses: masses in u by atom name, which take precedence over the guess; needed for
            beads and other particles that are not atoms.
        bonds: whether to guess bonds, from the first configuration.

    Returns:
        A trajectory; its notes say what was guessed.

    Raises:
        ValueError: if the file is not a GRO file, ends early, or a name has no sensible element.
    """
    source = GroSource.scan(path)
    lines = _lines(source.path, source.places[0])
    names, residue_names, residues = _names(lines)
    topology, notes = particles_by_name(source.path, names, residue_names, residues, masses or {})
    labels = [line[:10] for line in lines]
    alike = int(residues.max(initial=-1)) - sum(a != b for a, b in pairwise(labels))
    if lines and alike:
        told = (
            f"{source.path.name}: {alike} residues begin where a name comes again, without a "
            "number of their own; if they are parts of one molecule, number its atoms' names"
        )
        notes = (*notes, Note(told, Code.PARTICLES).as_warning())
    first = source.read(range(1))
    if bonds:
        topology, more = with_guessed_bonds(source.path, topology, first)
        notes = (*notes, *more)
    frames = source if source.n_frames > 1 else ArraySource(first)
    return Trajectory(topology, frames, notes=(*notes, *source.notes), name=source.path.stem)


class _Place(NamedTuple):
    """Where the atom lines of a frame begin and end in bytes, and its time in ps if stated."""

    start: int
    stop: int
    time: float | None


@dataclass(frozen=True, eq=False)
class GroSource:
    """Configurations of a GRO file, read when asked for; make one with `GroSource.scan`."""

    path: Path
    places: tuple[_Place, ...]
    n_particles: int
    fields: frozenset[str]
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path) -> GroSource:
        """Find where the configurations begin.

        The last of several, where it is incomplete, is left out with a warning.

        Raises:
            ValueError: if the file is not a GRO file, ends early, or atom counts vary.
        """
        path = Path(path)
        places: list[_Place] = []
        notes: tuple[Note, ...] = ()
        counts = set()
        with path.open("rb") as file:
            while title := file.readline():
                if places and not title.strip():
                    continue
                count = _particle_count(path, file.readline(), len(places))
                place, present = _skip_atoms(file, count, title)
                if place is None:
                    announced = f"announces {count} atoms and a box line, and holds {present} atoms"
                    if not places:
                        raise ValueError(
                            f"{path} ends early: it {announced}: copy or write the file again"
                        )
                    cut = (
                        f"{path} is truncated: frame {len(places)} {announced}; the {len(places)} "
                        "complete frames before it are used"
                    )
                    logger.warning(cut)
                    notes = (Note(cut, Code.TRUNCATED),)
                    break
                places.append(place)
                counts.add(count)
        if not places:
            raise ValueError(f"{path} is empty, not a GRO file: copy or write the file again")
        if len(counts) > 1:
            raise ValueError(f"{path} mixes frames of {sorted(counts)} atoms: split the file")
        positions, velocities, box = _configuration(path, places[0], counts.pop())
        fields = {"positions"} | ({"velocities"} if velocities is not None else set())
        fields |= {"box"} if box.any() else set()
        fields |= (
            {"times"} if len(places) > 1 and all(p.time is not None for p in places) else set()
        )
        return cls(path, tuple(places), len(positions), frozenset(fields), notes)

    @property
    def n_frames(self) -> int:
        """Number of complete configurations."""
        return len(self.places)

    def read(self, frames: range) -> Frames:
        """Read these frames.

        Raises:
            ValueError: if a line is not in the format, or only some frames have a box.
        """
        positions = np.empty((len(frames), self.n_particles, 3))
        velocities = np.empty_like(positions) if "velocities" in self.fields else None
        boxes, times = np.zeros((len(frames), 3, 3)), np.zeros(len(frames))
        for row, number in enumerate(frames):
            place = self.places[number]
            positions[row], found, boxes[row] = _configuration(self.path, place, self.n_particles)
            if velocities is not None:
                if found is None:
                    raise ValueError(
                        f"{self.path}: frame {number} has no velocities and the first has: keep "
                        "such frames in separate files"
                    )
                velocities[row] = found
            times[row] = place.time or 0.0
        known = times if "times" in self.fields else None
        block = Frames(positions, velocities=velocities, times=known)
        return place_boxes(block, boxes, str(self.path))


def _particle_count(path: Path, line: bytes, frame: int) -> int:
    try:
        return int(line)
    except ValueError:
        found = line.decode("utf-8", errors="replace").strip()
        if frame == 0:
            raise ValueError(
                f"{path} is not a GRO file: its second line is {found!r}, expected the number of "
                "atoms"
            ) from None
        raise ValueError(
            f"{path}: the second line of frame {frame} is {found!r}, expected the number of atoms: "
            "does the number of atoms in the second line of each frame agree with the file?"
        ) from None


def _skip_atoms(file: IO[bytes], count: int, title: bytes) -> tuple[_Place | None, int]:
    """Pass the atom lines and the box line; None with the number of lines if the file ends."""
    start = file.tell()
    present = 0
    for present in range(count):
        if not file.readline().strip():
            return None, present
    stop = file.tell()
    if not file.readline().strip():
        return None, count
    found = _TIME.search(title.decode("utf-8", errors="replace"))
    return _Place(start, stop, float(found[1]) if found else None), count


def _lines(path: Path, place: _Place) -> list[str]:
    with path.open("rb") as file:
        file.seek(place.start)
        return file.read(place.stop - place.start).decode("utf-8", errors="replace").splitlines()


def _names(lines: list[str]) -> tuple[np.ndarray, np.ndarray, Int[np.ndarray, " particle"]]:
    """Names, residue names and residues of the atom lines.

    A residue ends where the label changes, and where a name of its own comes again: files that
    number all molecules alike exist.
    """
    names = np.array([line[10:15].strip() for line in lines], dtype=np.str_)
    residue_names = np.array([line[5:10].strip() for line in lines], dtype=np.str_)
    labels = np.array([line[:10] for line in lines], dtype=np.str_)
    begins = np.concatenate([[False], labels[1:] != labels[:-1]])
    seen: set[str] = set()
    for k, name in enumerate(names.tolist()):
        begins[k] |= name in seen
        if begins[k]:
            seen.clear()
        seen.add(name)
    return names, residue_names, np.cumsum(begins)[: len(names)].astype(np.int64)


def _configuration(
    path: Path, place: _Place, count: int
) -> tuple[
    Float[np.ndarray, "particle 3"],
    Float[np.ndarray, "particle 3"] | None,
    Float[np.ndarray, "3 3"],
]:
    """Positions, velocities where the lines are long enough, and the box (zero without one)."""
    with path.open("rb") as file:
        file.seek(place.start)
        lines = np.array(file.read(place.stop - place.start).splitlines(), dtype=np.bytes_)
        box = _box(path, file.readline().decode("utf-8", errors="replace"))
    if not count:
        return np.zeros((0, 3)), None, box
    first = bytes(lines[0])
    dot = first.find(b".", 20)
    width = first.find(b".", dot + 1) - dot
    columns = 6 if len(first.rstrip()) >= 20 + 6 * width - width // 2 else 3
    characters = lines.view("S1").reshape(count, -1)
    values = np.empty((count, columns))
    try:
        for k in range(columns):
            column = np.ascontiguousarray(characters[:, 20 + k * width : 20 + (k + 1) * width])
            values[:, k] = column.view(f"S{column.shape[1]}")[:, 0].astype(np.float64)
    except (ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"{path}: an atom line is not in the GRO format ({error}): positions must stand in "
            f"columns of {width} characters; does the number of atoms in the second line agree "
            "with the file?"
        ) from None
    return values[:, :3].copy(), values[:, 3:].copy() if columns == 6 else None, box


def _box(path: Path, line: str) -> Float[np.ndarray, "3 3"]:
    try:
        values = [float(word) for word in line.split()]
    except ValueError:
        values = []
    if len(values) not in (3, 9):
        raise ValueError(
            f"{path}: the box line is {line.strip()!r}, expected 3 or 9 numbers: does the number "
            "of atoms in the second line agree with the file?"
        )
    box = np.zeros((3, 3))
    box[_ROWS[: len(values)], _COLUMNS[: len(values)]] = values
    return box


def write_gro(
    path: str | Path, topology: Topology, frames: Frames, *, decimals: int = 3, title: str = ""
) -> None:
    """Write one configuration, with velocities where there are some.

    Args:
        path: the file to write.
        topology: names and residues; names of at most five characters.
        frames: a block of one frame, positions in nm.
        decimals: digits after the point of positions; velocities get one more.
        title: first line of the file.

    Raises:
        ValueError: if there is not exactly one frame, counts differ or a name is too long.
    """
    if len(frames) != 1 or frames.n_particles != len(topology):
        raise ValueError(
            f"a GRO file holds one frame of the topology's {len(topology)} particles, got "
            f"{len(frames)} frames of {frames.n_particles}: select one, frames[0]"
        )
    long = [n for n in {*topology.names, *topology.residue_names} if len(n) > 5]
    if long:
        raise ValueError(f"the name {long[0]!r} is too long for a GRO file: use 5 characters")
    width = decimals + 5
    lines = [title or "molscape", f"{len(topology):5d}"]
    rows = frames.positions[0].astype(np.float64).tolist()
    speeds = None if frames.velocities is None else frames.velocities[0].tolist()
    residue_names = np.where(
        topology.residue_names == "",
        topology.molecule_names[topology.molecules],
        topology.residue_names,
    )
    for k, (x, y, z) in enumerate(rows):
        line = f"{(int(topology.residues[k]) + 1) % 100000:5d}{residue_names[k]:<5.5}"
        line += f"{topology.names[k]:>5}{(k + 1) % 100000:5d}"
        line += f"{x:{width}.{decimals}f}{y:{width}.{decimals}f}{z:{width}.{decimals}f}"
        if speeds is not None:
            line += "".join(f"{v:{width}.{decimals + 1}f}" for v in speeds[k])
        lines.append(line)
    lines.append(_box_line(frames.box))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _box_line(box: Float[np.ndarray, "1 3 3"] | None) -> str:
    if box is None:
        return "   0.00000   0.00000   0.00000"
    values = box[0, _ROWS, _COLUMNS]
    count = 9 if np.any(values[3:]) else 3
    return "".join(f"{value:10.5f}" for value in values[:count])


def _recognise(head: Head) -> bool:
    return len(head.lines) > 1 and re.fullmatch(r"\s*\d+\s*", head.lines[1]) is not None


FORMAT = Format(
    "gro",
    "GROMACS GRO",
    _recognise,
    read_topology=lambda path, options: read_gro(path, masses=options.masses),
    read_frames=make_reader(GroSource.scan),
    priority=40,
)
