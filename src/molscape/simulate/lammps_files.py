"""Files through which positions and velocities pass between molscape and LAMMPS, exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, LAMMPS_REAL
from molscape.io.lammps_binary import BinaryFrame, read_binary_dump, write_binary_dump
from molscape.io.lammps_write import write_lammps_data

INCLUDE, DATA, STATE = "model.lmp", "chunk.data", "state.bin"
"""Interactions, beads, and positions with velocities."""


def write_start(
    folder: Path,
    topology: Topology,
    positions: Float[np.ndarray, "particle 3"],
    velocities: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
) -> None:
    """Write a data file, and the same positions and velocities exactly as a binary dump."""
    frames = Frames(positions[None], box=None if box is None else box[None])
    write_lammps_data(folder / DATA, topology, frames, units="real")
    rows = np.concatenate(
        [positions / ANGSTROM, velocities / LAMMPS_REAL.velocity], axis=1, dtype=np.float64
    )
    columns = ("x", "y", "z", "vx", "vy", "vz")
    write_binary_dump(folder / STATE, [snapshot(0, columns, rows, positions, box)])


def snapshot(
    step: int,
    columns: tuple[str, ...],
    rows: np.ndarray,
    positions: np.ndarray,
    box: np.ndarray | None,
) -> BinaryFrame:
    """Return a snapshot with ids; without a box, one is drawn around the beads."""
    ids = np.arange(1.0, len(rows) + 1)[:, None]
    origin = np.zeros(3)
    edges = box
    if edges is None:
        origin = positions.min(axis=0) - 1.0
        edges = np.diag(np.ptp(positions, axis=0) + 2.0)
    return BinaryFrame(
        step,
        np.asarray(edges / ANGSTROM, dtype=np.float64),
        np.asarray(origin / ANGSTROM, dtype=np.float64),
        box is not None,
        ("id", *columns),
        np.concatenate([ids, rows], axis=1),
    )


def read_only_frame(path: Path) -> BinaryFrame:
    """Return the one snapshot of a file, in the order of ids."""
    (frame,) = read_binary_dump(path)
    return frame.sorted()
