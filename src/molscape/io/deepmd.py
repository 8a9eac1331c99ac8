"""DeePMD data folders: NumPy arrays of ab initio frames in sets, in Å and eV.

A system is a folder with `type.raw`, `type_map.raw` and `set.*` folders that hold `coord.npy`,
`box.npy` and, where known, `force.npy` and `energy.npy`. A folder of systems with the same
atoms is read as one trajectory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import DEEPMD
from molscape.io.boxes import place_boxes
from molscape.io.elements import MASSES
from molscape.io.formats import Format, Options, make_reader
from molscape.io.guessing import particles_by_element

_FILES = {"positions": "coord.npy", "forces": "force.npy"}
_FACTORS = {"positions": DEEPMD.length, "forces": DEEPMD.force}


def find_systems(folder: str | Path) -> list[Path]:
    """Return the system folders in a folder, or the folder itself if it is one."""
    folder = Path(folder)
    if (folder / "type.raw").is_file():
        return [folder]
    return sorted(path.parent for path in folder.glob("*/type.raw"))


@dataclass(frozen=True, eq=False)
class DeepmdSource:
    """Frames of one or several systems, set after set; make one with `DeepmdSource.scan`."""

    path: Path
    sets: tuple[Path, ...]
    ends: Int[np.ndarray, " set"]
    elements: tuple[str, ...]
    periodic: bool
    fields: frozenset[str]

    @classmethod
    def scan(cls, folder: str | Path) -> DeepmdSource:
        """Find the sets of a folder; only the heads of the arrays are read.

        Raises:
            ValueError: if there is no system, systems differ in their atoms, or arrays do not
                fit together.
        """
        folder = Path(folder)
        systems = find_systems(folder)
        sets = tuple(path for system in systems for path in sorted(system.glob("set.*")))
        if not sets:
            raise ValueError(
                f"{folder} is no DeePMD folder: expected type.raw and set.*/coord.npy in it or in "
                "its folders"
            )
        elements = [_elements(system) for system in systems]
        for system, found in zip(systems, elements, strict=True):
            if found != elements[0]:
                raise ValueError(
                    f"{system} and {systems[0]} differ in their atoms: open them one by one"
                )
        atoms = len(elements[0])
        counts = [_frame_count(path, atoms) for path in sets]
        open_ends = {(system / "nopbc").exists() for system in systems}
        if len(open_ends) > 1:
            raise ValueError(f"{folder} mixes systems with and without a box: open them one by one")
        known = {"forces": "force.npy", "energies": "energy.npy"}
        fields = {key for key, name in known.items() if all((p / name).exists() for p in sets)}
        periodic = not open_ends.pop()
        for path in sets if periodic else ():
            load_array(path / "box.npy")
        fields |= {"positions", "box"} if periodic else {"positions"}
        return cls(folder, sets, np.cumsum(counts), elements[0], periodic, frozenset(fields))

    @property
    def n_frames(self) -> int:
        """Number of frames in all sets."""
        return int(self.ends[-1])

    @property
    def n_particles(self) -> int:
        """Number of atoms in each frame."""
        return len(self.elements)

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units."""
        wanted = np.asarray(frames, dtype=np.int64)
        which = np.searchsorted(self.ends, wanted, side="right")
        starts = np.concatenate([[0], self.ends[:-1]])
        shapes = {"positions": (self.n_particles, 3), "forces": (self.n_particles, 3)}
        arrays: dict[str, Any] = {
            name: np.empty((len(wanted), *shape))
            for name, shape in shapes.items()
            if name in self.fields
        }
        if "energies" in self.fields:
            arrays["energies"] = np.empty(len(wanted))
        boxes = np.zeros((len(wanted), 3, 3))
        for index in np.unique(which):
            rows = np.flatnonzero(which == index)
            local = wanted[rows] - starts[index]
            for name in _FILES.keys() & arrays.keys():
                data = load_array(self.sets[index] / _FILES[name])[local]
                arrays[name][rows] = data.reshape(len(rows), -1, 3)
            if "energies" in arrays:
                energies = load_array(self.sets[index] / "energy.npy")
                arrays["energies"][rows] = energies.reshape(-1)[local]
            if self.periodic:
                data = load_array(self.sets[index] / "box.npy")[local]
                boxes[rows] = data.reshape(-1, 3, 3)
        for name in _FILES.keys() & arrays.keys():
            arrays[name] *= _FACTORS[name]
        if "energies" in arrays:
            arrays["energies"] *= DEEPMD.energy
        return place_boxes(Frames(**arrays), boxes * DEEPMD.length, str(self.path))

    @cached_property
    def guessed(self) -> tuple[Topology, tuple[Note, ...]]:
        """Topology with bonds and molecules guessed from the first frame, and notes saying so."""
        frame = self.read(range(1))
        topology, notes = particles_by_element(self.path, list(self.elements), frame, {})
        units = f"{self.path.name}: units {DEEPMD.name}, as the format has them"
        return topology, (Note(units, Code.UNITS), *notes)


def _elements(system: Path) -> tuple[str, ...]:
    kinds = np.loadtxt(system / "type.raw", dtype=np.int64, ndmin=1)
    names = system / "type_map.raw"
    if not names.is_file():
        raise ValueError(f"{system} has no type_map.raw: add one, an element for each type")
    symbols = names.read_text(encoding="utf-8").split()
    for path in sorted(system.glob("set.*")):
        kinds = _kinds_of_frames(path, kinds)
    used = np.unique(kinds)
    if len(used) and (used.min() < 0 or used.max() >= len(symbols)):
        raise ValueError(
            f"{names} lists {len(symbols)} elements, and types go from {used.min()} to "
            f"{used.max()}: list one chemical element for each type"
        )
    unknown = sorted({symbols[kind] for kind in used.tolist()} - MASSES.keys())
    if unknown:
        raise ValueError(
            f"{names}: {', '.join(unknown)} are no chemical elements: write their symbols"
        )
    return tuple(symbols[kind] for kind in kinds.tolist())


def _kinds_of_frames(path: Path, kinds: Int[np.ndarray, " atom"]) -> Int[np.ndarray, " atom"]:
    """Return the types of a set: of a mixed one they stand in `real_atom_types.npy`."""
    file = path / "real_atom_types.npy"
    if not file.is_file():
        return kinds
    found = load_array(file).astype(np.int64).reshape(-1, len(kinds))
    others = (found != found[:1]).any(axis=1)
    if others.any():
        raise ValueError(
            f"{file}: the types of frame {int(np.argmax(others))} differ from those of the first: "
            "keep one system in a folder"
        )
    return found[0] if len(found) else kinds


def load_array(file: Path) -> np.ndarray:
    """Map an array of a file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no NumPy array of numbers.
    """
    try:
        found = np.load(file, mmap_mode="r")
    except FileNotFoundError:
        remedy = ", or an empty file `nopbc` beside type.raw" if file.name == "box.npy" else ""
        raise FileNotFoundError(f"there is no {file}: give it{remedy}") from None
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{file} is no array of numbers or damaged: write it again") from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        raise ValueError(f"{file} holds no numbers: write it again")
    return found


def _frame_count(path: Path, atoms: int) -> int:
    """Number of frames of a set; every array of it must agree."""
    shape = load_array(path / "coord.npy").shape
    count = shape[0]
    if int(np.prod(shape)) != count * atoms * 3:
        raise ValueError(
            f"{path}/coord.npy has shape {shape}, expected ({count}, {3 * atoms}) for the "
            f"{atoms} atoms of type.raw"
        )
    for name, width in (("force.npy", 3 * atoms), ("box.npy", 9), ("energy.npy", 1)):
        file = path / name
        if file.exists() and (size := load_array(file).size) != count * width:
            raise ValueError(f"{file} holds {size} numbers, expected {count} x {width}")
    return count


def _read_topology(path: Path, options: Options) -> Trajectory:
    source = DeepmdSource.scan(path)
    topology, notes = source.guessed
    return Trajectory(topology, source, notes, path.name)


FORMAT = Format(
    "deepmd",
    "DeePMD folder",
    lambda head: head.path.is_dir() and bool(find_systems(head.path)),
    _read_topology,
    make_reader(DeepmdSource.scan),
    net_force=Note(
        "usual for ab initio forces; remove it with remove_net_force (in a recipe, a key of "
        "`reference`)",
        Code.REMOVABLE_NET_FORCE,
    ),
)
