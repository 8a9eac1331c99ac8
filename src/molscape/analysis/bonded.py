"""Distributions of bond lengths, bond angles and dihedrals by type, in one pass over the frames.

blocks = bond_blocks(beads, "A-B")                  # p(r) in 1/nm
blocks = angle_blocks(beads, "A-B-C")               # p(theta) in 1/rad
blocks = dihedral_blocks(beads, "A-B-C-D")          # p(phi) in 1/rad
free_energy(blocks, kT, jacobian="length")          # -kT ln (p(r) / r^2)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from molscape.analysis.blocks import Blocks, divide
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.features.internal_coordinates import angles, dihedrals, distances

_SYMBOLS = {2: ("bonds", "r", "nm"), 3: ("angles", "theta", "rad"), 4: ("dihedrals", "phi", "rad")}


def bond_blocks(
    trajectory: Trajectory,
    label: str,
    *,
    spacing: float = 0.001,
    maximum: float = 1.0,
    blocks: int = 10,
) -> Blocks:
    """Return the distribution p(r) of the lengths of bonds of a type, integral one.

    Args:
        trajectory: frames, wrapped or not, with or without a box, of one or many molecules.
        label: the type, "A-B" or "B-A".
        spacing: width of a bin in nm; bins begin at 0.
        maximum: end of the range in nm.
        blocks: number of contiguous blocks in time whose scatter gives the error.

    Returns:
        Blocks of p in 1/nm; `samples` are the numbers of bonds.

    Raises:
        ValueError: if there is no such bond, no bin, or a bond is longer than `maximum`.
    """
    bins = int(np.floor(maximum / spacing * (1 + 1e-9))) if spacing > 0 else 0
    edges = spacing * np.arange(bins + 1)
    return _histogram(trajectory, label, 2, distances, edges, blocks)


def angle_blocks(trajectory: Trajectory, label: str, *, bins: int = 90, blocks: int = 10) -> Blocks:
    """Return the distribution p(theta) of bond angles of a type over 0 to pi, integral one.

    Free rotation gives sin(theta) / 2. Arguments as in `bond_blocks`; `label` is "A-B-C".
    """
    return _histogram(trajectory, label, 3, angles, np.linspace(0, np.pi, bins + 1), blocks)


def dihedral_blocks(
    trajectory: Trajectory, label: str, *, bins: int = 72, blocks: int = 10
) -> Blocks:
    """Return the distribution p(phi) of dihedrals of a type over -pi to pi, integral one.

    phi is zero for cis. Arguments as in `bond_blocks`; `label` is "A-B-C-D".
    """
    edges = np.linspace(-np.pi, np.pi, bins + 1)
    return _histogram(trajectory, label, 4, dihedrals, edges, blocks)


def bonded_blocks(trajectory: Trajectory, label: str, **options: float) -> Blocks:
    """Return the distribution of a type of bond, bond angle or dihedral, as its label says.

    Options and errors are those of `bond_blocks`, `angle_blocks` or `dihedral_blocks`.
    """
    count: Callable[..., Blocks] = (bond_blocks, angle_blocks, dihedral_blocks)[
        label.count("-") - 1
    ]
    return count(trajectory, label, **options)


def bonded_types(topology: Topology) -> dict[str, tuple[str, ...]]:
    """Return the labels of all types of "bonds", "angles" and "dihedrals" there are, sorted.

    Labels read from the end that sorts first, such as "A-B" for a bond listed as B-A.
    """
    return {
        kind: tuple(sorted({_label(names) for names in topology.types[_rows(topology, width)]}))
        for width, (kind, _, _) in _SYMBOLS.items()
    }


def bonded_rows(topology: Topology, label: str) -> Int[np.ndarray, "row column"]:
    """Return the particles of every bond, angle or dihedral of a type, such as "A-B-C".

    Raises:
        ValueError: if there is none.
    """
    names = tuple(label.split("-"))
    if len(names) not in _SYMBOLS:
        raise ValueError(f"type {label!r}: write two, three or four names of types, as in A-B-C")
    rows = _rows(topology, len(names))
    keys = np.array([_label(row) for row in topology.types[rows]], dtype=np.str_)
    found = rows[keys == _label(np.array(names))]
    if not len(found):
        kind = _SYMBOLS[len(names)][0]
        known = ", ".join(sorted(set(keys.tolist()))) or "none"
        raise ValueError(
            f"the topology has no {kind} of type {label}; of {kind} it has: {known} "
            "(`topology.with_connected_angles()` derives angles and dihedrals from bonds)"
        )
    return found


def _rows(topology: Topology, width: int) -> np.ndarray:
    return {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}[width]


def _label(names: np.ndarray) -> str:
    forward = tuple(str(name) for name in names)
    return "-".join(min(forward, forward[::-1]))


def _histogram(
    trajectory: Trajectory,
    label: str,
    width: int,
    coordinates: Callable[..., np.ndarray],
    edges: np.ndarray,
    blocks: int,
) -> Blocks:
    """Count a coordinate of every row of a type, block by block."""
    kind, symbol, unit = _SYMBOLS[width]
    if label.count("-") != width - 1:
        raise ValueError(f"type {label!r} of {kind}: write {width} names of types with '-' between")
    if len(edges) < 2:
        raise ValueError(f"a distribution of {kind} needs a bin: widen the range or ask for more")
    rows = bonded_rows(trajectory.topology, label)
    division = divide(trajectory, blocks)
    bins, low, step = len(edges) - 1, edges[0], edges[1] - edges[0]
    counts, at = np.zeros((len(division), bins)), 0
    for chunk in trajectory.chunks():
        box = None if chunk.box is None else chunk.box[:, None].astype(np.float64)
        values = coordinates(chunk.positions.astype(np.float64), rows, box)
        if not np.isfinite(values).all():
            raise ValueError(f"positions around frame {at} are not finite: leave out broken frames")
        if values.max(initial=low) > edges[-1] + 1e-9:
            raise ValueError(
                f"a {kind[:-1]} {label} measures {values.max():.3f} {unit}, the range ends at "
                f"{edges[-1]:g}: raise `maximum`, or look for cut molecules"
            )
        number = np.clip(((values - low) / step).astype(np.int64), 0, bins - 1)
        block = np.broadcast_to(division.block[at : at + len(chunk), None], number.shape)
        flat = np.bincount((block * bins + number).ravel(), minlength=counts.size)
        counts += flat.reshape(counts.shape)
        at += len(chunk)
    return division.distribution(counts, edges, label, symbol, unit)
