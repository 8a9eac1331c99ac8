"""The mapping drawn on the molecules: one scene for each kind."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.trajectory import Trajectory
from molscape.report import Scene

MOST_ATOMS = 400
"""Larger molecules are too much for a picture on a page."""


def mapping_scenes(atoms: Trajectory, mapping: Mapping, name: str = "") -> Iterable[Scene]:
    """Return a scene of the first molecule of each kind that has beads, in the first frame.

    Args:
        atoms: the trajectory.
        mapping: of its atoms.
        name: of the mapping, where there are several.
    """
    topology = atoms.topology
    frame = atoms[0]
    placed = mapping.position_weights
    centres = np.asarray(placed @ frame.positions[0].astype(np.float64))
    owner = topology.molecules[placed.indices[placed.indptr[:-1]]]
    palette = list(dict.fromkeys(str(kind) for kind in mapping.topology.types))
    names = [str(topology.molecule_names[molecule]) for molecule in owner]
    for kind in dict.fromkeys(names):
        molecule = owner[names.index(kind)]
        chosen = np.flatnonzero(topology.molecules == molecule)
        if len(chosen) > MOST_ATOMS:
            continue
        beads = np.flatnonzero(owner == molecule)
        origin = frame.positions[0, chosen].mean(axis=0)
        renumbered = np.full(len(topology), -1)
        renumbered[chosen] = np.arange(len(chosen))
        bonds = renumbered[topology.bonds]
        types = [str(mapping.topology.types[bead]) for bead in beads]
        counts = f"{_counted(len(chosen), 'atom')}, {_counted(len(beads), 'bead')}"
        yield Scene(
            title=f"{name or kind}: {counts}",
            positions=frame.positions[0, chosen] - origin,
            elements=[str(element) for element in topology.elements[chosen]],
            names=[str(name) for name in topology.names[chosen]],
            bonds=bonds[(bonds >= 0).all(axis=1)],
            beads=centres[beads] - origin,
            radii=np.array([_radius(placed[bead].indices, frame, centres[bead]) for bead in beads]),
            types=types,
            caption="Spheres are centred on the beads; their radius is the mean distance of the "
            "atoms that place them. Drag to turn, scroll to zoom.",
            palette=palette,
        )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _radius(atoms: np.ndarray, frame: Frames, centre: np.ndarray) -> float:
    """Return how far a bead's atoms are from it, in nm, with a margin that shows a single one."""
    distances = np.linalg.norm(frame.positions[0, atoms] - centre, axis=1)
    return float(np.mean(distances)) + 0.03
