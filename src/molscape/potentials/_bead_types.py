"""What blocks of potentials ask of the beads: their types, bonded lists and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from molscape.core.potential import Potential
from molscape.core.system import type_key
from molscape.core.trajectory import Trajectory
from molscape.features.internal_coordinates import angles, distances
from molscape.potentials._block import Making

COORDINATES = {2: "bond", 3: "angle", 4: "dihedral"}

RANGE_FRAMES = 200
"""Frames of the reference that tell the range of bonds and angles."""

PRIOR_FRAMES = 1000
"""Frames of the reference that give the constants of harmonic terms."""

MARGIN = 0.05
"""What a range is widened by at both ends, as a share of it."""


def some_frames(beads: Trajectory, count: int) -> Trajectory:
    """Return about that many frames, spread evenly."""
    return beads[:: max(1, len(beads) // count)]


def bonded_lists(beads: Trajectory, width: int) -> dict[str, np.ndarray]:
    """Return the bonds (2), angles (3) or dihedrals (4) of a trajectory's topology by type."""
    topology = beads.topology
    connections = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}[width]
    found: dict[str, list[np.ndarray]] = {}
    for row in connections:
        found.setdefault(type_key(tuple(str(topology.types[i]) for i in row)), []).append(row)
    return {key: np.array(found[key]) for key in sorted(found)}


def bonded_names(names: list[str] | None, beads: Trajectory, width: int) -> tuple[str, ...]:
    """Return the bonded types asked for, all of the topology by default.

    Raises:
        ValueError: if there is none, or one does not exist.
    """
    what = COORDINATES[width]
    known = tuple(bonded_lists(beads, width))
    if names is None:
        if not known:
            raise ValueError(
                f"potential: the beads have no {what}s: leave the {what} term out, or map the "
                "molecules to more beads"
            )
        return known
    keys = tuple(type_key(tuple(name.split("-"))) for name in names)
    unknown = sorted(set(keys) - set(known))
    if unknown:
        raise ValueError(
            f"potential: no {what} {', '.join(unknown)}; the mapping makes "
            f"{', '.join(known) or f'no {what}s'}"
        )
    return keys


def bonded_ranges(
    beads: Trajectory, names: Sequence[str], width: int
) -> dict[str, tuple[float, float]]:
    """Return the range of bond lengths (nm) or angles (rad) of each type, a little widened."""
    few, lists = some_frames(beads, RANGE_FRAMES), bonded_lists(beads, width)
    found = {}
    for name in names:
        low, high = np.inf, -np.inf
        for frames in few.chunks():
            box = None if frames.box is None else frames.box[:, None]
            values = (distances if width == 2 else angles)(frames.positions, lists[name], box)
            low, high = min(low, float(values.min())), max(high, float(values.max()))
        margin = MARGIN * (high - low) + 1e-4
        found[name] = max(0.0, low - margin), high + margin
    return found


def named_pairs(
    pairs: Sequence[tuple[str, str]] | None, making: Making
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of bead types asked for, all pairs by default.

    Raises:
        ValueError: if a type does not exist.
    """
    if pairs is None:
        return tuple(combinations_with_replacement(making.types, 2))
    check_types([name for pair in pairs for name in pair], making)
    return tuple((a, b) for a, b in pairs)


def check_types(names: Sequence[str], making: Making) -> None:
    """Raise ValueError if a bead type does not exist."""
    unknown = sorted(set(names) - set(making.types))
    if unknown:
        raise ValueError(
            f"potential: no bead type {', '.join(unknown)}; the mapping makes "
            f"{', '.join(making.types)}"
        )


def check_bonds(potential: Potential, beads: Trajectory) -> None:
    """Raise ValueError if a model leaves bonded beads without anything to hold them together."""
    loose = [name for name in bonded_lists(beads, 2) if not potential.binds(name)]
    if loose:
        raise ValueError(
            f"beads are bonded ({', '.join(loose)}) but the model has no bond for them, and bonded "
            "pairs do not interact otherwise: add a harmonic_bonds or bond_spline term, or map "
            "each molecule to one bead"
        )
