"""Writing LAMMPS data files, with the numbering of types that an engine needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import FileUnits
from molscape.io.lammps_units import lammps_units


@dataclass(frozen=True)
class LammpsTypes:
    """Type k + 1 of the data file is entry k here: names of atom types, or tuples of them.

    Tuples are read in the direction that sorts first, ("H", "O") and never ("O", "H").
    """

    atoms: tuple[str, ...]
    bonds: tuple[tuple[str, ...], ...]
    angles: tuple[tuple[str, ...], ...]
    dihedrals: tuple[tuple[str, ...], ...]


def _directed(topology: Topology, members: Int[np.ndarray, "row column"]) -> list[tuple[str, ...]]:
    names = topology.types[members].tolist() if len(members) else []
    return [min(tuple(row), tuple(row[::-1])) for row in names]


def lammps_types(topology: Topology) -> LammpsTypes:
    """Return the types of a topology in the order in which `write_lammps_data` numbers them."""
    return LammpsTypes(
        tuple(sorted(set(topology.types.tolist()))),
        tuple(sorted(set(_directed(topology, topology.bonds)))),
        tuple(sorted(set(_directed(topology, topology.angles)))),
        tuple(sorted(set(_directed(topology, topology.dihedrals)))),
    )


def write_lammps_data(
    path: str | Path, topology: Topology, frames: Frames, *, units: str = "real"
) -> LammpsTypes:
    """Write a data file of atom style full, with labels of the types in comments.

    Args:
        path: the file to write.
        topology: particles and connections; one mass for each type, none zero.
        frames: a block of one frame; without a box, one is drawn around the particles with
            1 nm to spare, for LAMMPS' `boundary f` or `s`.
        units: "real" or "metal".

    Returns:
        The types in the order of their numbers in the file.

    Raises:
        ValueError: if there is not exactly one frame, counts differ, or the masses do not suit.
    """
    if len(frames) != 1 or frames.n_particles != len(topology):
        raise ValueError(
            f"a data file holds one frame of the topology's {len(topology)} particles, got "
            f"{len(frames)} frames of {frames.n_particles}: select one, frames[0]"
        )
    factors = lammps_units(units)
    types = lammps_types(topology)
    connected = {
        "bond": (topology.bonds, types.bonds),
        "angle": (topology.angles, types.angles),
        "dihedral": (topology.dihedrals, types.dihedrals),
    }
    lines = [f"LAMMPS data file written by molscape, units {units}", "", f"{len(topology)} atoms"]
    lines += [f"{len(members)} {kind}s" for kind, (members, _) in connected.items()]
    lines += ["", f"{len(types.atoms)} atom types"]
    lines += [f"{len(names)} {kind} types" for kind, (_, names) in connected.items()]
    lines += ["", *_box_lines(frames, factors)]
    lines += ["", "Masses", "", *_mass_lines(topology, types.atoms, factors)]
    lines += ["", "Atoms # full", "", *_atom_lines(topology, types.atoms, frames, factors)]
    if frames.velocities is not None:
        speeds = (frames.velocities[0] / factors.velocity).tolist()
        lines += ["", "Velocities", ""]
        lines += [f"{k} {x:.12g} {y:.12g} {z:.12g}" for k, (x, y, z) in enumerate(speeds, 1)]
    for kind, (members, names) in connected.items():
        if len(members):
            lines += ["", f"{kind.capitalize()}s", ""]
            lines += _connection_lines(topology, members, names)
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return types


def _box_lines(frames: Frames, units: FileUnits) -> list[str]:
    if frames.box is None:
        low = (frames.positions[0].min(axis=0) - 1.0) / units.length
        high = (frames.positions[0].max(axis=0) + 1.0) / units.length
        return [f"{low[k]:.12g} {high[k]:.12g} {a}lo {a}hi" for k, a in enumerate("xyz")]
    box = frames.box[0] / units.length
    lines = [f"0 {box[k, k]:.12g} {axis}lo {axis}hi" for k, axis in enumerate("xyz")]
    if np.any(np.tril(box, -1)):
        lines.append(f"{box[1, 0]:.12g} {box[2, 0]:.12g} {box[2, 1]:.12g} xy xz yz")
    return lines


def _mass_lines(topology: Topology, names: tuple[str, ...], units: FileUnits) -> Iterable[str]:
    for number, name in enumerate(names, 1):
        masses = topology.masses[topology.types == name]
        if np.ptp(masses) > 1e-6 or masses[0] <= 0:
            raise ValueError(
                f"type {name!r} has masses from {masses.min():g} to {masses.max():g} u; LAMMPS "
                "needs one positive mass for each type: give such particles types of their own, "
                "and drop massless sites"
            )
        yield f"{number} {masses[0] / units.mass:.10g} # {name}"


def _atom_lines(
    topology: Topology, names: tuple[str, ...], frames: Frames, units: FileUnits
) -> Iterable[str]:
    number = {name: k for k, name in enumerate(names, 1)}
    rows = (frames.positions[0] / units.length).tolist()
    types = topology.types.tolist()
    molecules = (topology.molecules + 1).tolist()
    charges = (topology.charges / units.charge).tolist()
    for k, (x, y, z) in enumerate(rows):
        yield (
            f"{k + 1} {molecules[k]} {number[types[k]]} {charges[k]:.15g} "
            f"{x:.12g} {y:.12g} {z:.12g}"
        )


def _connection_lines(
    topology: Topology, members: Int[np.ndarray, "row column"], names: tuple[tuple[str, ...], ...]
) -> Iterable[str]:
    number = {name: k for k, name in enumerate(names, 1)}
    for k, (row, kind) in enumerate(
        zip((members + 1).tolist(), _directed(topology, members), strict=True), 1
    ):
        yield f"{k} {number[kind]} {' '.join(map(str, row))} # {'-'.join(kind)}"
