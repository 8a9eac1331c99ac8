"""AMBER NetCDF trajectories: positions, and velocities, forces and cells where written.

Units are Å, ps (velocities in Å/ps times a `scale_factor`) and kcal/mol, and are checked against
those that the file states. Source: AMBER NetCDF trajectory convention 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.units import ANGSTROM, KILOCALORIE
from molscape.io.boxes import place_boxes
from molscape.io.cells import box_from_cell, cosines_of_degrees
from molscape.io.formats import Format, make_reader

# Name in the file, its unit there, and what that is worth inside.
_VARIABLES = {
    "positions": ("coordinates", "angstrom", ANGSTROM),
    "velocities": ("velocities", "angstrom/picosecond", ANGSTROM),
    "forces": ("forces", "kilocalorie/mole/angstrom", KILOCALORIE / ANGSTROM),
    "times": ("time", "picosecond", 1.0),
}


@dataclass(frozen=True, eq=False)
class NetcdfSource:
    """Frames of an AMBER NetCDF file, read when asked for; make one with `scan`."""

    path: Path
    n_frames: int
    n_particles: int
    fields: frozenset[str]
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path) -> NetcdfSource:
        """Read the header of a file.

        Raises:
            ValueError: if the file is damaged, follows another convention, states other units,
                or holds no frame.
        """
        path = Path(path)
        with _open_netcdf(path) as file:
            found = file.variables
            convention = getattr(file, "Conventions", b"").decode("utf-8", errors="replace")
            shape: tuple[int, ...] = found["coordinates"].shape if "coordinates" in found else ()
            stated = {
                name: _unit(found[inside])
                for name, (inside, *_) in _VARIABLES.items()
                if inside in found
            }
            periodic = "cell_lengths" in found and bool(np.any(found["cell_lengths"][:1]))
            # Nothing may refer to the mapped file when it is closed.
            del found
        if "AMBER" not in convention.replace(",", " ").split() or len(shape) != 3:
            raise ValueError(
                f"{path} is a NetCDF file of the convention {convention!r}, expected an AMBER "
                "trajectory with coordinates: write it as one (restarts are none)"
            )
        for name, unit in stated.items():
            _check_unit(path, name, unit)
        count, atoms, _ = shape
        if count == 0:
            raise ValueError(f"{path} holds no frame: choose another trajectory")
        fields = set(stated) | ({"box"} if periodic else set())
        units = "Å, ps, kcal/mol" if "forces" in fields else "Å, ps"
        notes = (Note(f"{path.name}: units {units}, as the file says", Code.UNITS),)
        return cls(path, int(count), int(atoms), frozenset(fields), notes)

    def read(self, frames: range) -> Frames:
        """Read these frames, in double precision and in inside units."""
        part = np.asarray(frames, dtype=np.int64)
        with _open_netcdf(self.path) as file:
            arrays: dict[str, Any] = {
                name: factor * _values(file, inside, part)
                for name, (inside, _, factor) in _VARIABLES.items()
                if name in self.fields
            }
            block = Frames(**arrays)
            if "box" not in self.fields:
                return block
            lengths = _values(file, "cell_lengths", part)
            cosines = cosines_of_degrees(_values(file, "cell_angles", part))
        return place_boxes(block, ANGSTROM * box_from_cell(lengths, cosines), str(self.path))


def _open_netcdf(path: Path) -> Any:
    """Open a file mapped into memory: only what is asked for is read."""
    from scipy.io import netcdf_file

    try:
        return netcdf_file(str(path), "r", mmap=True, maskandscale=False)
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise ValueError(
            f"{path} is a truncated or damaged NetCDF file ({error}): copy it again, or write "
            "its complete frames to a new file (cpptraj)"
        ) from None


def _values(file: Any, name: str, frames: np.ndarray) -> np.ndarray:
    """Copy some frames of a variable out of the mapped file."""
    variable = file.variables[name]
    values = np.array(variable[frames], dtype=np.float64)
    return values * float(getattr(variable, "scale_factor", 1.0))


def _unit(variable: Any) -> str:
    """The unit that a variable states; "" where it states none."""
    stated: bytes = getattr(variable, "units", b"")
    return stated.decode("utf-8", errors="replace").strip("\0 ").lower()


def _check_unit(path: Path, name: str, stated: str) -> None:
    inside, expected, _ = _VARIABLES[name]
    if stated not in ("", expected):
        raise ValueError(
            f"{path}: {inside} are in {stated!r}, expected {expected!r} of the AMBER convention: "
            "convert the file"
        )


FORMAT = Format(
    "netcdf",
    "AMBER NetCDF",
    lambda head: head.start[:3] == b"CDF",
    read_frames=make_reader(NetcdfSource.scan),
)
