"""H5MD files: positions, velocities, forces, boxes and particles of any engine, in HDF5.

Units are those of the `unit` attributes; a file without them needs `units=`. Source: P. de Buyl,
P. H. Colberg, F. Höfling, Comput. Phys. Commun. 185, 1546 (2014), version 1.1 of the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.bonds import describe_molecules, join_molecules, number_names
from molscape.io.boxes import place_boxes
from molscape.io.elements import element_of_mass
from molscape.io.file_units import unit_factor, unit_system
from molscape.io.guessing import Masses, particles_by_element
from molscape.io.optional import load_reader

_ELEMENTS = {"positions": "position", "velocities": "velocity", "forces": "force"}
_QUANTITIES = {"positions": "length", "velocities": "velocity", "forces": "force"}
_ENERGIES = ("potential_energy", "energy/potential", "energies/potential")


@dataclass(frozen=True, eq=False)
class H5mdSource:
    """Frames of one group of particles, read when asked for; make one with `H5mdSource.scan`.

    `rows` holds, for each field, the place of each frame in the file; fields may be written at
    other intervals, and frames that have all of them are served. `factors` convert to inside
    units. `shuffled`: the order of the particles changes and their numbers (`id`) give it.
    """

    path: Path
    group: str
    n_particles: int
    rows: dict[str, Int[np.ndarray, " frame"]]
    factors: dict[str, float]
    energy: str
    box: str
    shuffled: bool
    notes: tuple[str, ...] = ()

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
        with opened(path) as file:
            group = _group(path, file)
            place = file[f"particles/{group}"]
            steps = {
                name: _steps(place[inside]) for name, inside in _ELEMENTS.items() if inside in place
            }
            energy = next((f"observables/{n}" for n in _ENERGIES if f"observables/{n}" in file), "")
            if energy:
                steps["energies"] = _steps(file[energy])
            rows, said = _common(path, steps)
            box, edges = _box_place(place)
            if box == "series":
                rows["box"] = _rows_at(path, steps["positions"], _steps(edges), rows["positions"])
            factors, stated = _factors(path, file, place, energy, edges, units)
            atoms = int(_values(place["position"]).shape[-2])
            moving = "id" in place and "value" in place["id"]
            notes = (f"{path.name}: particles {group!r}, {stated}", *said)
            return cls(path, group, atoms, rows, factors, energy, box, moving, notes)

    @property
    def n_frames(self) -> int:
        """Number of frames that carry every field."""
        return len(self.rows["positions"])

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that every frame carries."""
        always = set(self.rows) - {"box"}
        timed = {"times"} if "times" in self.factors else set()
        return frozenset(always | timed | ({"box"} if self.box != "none" else set()))

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units."""
        part = np.asarray(frames, dtype=np.int64)
        with opened(self.path) as file:
            place = file[f"particles/{self.group}"]
            where = self.rows["positions"][part]
            order = None
            if self.shuffled:
                order = np.argsort(_take(place["id/value"], where), axis=1, kind="stable")
            arrays: dict[str, Any] = {}
            for name, inside in _ELEMENTS.items():
                if name in self.rows:
                    values = _take(_values(place[inside]), self.rows[name][part])
                    values = values.reshape(len(part), self.n_particles, 3)
                    if order is not None:
                        values = np.take_along_axis(values, order[:, :, None], axis=1)
                    arrays[name] = self.factors[name] * values
            if self.energy:
                values = _take(_values(file[self.energy]), self.rows["energies"][part])
                arrays["energies"] = self.factors["energies"] * values.reshape(len(part))
            if "times" in self.factors:
                times = _series(place["position"], "time")
                arrays["times"] = self.factors["times"] * times[where]
            boxes = np.zeros((len(part), 3, 3))
            if self.box != "none":
                boxes[:] = self._boxes(place["box/edges"], part)
        return place_boxes(Frames(**arrays), boxes, str(self.path))

    def _boxes(self, edges: Any, part: np.ndarray) -> np.ndarray:
        values = (
            _take(_values(edges), self.rows["box"][part]) if self.box == "series" else edges[()]
        )
        values = self.factors["box"] * np.asarray(values, dtype=np.float64)
        flat = values.ndim == (2 if self.box == "series" else 1)
        return values[..., None] * np.eye(3) if flat else values

    def topology(self, masses: Masses) -> tuple[Topology, tuple[str, ...]]:
        """Return the particles that the file describes by masses, species, charges and bonds.

        Raises:
            ValueError: if the file has no masses.
        """
        with opened(self.path) as file:
            place = file[f"particles/{self.group}"]
            found = {name: _fixed(place, name) for name in ("mass", "charge", "species", "id")}
            bonds = _bonds(file, self.group)
        if found["mass"] is None:
            raise ValueError(
                f"{self.path} has no masses and so does not say what its particles are: give a "
                "topology first, open('conf.gro', 'traj.h5')"
            )
        if found["id"] is not None and self.shuffled:
            order = np.argsort(found["id"], kind="stable")
            found = {k: None if v is None else v[order] for k, v in found.items()}
        weights = self.factors["mass"] * np.asarray(found["mass"], dtype=np.float64)
        return _described(self, np.round(weights, 6), found, bonds, masses)


def opened(path: Path) -> Any:
    """Open an HDF5 file for reading.

    Raises:
        ImportError: if h5py is not installed.
        ValueError: if the file is damaged.
    """
    library = load_reader("h5py", "H5MD files")
    try:
        return library.File(path, "r")
    except OSError as error:
        raise ValueError(
            f"{path} is a truncated or damaged HDF5 file ({error}): copy it again, or let the "
            "program that writes it close it"
        ) from None


def _group(path: Path, file: Any) -> str:
    if "particles" not in file:
        raise ValueError(
            f"{path} is an HDF5 file without the group `particles`, so no H5MD file (AMBER's "
            "NetCDF-4 neither is: convert it with cpptraj to NetCDF-3)"
        )
    groups = [name for name in file["particles"] if "position" in file[f"particles/{name}"]]
    if len(groups) == 1:
        return str(groups[0])
    if "all" in groups:
        return "all"
    raise ValueError(
        f"{path} holds positions of {len(groups)} groups of particles ({', '.join(groups)}), "
        "expected one, or one named 'all': write the whole system as one group"
    )


def _values(element: Any) -> Any:
    """The data of an element: with steps a group, fixed in time a data set."""
    return element["value"] if hasattr(element, "keys") else element


def _take(data: Any, rows: np.ndarray) -> np.ndarray:
    """Read rows of a data set; h5py wants them ascending and once each."""
    if not len(rows):
        return np.zeros((0, *data.shape[1:]))
    unique, inverse = np.unique(rows, return_inverse=True)
    block = slice(int(unique[0]), int(unique[-1]) + 1)
    dense = len(unique) == block.stop - block.start
    return np.asarray(data[block] if dense else data[unique], dtype=np.float64)[inverse]


def _series(element: Any, name: str) -> np.ndarray:
    """Steps or times of an element: an array, or an increment with an offset."""
    count = _values(element).shape[0]
    data = element[name]
    if data.ndim == 0:
        return float(data.attrs.get("offset", 0.0)) + float(data[()]) * np.arange(count)
    return np.asarray(data[:count], dtype=np.float64)


def _steps(element: Any) -> np.ndarray:
    if not hasattr(element, "keys"):
        return np.zeros(1)
    if "step" not in element:
        return np.arange(element["value"].shape[0], dtype=np.float64)
    return _series(element, "step")


def _common(
    path: Path, steps: dict[str, np.ndarray]
) -> tuple[dict[str, Int[np.ndarray, " frame"]], tuple[str, ...]]:
    """Rows of the frames that carry every field, in the order of the positions."""
    shared = steps["positions"]
    for name, found in list(steps.items()):
        if not np.isin(found, shared).any():
            del steps[name]
            continue
        shared = shared[np.isin(shared, found)]
    if not len(shared):
        raise ValueError(f"{path} holds no frame with positions: choose another trajectory")
    rows = {
        name: _rows_at(path, shared, found, np.arange(len(shared))) for name, found in steps.items()
    }
    most = len(steps["positions"])
    if len(shared) == most:
        return rows, ()
    said = f"{path.name}: {len(shared)} of {most} frames carry {', '.join(sorted(steps))}"
    return rows, (f"{said}; only those are used",)


def _rows_at(
    path: Path, steps: np.ndarray, found: np.ndarray, rows: np.ndarray
) -> Int[np.ndarray, " frame"]:
    """Rows of `found` at some of the steps."""
    if len(np.unique(found)) < len(found):
        if len(found) < len(steps):
            raise ValueError(f"{path}: step numbers repeat: write the file again")
        return rows.astype(np.int64)
    wanted = steps[rows]
    order = np.argsort(found, kind="stable")
    at = np.searchsorted(found[order], wanted).clip(max=len(found) - 1)
    if not np.array_equal(found[order][at], wanted):
        raise ValueError(
            f"{path}: the box was written at other steps than the positions: write both together"
        )
    return order[at].astype(np.int64)


def _box_place(place: Any) -> tuple[str, Any]:
    """Whether the box is "none", "fixed" or a "series", and its element."""
    if "box" not in place or "edges" not in place["box"]:
        return "none", None
    boundary = place["box"].attrs.get("boundary")
    if boundary is not None:
        kinds = [k.decode() if isinstance(k, bytes) else str(k) for k in np.atleast_1d(boundary)]
        if all(kind == "none" for kind in kinds):
            return "none", None
    edges = place["box/edges"]
    return ("series" if hasattr(edges, "keys") else "fixed"), edges


def _factors(
    path: Path, file: Any, place: Any, energy: str, edges: Any, units: str | None
) -> tuple[dict[str, float], str]:
    """Factors of the fields from the `unit` attributes, or of the system given, and what to say."""
    given = None if units is None else unit_system(units, "H5MD files without units")
    sought = [(name, place[i], _QUANTITIES[name]) for name, i in _ELEMENTS.items() if i in place]
    if energy:
        sought.append(("energies", file[energy], "energy"))
    if edges is not None:
        sought.append(("box", edges, "length"))
    if hasattr(place["position"], "keys") and "time" in place["position"]:
        sought.append(("times", place["position/time"], "time"))
    if "mass" in place:
        sought.append(("mass", place["mass"], "mass"))
    factors, stated = {}, {}
    for name, element, quantity in sought:
        unit = _unit(element)
        if unit:
            factors[name], stated[name] = unit_factor(unit, quantity), unit
        elif given is not None or name in ("mass", "box"):
            factors[name] = 1.0 if given is None else float(getattr(given, quantity))
        else:
            raise ValueError(
                f"{path} does not state the unit of its {name}: say it by `units=`, such as "
                "units='nm' (nm, ps, kJ/mol) or 'real' (Å, fs, kcal/mol)"
            )
    if "box" in factors and "box" not in stated:
        factors["box"] = factors["positions"]
    if stated and given is not None and "positions" in stated:
        raise ValueError(
            f"{path} states its units ({', '.join(stated.values())}): leave `units` out"
        )
    said = ", ".join(f"{name} in {unit}" for name, unit in stated.items()) or "nothing stated"
    how = "as the file says" if given is None else f"else {given.name}, as given"
    return factors, f"units: {said}, {how}"


def _unit(element: Any) -> str:
    """The `unit` attribute of an element or of its data."""
    for owner in (element["value"] if hasattr(element, "keys") else element, element):
        unit = owner.attrs.get("unit", owner.attrs.get("units"))
        if unit is not None:
            return unit.decode() if isinstance(unit, bytes) else str(unit)
    return ""


def _fixed(place: Any, name: str) -> Any:
    """The first values of a property of the particles, or None."""
    if name not in place:
        return None
    data = _values(place[name])
    return np.asarray(data[0] if hasattr(place[name], "keys") else data[()])


def _bonds(file: Any, group: str) -> Int[np.ndarray, "bond 2"] | None:
    for name in ("connectivity/bonds", f"connectivity/{group}/bonds"):
        if name in file:
            return np.asarray(_values(file[name])[()], dtype=np.int64).reshape(-1, 2)
    return None


def _described(
    source: H5mdSource, weights: np.ndarray, found: dict[str, Any], bonds: Any, masses: Masses
) -> tuple[Topology, tuple[str, ...]]:
    """Atoms where every mass is an element's, else particles named by their species."""
    known = {mass: element_of_mass(mass) if mass > 0 else "" for mass in set(weights.tolist())}
    elements = [known[mass] for mass in weights.tolist()]
    charges = None if found["charge"] is None else np.asarray(found["charge"], dtype=np.float64)
    notes: tuple[str, ...] = (f"{source.path.name}: elements from the masses in the file",)
    if all(elements) and bonds is None:
        topology, said = particles_by_element(source.path, elements, source.read(range(1)), masses)
        weights = np.where(np.isin(elements, list(masses)), topology.masses, weights)
        notes = (*notes, *said)
    else:
        species = np.zeros(len(weights)) if found["species"] is None else found["species"]
        labels = [e or f"S{int(s)}" for e, s in zip(elements, species.tolist(), strict=True)]
        pairs = np.zeros((0, 2), dtype=np.int64) if bonds is None else bonds
        molecules = join_molecules(np.arange(len(weights)), pairs)
        names = number_names(np.array(labels), molecules)
        topology = Topology.build(
            names, masses=weights, types=labels, elements=elements, molecules=molecules, bonds=pairs
        )
        called = describe_molecules(topology)
        topology = topology.replace(molecule_names=called, residue_names=called[molecules])
        weights = np.array(
            [masses.get(n, m) for n, m in zip(names.tolist(), weights.tolist(), strict=True)]
        )
    charges = topology.charges if charges is None else charges
    return topology.replace(masses=weights, charges=charges), notes
