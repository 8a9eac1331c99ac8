"""H5MD files: positions, velocities, forces, boxes and particles of any engine, in HDF5.

Read as version 1.1 of the format demands and as LAMMPS, ESPResSo and MDAnalysis write it. Units
are those of the `unit` attributes; a file without them needs `units=`. Source: P. de Buyl,
P. H. Colberg, F. Höfling, Comput. Phys. Commun. 185, 1546 (2014).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.boxes import place_boxes
from molscape.io.file_units import unit_factor, unit_system
from molscape.io.formats import Format, Options, make_reader
from molscape.io.guessing import Masses
from molscape.io.h5md_particles import describe_particles, read_particles
from molscape.io.optional import load_reader

_PARTICLE_ELEMENTS = {"positions": "position", "velocities": "velocity", "forces": "force"}
_ENERGY = "observables/potential_energy"
_QUANTITIES = {
    "positions": "length",
    "velocities": "velocity",
    "forces": "force",
    "energies": "energy",
    "box": "length",
    "times": "time",
    "mass": "mass",
}


@dataclass(frozen=True, eq=False)
class H5mdSource:
    """Frames of one group of particles, read when asked for; make one with `H5mdSource.scan`.

    `elements` are the paths of what varies in time, and `rows` the places of the frames in each:
    they may be written at other intervals, and frames that have all of them are served. Where
    the numbers of the particles (`id`) vary, particles are sorted by them. `factors` convert to
    inside units. `box` (nm) is one that is fixed in time.
    """

    path: Path
    group: str
    n_particles: int
    elements: dict[str, str]
    rows: dict[str, Int[np.ndarray, " frame"]]
    factors: dict[str, float]
    box: Float[np.ndarray, "3 3"] | None
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path, units: str | None = None) -> H5mdSource:
        """Look at the shapes, steps and units in a file.

        Args:
            path: the file.
            units: a key of `UNIT_SYSTEMS`, for a file that states none.

        Raises:
            ImportError: if h5py is not installed.
            ValueError: if the file is damaged, is no H5MD file, or its units are not known.
        """
        path = Path(path)
        with _open_hdf5(path) as file:
            group = _find_group(path, file)
            edges = _find_edges(path, file[group])
            elements = _find_elements(path, file, group, edges)
            steps = {name: _read_series(file[at], "step") for name, at in elements.items()}
            rows, notes = _align(path, steps)
            factors, stated = _find_factors(
                path, _find_datasets(file, group, elements, edges), units
            )
            fixed = None
            if edges is not None and "box" not in elements:
                fixed = factors["box"] * _make_vectors(np.asarray(edges, dtype=np.float64), 1)
            atoms = int(file[elements["positions"]]["value"].shape[1])
        taken = f"{path.name}: particles {group.removeprefix('particles/')!r}, {stated}"
        notes = (Note(taken, Code.UNITS), *notes)
        return cls(path, group, atoms, elements, rows, factors, fixed, notes)

    @property
    def n_frames(self) -> int:
        """Number of frames that carry every field."""
        return len(self.rows["positions"])

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that every frame carries."""
        timed = {"times"} if "times" in self.factors else set()
        boxed = {"box"} if self.box is not None else set()
        return frozenset((self.elements.keys() - {"id"}) | timed | boxed)

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units."""
        part = np.asarray(frames, dtype=np.int64)
        with _open_hdf5(self.path) as file:
            found = {
                name: _take(file[at]["value"], self.rows[name][part])
                for name, at in self.elements.items()
            }
            if "times" in self.factors:
                times = _read_series(file[self.elements["positions"]], "time")
                found["times"] = times[self.rows["positions"][part]]
        numbers, edges = found.pop("id", None), found.pop("box", None)
        arrays: dict[str, Any] = {name: self.factors[name] * v for name, v in found.items()}
        if numbers is not None:
            order = np.argsort(numbers, axis=1, kind="stable")[:, :, None]
            for name in _PARTICLE_ELEMENTS.keys() & arrays.keys():
                arrays[name] = np.take_along_axis(arrays[name], order, axis=1)
        boxes = np.zeros((len(part), 3, 3))
        if edges is not None:
            boxes = self.factors["box"] * _make_vectors(edges, 2)
        elif self.box is not None:
            boxes[:] = self.box
        return place_boxes(Frames(**arrays), boxes, str(self.path))

    def topology(self, masses: Masses) -> tuple[Topology, tuple[Note, ...]]:
        """Return the particles that the file describes by masses, species, charges and bonds.

        Raises:
            ValueError: if the file has no masses.
        """
        with _open_hdf5(self.path) as file:
            found = read_particles(file, self.group, sort="id" in self.elements)
        if found is None:
            raise ValueError(
                f"{self.path} has no masses and so does not say what its particles are: give a "
                "topology first, open('conf.gro', 'traj.h5')"
            )
        found = replace(found, masses=np.round(self.factors["mass"] * found.masses, 6))
        return describe_particles(self.path, found, self.read(range(1)), masses)


def _open_hdf5(path: Path) -> Any:
    """Open an HDF5 file for reading."""
    library = load_reader("h5py", "H5MD files")
    try:
        return library.File(path, "r")
    except OSError as error:
        raise ValueError(
            f"{path} is a truncated or damaged HDF5 file ({error}): copy it again, or let the "
            "program that writes it close it"
        ) from None


def _find_group(path: Path, file: Any) -> str:
    """Path of the particles to be read."""
    if "particles" not in file:
        if "coordinates" in file:
            raise ValueError(
                f"{path} is an HDF5 file of MDTraj, which is no H5MD file: convert it, "
                "mdtraj.load('traj.h5').save('traj.xtc')"
            )
        raise ValueError(
            f"{path} is an HDF5 file without the group `particles`, so no H5MD file (AMBER's "
            "NetCDF-4 neither is: convert it with cpptraj to NetCDF-3)"
        )
    groups = [name for name in file["particles"] if "position" in file[f"particles/{name}"]]
    if len(groups) == 1 or "all" in groups:
        return f"particles/{groups[0] if len(groups) == 1 else 'all'}"
    raise ValueError(
        f"{path} holds positions of {len(groups)} groups of particles ({', '.join(groups)}), "
        "expected one, or one named 'all': write the whole system as one group"
    )


def _varies(element: Any) -> bool:
    """Whether an element is a group with steps; one that is fixed in time is a data set."""
    return hasattr(element, "keys")


def _find_edges(path: Path, place: Any) -> Any:
    """The element of the box, None where no direction is periodic."""
    if "box" not in place or "edges" not in place["box"]:
        return None
    named = np.atleast_1d(place["box"].attrs.get("boundary", "periodic"))
    kinds = {kind.decode() if isinstance(kind, bytes) else str(kind) for kind in named}
    if len(kinds) > 1:
        raise ValueError(
            f"{path}: the box is periodic in some directions only: only boxes periodic in all "
            "directions or in none can be used"
        )
    return None if kinds == {"none"} else place["box/edges"]


def _find_elements(path: Path, file: Any, group: str, edges: Any) -> dict[str, str]:
    """Paths of what varies in time, by name."""
    sought = {name: f"{group}/{inside}" for name, inside in _PARTICLE_ELEMENTS.items()}
    sought |= {"energies": _ENERGY, "id": f"{group}/id"}
    sought |= {} if edges is None else {"box": f"{group}/box/edges"}
    found = {name: at for name, at in sought.items() if at in file and _varies(file[at])}
    varies = "positions" in found
    if not varies or file[found["positions"]]["value"].shape[2:] != (3,):
        raise ValueError(
            f"{path} holds no positions in three dimensions that vary in time: write them as "
            f"{group}/position with value, step and time"
        )
    return found


def _read_series(element: Any, name: str) -> np.ndarray:
    """Steps or times of an element: an array, or an increment with an offset."""
    if name not in element:
        raise ValueError(
            f"{element.file.filename}: {element.name} has no `{name}`, which H5MD demands of what "
            "varies in time: write the file again"
        )
    data = element[name]
    if data.ndim == 0:
        count = np.arange(element["value"].shape[0])
        return float(data.attrs.get("offset", 0.0)) + float(data[()]) * count
    return np.asarray(data, dtype=np.float64)


def _align(
    path: Path, steps: dict[str, np.ndarray]
) -> tuple[dict[str, Int[np.ndarray, " frame"]], tuple[Note, ...]]:
    """Rows of the frames that carry every element, in the order of the steps."""
    every = steps["positions"]
    shared = every
    rows = {name: np.arange(len(every)) for name in steps}
    if not all(np.array_equal(every, found) for found in steps.values()):
        if any(np.any(np.diff(found) <= 0) for found in steps.values()):
            raise ValueError(f"{path}: step numbers repeat: write the file again")
        shared = reduce(np.intersect1d, [v for name, v in steps.items() if name != "box"])
        if not np.isin(shared, steps.get("box", shared)).all():
            raise ValueError(
                f"{path}: the box was written at other steps than the positions: write both "
                "together"
            )
        rows = {name: np.searchsorted(found, shared) for name, found in steps.items()}
    carried = ", ".join(sorted(steps.keys() - {"box", "id"}))
    if not len(shared):
        raise ValueError(f"{path} holds no frame with {carried}: choose another trajectory")
    if len(shared) == len(every):
        return rows, ()
    some = f"{path.name}: {len(shared)} of {len(every)} frames carry {carried}"
    return rows, (Note(f"{some}; only those are used", Code.SOME_FRAMES),)


def _find_datasets(file: Any, group: str, elements: dict[str, str], edges: Any) -> dict[str, Any]:
    """The data sets whose units count, by name."""
    found = {name: file[at]["value"] for name, at in elements.items() if name != "id"}
    if edges is not None and "box" not in found:
        found["box"] = edges
    if "time" in file[elements["positions"]]:
        found["times"] = file[elements["positions"]]["time"]
    if (mass := f"{group}/mass") in file:
        found["mass"] = file[mass]["value"] if _varies(file[mass]) else file[mass]
    return {name: found[name] for name in _QUANTITIES if name in found}


def _find_factors(
    path: Path, datasets: dict[str, Any], units: str | None
) -> tuple[dict[str, float], str]:
    """Factors of the fields from the `unit` attributes, or of the system given, and what to say."""
    given = None if units is None else unit_system(units, "H5MD files without units")
    factors, stated = {}, {}
    for name, data in datasets.items():
        quantity, unit = _QUANTITIES[name], data.attrs.get("unit", "")
        unit = unit.decode() if isinstance(unit, bytes) else str(unit)
        if unit:
            factors[name], stated[name] = unit_factor(unit, quantity), unit
        elif given is not None or name == "mass":
            factors[name] = 1.0 if given is None else float(getattr(given, quantity))
        elif name == "box":
            factors[name] = factors["positions"]
        else:
            raise ValueError(
                f"{path} does not state the unit of its {name}: say it by `units=`, such as "
                "units='nm' (nm, ps, kJ/mol) or 'real' (Å, fs, kcal/mol)"
            )
    if given is not None and "positions" in stated:
        raise ValueError(
            f"{path} states its units ({', '.join(stated.values())}): leave `units` out"
        )
    listed = ", ".join(f"{name} in {unit}" for name, unit in stated.items()) or "nothing stated"
    how = "as the file says" if given is None else f"else {given.name}, as given"
    return factors, f"units: {listed}, {how}"


def _take(data: Any, rows: Int[np.ndarray, " frame"]) -> np.ndarray:
    """Read rows of a data set; h5py wants them ascending and once each."""
    if not len(rows):
        return np.zeros((0, *data.shape[1:]))
    unique, inverse = np.unique(rows, return_inverse=True)
    block = slice(int(unique[0]), int(unique[-1]) + 1)
    dense = len(unique) == block.stop - block.start
    return np.asarray(data[block] if dense else data[unique], dtype=np.float64)[inverse]


def _make_vectors(edges: np.ndarray, flat: int) -> np.ndarray:
    """Box vectors of edges, which are three lengths (an array of `flat` dimensions) or vectors."""
    return edges[..., None] * np.eye(3) if edges.ndim == flat else edges


def _read_topology(path: Path, options: Options) -> Trajectory:
    source = H5mdSource.scan(path, options.units)
    topology, notes = source.topology(options.masses)
    return Trajectory(topology, source, (*source.notes, *notes), path.stem)


FORMAT = Format(
    "h5md",
    "H5MD",
    lambda head: head.start[:8] == b"\x89HDF\r\n\x1a\n",
    _read_topology,
    make_reader(H5mdSource.scan, "units"),
    options=frozenset({"units"}),
)
