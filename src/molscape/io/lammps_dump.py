"""LAMMPS text dumps (`dump custom`, `dump atom`): one pass for the offsets, then frame by frame."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import ELECTRONVOLT, KILOCALORIE, FileUnits
from molscape.io.boxes import place_boxes
from molscape.io.formats import Format, Options, ends_whole
from molscape.io.lammps_units import lammps_units

logger = logging.getLogger(__name__)

_BEGIN = b"ITEM: TIMESTEP"
_ATOMS = b"ITEM: ATOMS"
_BLOCK = 2**24
# Position columns in order of preference, whether scaled by the box, and whether unwrapped.
_POSITIONS = (
    (("xu", "yu", "zu"), False, True),
    (("xsu", "ysu", "zsu"), True, True),
    (("x", "y", "z"), False, False),
    (("xs", "ys", "zs"), True, False),
)
_IMAGES = ("ix", "iy", "iz")
_VELOCITIES = ("vx", "vy", "vz")
_FORCES = ("fx", "fy", "fz")


def _starts(path: Path) -> list[int]:
    """Offsets of the frames; `ITEM: UNITS` and `ITEM: TIME` stand before the step they go with."""
    found: list[int] = []
    margin = 160
    with path.open("rb") as file:
        kept, base = b"", 0
        while block := file.read(_BLOCK):
            text = kept + block
            at = text.find(_BEGIN, max(len(kept) - len(_BEGIN) + 1, 0) if base else 0)
            while at >= 0:
                before = text[max(at - 100, 0) : at]
                lead = max(before.rfind(b"ITEM: UNITS"), -1)
                lead = lead if lead >= 0 else before.rfind(b"ITEM: TIME\n")
                found.append(base + (at if lead < 0 else at - len(before) + lead))
                at = text.find(_BEGIN, at + 1)
            base += max(len(text) - margin, 0)
            kept = text[-margin:]
    return found


@dataclass(frozen=True)
class _Head:
    """What stands above the atoms of a frame; lengths in the file's units."""

    items: dict[str, list[str]]
    columns: tuple[str, ...]

    @classmethod
    def parse(cls, text: bytes) -> _Head:
        lines = text.decode().splitlines()
        items: dict[str, list[str]] = {}
        for line in lines:
            if line.startswith("ITEM: "):
                items[line[6:].strip()] = current = []
            else:
                current.append(line)
        columns = next(name for name in items if name.startswith("ATOMS")).split()[1:]
        return cls(items, tuple(columns))

    @property
    def step(self) -> int:
        return int(self.items["TIMESTEP"][0])

    @property
    def n_atoms(self) -> int:
        return int(self.items["NUMBER OF ATOMS"][0])

    def first_word(self, item: str) -> str | None:
        """Return the value of an item of one line, such as UNITS or TIME."""
        return self.items[item][0].strip() if item in self.items else None

    def box(self) -> tuple[np.ndarray, np.ndarray, bool]:
        """Return row vectors, origin, and whether the box is periodic."""
        name = next(name for name in self.items if name.startswith("BOX BOUNDS"))
        words = name.split()[2:]
        rows = np.array([[float(word) for word in line.split()] for line in self.items[name]])
        flags = [word for word in words if len(word) == 2 and set(word) <= set("pfsm")]
        flags = [word for word in flags if word not in ("xy", "xz", "yz")]
        periodic = {flag == "pp" for flag in flags} or {True}
        if len(periodic) > 1:
            raise ValueError(
                f"the box is periodic in some directions only ({' '.join(flags)}): only boxes "
                "periodic in all directions or in none can be used"
            )
        if words[:1] == ["abc"]:
            return rows[:, :3], rows[:, 3], periodic.pop()
        xy, xz, yz = rows[:, 2] if rows.shape[1] == 3 else (0.0, 0.0, 0.0)
        low = rows[:, 0] - [min(0, xy, xz, xy + xz), min(0, yz), 0]
        high = rows[:, 1] - [max(0, xy, xz, xy + xz), max(0, yz), 0]
        box = np.diag(high - low)
        box[1, 0], box[2, 0], box[2, 1] = xy, xz, yz
        return box, low, periodic.pop()


def _split(path: Path, offsets: np.ndarray, index: int) -> tuple[_Head, bytes]:
    """Read one frame: what stands above its atoms, and the text of the atoms."""
    with path.open("rb") as file:
        file.seek(offsets[index])
        text = file.read(int(offsets[index + 1] - offsets[index]))
    at = text.find(b"\n", max(text.find(_ATOMS), 0)) + 1
    if _ATOMS not in text or at == 0:
        raise ValueError(f"{path}: frame {index} has no atoms: cut this frame out")
    return _Head.parse(text[:at]), text[at:]


@dataclass(frozen=True, eq=False)
class DumpSource:
    """Frames of a LAMMPS dump, read when asked for; make one with `DumpSource.scan`.

    Atoms are sorted by id. Positions start at the lower corner of the box. Columns are taken
    in this order: xu, xsu, x (with ix unwrapped), xs.
    """

    path: Path
    offsets: Int[np.ndarray, " boundary"]
    units: FileUnits
    timestep: float | None = None
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(
        cls,
        path: str | Path,
        *,
        units: str | None = None,
        timestep: float | None = None,
        stated: str | None = None,
    ) -> DumpSource:
        """Find the frames of a file.

        A last frame that is incomplete is left out, with a warning.

        Args:
            path: the file.
            units: "real" (default) or "metal"; not needed where the file says it.
            timestep: time of one step in ps; without it, and without `ITEM: TIME` in the file,
                frames have no times.
            stated: units that the file of the particles states, where this one does not.

        Raises:
            ValueError: if there is no complete frame, or the units are none that can be used.
        """
        path = Path(path)
        starts = _starts(path)
        size = path.stat().st_size
        notes: list[Note] = []
        if starts and (problem := _incomplete(path, starts[-1], size)):
            cut = (
                f"{path} is truncated: frame {len(starts) - 1} {problem}; the {len(starts) - 1} "
                "complete frames before it are used"
            )
            notes.append(Note(cut, Code.TRUNCATED))
            size = starts.pop()
        if not starts:
            raise ValueError(
                f"{path} holds no complete frame of a LAMMPS text dump: choose another file"
            )
        for note in notes:
            logger.warning(note)
        offsets = np.array([*starts, size], dtype=np.int64)
        head = _split(path, offsets, 0)[0]
        if "id" not in head.columns:
            raise ValueError(
                f"{path} has no column id (it has {' '.join(head.columns)}), and LAMMPS writes "
                "atoms in an order that changes: write it again with `dump ... id type x y z`"
            )
        factors = lammps_units(units, head.first_word("UNITS") or stated)
        return cls(path, offsets, factors, timestep, tuple(notes))

    @cached_property
    def head(self) -> _Head:
        """What stands above the atoms of the first frame."""
        return _split(self.path, self.offsets, 0)[0]

    @property
    def n_frames(self) -> int:
        """Number of complete frames."""
        return len(self.offsets) - 1

    @property
    def n_particles(self) -> int:
        """Number of atoms in each frame."""
        return self.head.n_atoms

    @property
    def states_units(self) -> bool:
        """Whether the file says its units."""
        return self.head.first_word("UNITS") is not None

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of the fields that the frames carry."""
        names = {"positions"}
        names |= {"velocities"} if set(_VELOCITIES) <= set(self.head.columns) else set()
        names |= {"forces"} if set(_FORCES) <= set(self.head.columns) else set()
        names |= {"box"} if self.head.box()[2] else set()
        if self.timestep is not None or "TIME" in self.head.items:
            names.add("times")
        return frozenset(names)

    @cached_property
    def ids(self) -> Float[np.ndarray, " particle"]:
        """Ids of the atoms of the first frame, sorted."""
        values = self.column("id")
        assert values is not None
        return np.asarray(values.astype(np.float64))

    def column(self, name: str) -> np.ndarray | None:
        """Return one column of the first frame as text, sorted by id; None if it is absent."""
        head, body = _split(self.path, self.offsets, 0)
        if name not in head.columns:
            return None
        table = np.array([line.split() for line in body.decode().splitlines()], dtype=np.str_)
        column = table[:, head.columns.index(name)]
        return column[np.argsort(table[:, head.columns.index("id")].astype(np.int64))]

    def _layout(self) -> tuple[tuple[str, ...], bool, bool, list[str]]:
        """Position columns, whether scaled and unwrapped, and all columns to be read."""
        have = self.head.columns
        for names, scaled, unwrapped in _POSITIONS:
            if set(names) <= set(have):
                images = not unwrapped and set(_IMAGES) <= set(have)
                wanted = [*names, *(_IMAGES if images else ())]
                wanted += [*_VELOCITIES] if "velocities" in self.fields else []
                wanted += [*_FORCES] if "forces" in self.fields else []
                return names, scaled, unwrapped or images, wanted
        raise ValueError(
            f"{self.path} has no positions among its columns ({' '.join(have)}): dump x y z"
        )

    def _table(self, index: int, wanted: list[str]) -> tuple[_Head, Float[np.ndarray, "n c"]]:
        """Parse one frame: its head and the wanted columns, sorted by id."""
        head, body = _split(self.path, self.offsets, index)
        if head.columns != self.head.columns or head.n_atoms != self.n_particles:
            raise ValueError(
                f"{self.path}: frame {index} has {head.n_atoms} atoms and columns "
                f"{' '.join(head.columns)}, the first has {self.n_particles} and "
                f"{' '.join(self.head.columns)}: split the file there"
            )
        used = [head.columns.index(name) for name in ("id", *wanted)]
        try:
            table = np.loadtxt(
                body.decode().splitlines(), usecols=used, comments=None, ndmin=2, dtype=np.float64
            )
        except ValueError as error:
            raise ValueError(f"{self.path}: frame {index} is damaged ({error})") from None
        if len(table) != head.n_atoms:
            raise ValueError(
                f"{self.path}: frame {index} has {len(table)} atom lines, announces "
                f"{head.n_atoms}: an interrupted run was appended to; cut this frame out"
            )
        table = table[np.argsort(table[:, 0], kind="stable")]
        if np.any(table[1:, 0] == table[:-1, 0]) or not np.array_equal(table[:, 0], self.ids):
            raise ValueError(
                f"{self.path}: the ids of frame {index} come twice or are not those of the first "
                "frame: atoms cannot be followed; dump a group that does not change"
            )
        return head, table[:, 1:]

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units.

        Raises:
            ValueError: if a frame is damaged, or differs from the first in atoms or columns.
        """
        _, scaled, unwrapped, wanted = self._layout()
        data = np.empty((len(frames), self.n_particles, len(wanted)))
        boxes, times = np.zeros((len(frames), 3, 3)), np.zeros(len(frames))
        periodic = "box" in self.fields
        for row, index in enumerate(frames):
            head, data[row] = self._table(index, wanted)
            box, origin, _ = head.box()
            boxes[row] = box * self.units.length
            if scaled:
                data[row, :, :3] = data[row, :, :3] @ box + (0.0 if periodic else origin)
            elif periodic:
                data[row, :, :3] -= origin
            if "ix" in wanted:
                data[row, :, :3] += data[row, :, 3:6] @ box
            times[row] = self._time(head)
        part = {name: data[:, :, k : k + 3] for k, name in enumerate(wanted) if name[-1:] == "x"}
        part |= {"positions": data[:, :, :3]}
        arrays: dict[str, Any] = {"positions": part["positions"] * self.units.length}
        if "vx" in part:
            arrays["velocities"] = part["vx"] * self.units.velocity
        if "fx" in part:
            arrays["forces"] = part["fx"] * self.units.force
        if "times" in self.fields:
            arrays["times"] = times
        block = Frames(**arrays, unwrapped=unwrapped)
        return place_boxes(block, boxes, str(self.path)) if periodic else block

    def _time(self, head: _Head) -> float:
        stated = head.first_word("TIME")
        if self.timestep is not None:
            return head.step * self.timestep
        return float(stated) * self.units.time if stated is not None else 0.0


def _incomplete(path: Path, start: int, end: int) -> str:
    """Say what the last frame lacks; empty if it is complete."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(end - start)
    at = text.find(b"\n", max(text.find(_ATOMS), 0)) + 1
    if _ATOMS not in text or at == 0:
        return f"ends within its header, after {len(text)} bytes"
    head = _Head.parse(text[:at])
    count, rows = head.n_atoms, text[at:].splitlines()
    lines = text[at:].count(b"\n")
    if lines == count - 1 and len(rows) == count and ends_whole(rows):
        return ""
    if lines >= count:
        return ""
    missing = round((len(text) - at) / max(lines, 1) * (count - lines)) if lines else 0
    about = f", about {missing} bytes missing" if missing else ""
    return f"has {lines} complete lines for {count} atoms{about}"


def _check_types(topology: Topology, dump: DumpSource) -> None:
    """A type number of the dump must mean one mass in the topology, atom by atom."""
    numbers = dump.column("type")
    if numbers is None or len(numbers) != len(topology):
        return
    for number in np.unique(numbers):
        members = numbers == number
        if np.ptp(topology.masses[members]) > 0.1:
            types = np.unique(topology.types[members])
            raise ValueError(
                f"atoms of type {number} in {dump.path} are {' and '.join(types.tolist())} in the "
                "topology: the two files number the atoms differently; use the data file of this "
                "run"
            )


def _read_frames(path: Path, options: Options, topology: Topology) -> Trajectory:
    dump = DumpSource.scan(
        path, units=options.units, timestep=options.timestep, stated=options.stated
    )
    _check_types(topology, dump)
    how = "as the topology says" if options.stated else "assumed, the file does not say"
    how = "as given" if options.units else how
    how = "as the file says" if dump.head.first_word("UNITS") else how
    taken = Note(f"{path.name}: units {dump.units.name}, {how}", Code.UNITS)
    return Trajectory(topology, dump, (taken, *dump.notes), path.stem)


FORMAT = Format(
    "lammps_dump",
    "LAMMPS text dump",
    lambda head: head.text.startswith("ITEM:"),
    read_frames=_read_frames,
    options=frozenset({"units", "timestep"}),
    needs_timestep=True,
    net_force=Note(
        "LAMMPS dumps written under `fix langevin` or `fix shake` hold the thermostat or the "
        "constraint forces; dump the forces in a rerun without these fixes",
        Code.NET_FORCE,
    ),
    unit_mistakes={
        "units metal read as real (use `units='metal'`)": ELECTRONVOLT / KILOCALORIE,
        "units real read as metal (use `units='real'`)": KILOCALORIE / ELECTRONVOLT,
    },
)
