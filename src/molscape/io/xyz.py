"""Extended XYZ files: elements, positions, and the cell, forces and energies where written.

Units are Å and eV by convention; the file does not say.
"""

from __future__ import annotations

import io
import logging
import re
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
from molscape.core.units import FileUnits
from molscape.io.boxes import place_boxes
from molscape.io.file_units import unit_system
from molscape.io.formats import Format, Head, Options, ends_whole, make_reader
from molscape.io.guessing import Masses, particles_by_element
from molscape.io.optional import load_reader

logger = logging.getLogger(__name__)

_FORCES = ("forces", "REF_forces", "force", "dft_forces", "DFT_forces", "dft_force", "MACE_forces")
_ENERGIES = ("energy", "REF_energy", "dft_energy", "DFT_energy", "Energy", "MACE_energy")
_ATOM_LINE = re.compile(r"\s*\w+(\s+[-+]?\d[\d.eE+-]*){3}")
_PROPERTIES = re.compile(r"Properties=\"?([^\s\"]+)")
_DEUTERIUM = re.compile(r"^(\s*)D(?=\s)", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class XyzSource:
    """Frames of an XYZ file, read when asked for; make one with `XyzSource.scan`.

    `force_name` and `energy_name` are the columns and keys taken, "" without one.
    """

    path: Path
    starts: Int[np.ndarray, " edge"]
    n_particles: int
    units: FileUnits
    periodic: bool
    force_name: str
    energy_name: str
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path, units: str | None = None) -> XyzSource:
        """Find where the frames begin, and what the first one carries.

        A last frame that is incomplete is left out, with a warning.

        Args:
            path: the file.
            units: a key of `UNIT_SYSTEMS`; Å and eV by default.

        Raises:
            ImportError: if ASE is not installed.
            ValueError: if the file is damaged or atom counts vary.
        """
        path = Path(path)
        system = unit_system(units or "metal", "XYZ files")
        starts, atoms, notes = _walk(path)
        first = _parse(path, starts, 0)
        _check_periodicity(path, first)
        forces = next((name for name in _FORCES if _forces(first, name) is not None), "")
        energy = next((name for name in _ENERGIES if _energy(first, name) is not None), "")
        length, _, unit_of_energy = system.name.split(", ")
        read = f"{path.name}: positions in {length}"
        if forces or energy:
            taken = " and ".join(repr(name) for name in (forces, energy) if name)
            read += f", {taken} with {unit_of_energy}"
        how = "as given" if units else "by convention; say `units=` if they are others"
        return cls(
            path=path,
            starts=starts,
            n_particles=atoms,
            units=system,
            periodic=bool(np.any(first.pbc) and np.any(first.cell.array)),
            force_name=forces,
            energy_name=energy,
            notes=(Note(f"{read}, {how}", Code.UNITS), *notes),
        )

    @property
    def n_frames(self) -> int:
        """Number of complete frames."""
        return len(self.starts) - 1

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that the first frame carries."""
        optional = {"box": self.periodic, "forces": self.force_name, "energies": self.energy_name}
        return frozenset({"positions"} | {name for name, there in optional.items() if there})

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units.

        Raises:
            ValueError: if a frame is damaged, or lacks what the first one has.
        """
        shape = (len(frames), self.n_particles, 3)
        arrays: dict[str, Any] = {"positions": np.empty(shape)}
        if self.force_name:
            arrays["forces"] = np.empty(shape)
        if self.energy_name:
            arrays["energies"] = np.empty(len(frames))
        boxes = np.zeros((len(frames), 3, 3))
        for row, number in enumerate(frames):
            atoms = _parse(self.path, self.starts, number)
            self._check(atoms, number)
            arrays["positions"][row] = self.units.length * atoms.positions
            if self.force_name:
                values = self._present(_forces(atoms, self.force_name), self.force_name, number)
                arrays["forces"][row] = self.units.force * values
            if self.energy_name:
                values = self._present(_energy(atoms, self.energy_name), self.energy_name, number)
                arrays["energies"][row] = self.units.energy * values
            if self.periodic:
                boxes[row] = self.units.length * atoms.cell.array
        return place_boxes(Frames(**arrays), boxes, str(self.path))

    @cached_property
    def elements(self) -> list[str]:
        """Chemical symbols of the first frame."""
        atoms = _parse(self.path, self.starts, 0)
        return _symbols(atoms)

    def topology(self, masses: Masses) -> tuple[Topology, tuple[Note, ...]]:
        """Return the atoms, bonds and molecules guessed from the first frame, and notes."""
        return particles_by_element(self.path, self.elements, self.read(range(1)), masses)

    def _check(self, atoms: Any, frame: int) -> None:
        """Refuse a frame that differs from the first in its atoms or in what is periodic."""
        if _symbols(atoms) != self.elements:
            raise ValueError(
                f"{self.path}: the atoms of frame {frame} are not in the order of the first frame, "
                "or others: atoms cannot be followed; write all frames in one order"
            )
        _check_periodicity(self.path, atoms, frame)
        if bool(np.any(atoms.pbc) and np.any(atoms.cell.array)) != self.periodic:
            raise ValueError(
                f"{self.path}: frame {frame} and the first differ in having a box: keep such "
                "frames in separate files"
            )

    def _present(self, values: Any, name: str, frame: int) -> Any:
        if values is None:
            raise ValueError(
                f"{self.path}: frame {frame} has no {name!r} and the first has: keep such frames "
                "in separate files"
            )
        return values


def _walk(path: Path) -> tuple[Int[np.ndarray, " edge"], int, tuple[Note, ...]]:
    """Return where frames begin and the last one ends, the number of atoms, and notes."""
    starts, counts = [0], set()
    notes: tuple[Note, ...] = ()
    with path.open("rb") as file:
        while (line := file.readline()).strip():
            try:
                count = int(line)
            except ValueError:
                raise ValueError(
                    f"{path}: frame {len(starts) - 1} begins with {line[:40]!r}, expected a number "
                    "of atoms: does the number of the frame before agree with its lines?"
                ) from None
            lines = [file.readline() for _ in range(count + 1)]
            if not lines[-1].strip() or not (lines[-1].endswith(b"\n") or ends_whole(lines[1:])):
                if len(starts) == 1:
                    raise ValueError(
                        f"{path} ends early: it announces {count} atoms and ends within the first "
                        "frame: copy or write the file again"
                    )
                cut = (
                    f"{path} is truncated in frame {len(starts) - 1}: the {len(starts) - 1} "
                    "complete frames before it are used"
                )
                logger.warning(cut)
                notes = (Note(cut, Code.TRUNCATED),)
                break
            counts.add(count)
            starts.append(file.tell())
    if len(counts) > 1:
        raise ValueError(
            f"{path} mixes frames of {sorted(counts)} atoms: keep one system in a file"
        )
    return np.array(starts, dtype=np.int64), counts.pop(), notes


def _parse(path: Path, starts: Int[np.ndarray, " edge"], frame: int) -> Any:
    """Return one frame as ASE's `Atoms`."""
    reader = load_reader("ase.io", "extended XYZ files")
    with path.open("rb") as file:
        file.seek(int(starts[frame]))
        text = file.read(int(starts[frame + 1] - starts[frame])).decode("utf-8", errors="replace")
    lines = text.split("\n", 2)
    if len(lines) > 2 and lines[2].split()[:1] and lines[2].split()[0].isdigit():
        raise ValueError(
            f"{path} names its atoms by numbers ({lines[2].split()[0]!r}), not by elements: write "
            "it with elements (LAMMPS: dump_modify ... element), or use `dump custom`"
        )
    heavy = np.zeros(0, dtype=np.int64)
    if len(lines) > 2 and _names_lead(lines[1]) and _DEUTERIUM.search(lines[2]):
        words = [line.split(None, 1)[0] for line in lines[2].splitlines() if line.strip()]
        heavy = np.flatnonzero(np.array(words, dtype=np.str_) == "D")
        text = "\n".join([*lines[:2], _DEUTERIUM.sub(r"\1H", lines[2])])
    try:
        atoms = reader.read(io.StringIO(text), format="extxyz", index=0)
        atoms.info["molscape_deuterium"] = heavy
        return atoms
    # ASE raises what the damage leads to: ValueError, KeyError, IndexError, its own XYZError.
    except Exception as error:
        raise ValueError(
            f"{path} is damaged in frame {frame} ({type(error).__name__}: {error}): write it again"
        ) from error


def _names_lead(title: str) -> bool:
    """Whether the first column of the atom lines holds their elements."""
    found = _PROPERTIES.search(title)
    return found is None or found[1].startswith("species:S:1")


def _symbols(atoms: Any) -> list[str]:
    """Return the elements of a frame, D where the file has it."""
    found = list(atoms.get_chemical_symbols())
    for k in atoms.info["molscape_deuterium"].tolist():
        found[k] = "D"
    return found


def _check_periodicity(path: Path, atoms: Any, frame: int = 0) -> None:
    if np.any(atoms.pbc) and not np.all(atoms.pbc):
        flags = " ".join("T" if flag else "F" for flag in atoms.pbc)
        raise ValueError(
            f"{path}: frame {frame} is periodic in some directions only (pbc={flags!r}): only "
            "boxes periodic in all directions or in none can be used"
        )


def _forces(atoms: Any, name: str) -> Any:
    results = {} if atoms.calc is None else atoms.calc.results
    return results.get(name, atoms.arrays.get(name))


def _energy(atoms: Any, name: str) -> Any:
    results = {} if atoms.calc is None else atoms.calc.results
    return results.get(name, atoms.info.get(name))


def _recognise(head: Head) -> bool:
    lines = head.lines
    return len(lines) > 2 and lines[0].strip().isdigit() and bool(_ATOM_LINE.match(lines[2]))


def _read_topology(path: Path, options: Options) -> Trajectory:
    source = XyzSource.scan(path, options.units)
    topology, notes = source.topology(options.masses)
    return Trajectory(topology, source, (*source.notes, *notes), path.stem)


FORMAT = Format(
    "xyz",
    "extended XYZ",
    _recognise,
    _read_topology,
    make_reader(XyzSource.scan, "units"),
    priority=30,
    options=frozenset({"units"}),
)
