"""How much of the time a molecule spends in regions of its coordinates, and how often it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from molscape.analysis.blocks import divide
from molscape.analysis.bonded import bonded_rows
from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory
from molscape.features.internal_coordinates import dihedrals

Region = Mapping[str, tuple[float, float]]
"""For each dihedral type its range in degrees; from the first to the second going upwards."""


@dataclass(frozen=True)
class Population:
    """Share of frames in a region, its standard error over blocks, and the number of visits.

    A visit begins where a frame is inside and the one before, of the same run, is not.
    """

    share: float
    error: float
    visits: int


def population(trajectory: Trajectory, region: Region, *, blocks: int = 10) -> Population:
    """Return how much of the time all dihedrals of a region are in their ranges.

    With several molecules each counts for itself.

    Args:
        trajectory: frames with or without a box.
        region: ranges of dihedral types such as {"A-B-C-D": (-120.0, 30.0)}, in degrees; a range
            that ends below its beginning goes across 180 degrees.
        blocks: number of contiguous blocks in time whose scatter gives the error.

    Raises:
        ValueError: if a dihedral does not exist, or their numbers differ.
    """
    rows = {name: bonded_rows(trajectory.topology, name) for name in region}
    sizes = {len(each) for each in rows.values()}
    if len(sizes) != 1:
        raise ValueError(f"dihedrals {', '.join(rows)} come in different numbers: use one of each")
    inside = np.concatenate([_inside(chunk, region, rows) for chunk in trajectory.chunks()])
    division = divide(trajectory, blocks)
    replica = division.replica[division.block]
    begins = inside.copy()
    same = replica[1:] == replica[:-1]
    begins[1:] &= ~(inside[:-1] & same[:, None])
    counts = np.bincount(division.block, inside.mean(axis=1), len(division))
    lengths = np.bincount(division.block, minlength=len(division))
    share = float(counts.sum() / lengths.sum())
    n = len(division)
    error = float("nan")
    if n > 1:
        scatter = np.sum((counts - share * lengths) ** 2)
        error = float(np.sqrt(n / (n - 1) * scatter) / lengths.sum())
    return Population(share, error, int(begins.sum()))


def _inside(
    frames: Frames, region: Region, rows: Mapping[str, np.ndarray]
) -> Bool[np.ndarray, "frame molecule"]:
    """Return (frame, molecule) marks of one chunk."""
    box = None if frames.box is None else frames.box[:, None].astype(np.float64)
    found = np.ones((len(frames), len(next(iter(rows.values())))), dtype=bool)
    for name, (low, high) in region.items():
        values = np.degrees(dihedrals(frames.positions.astype(np.float64), rows[name], box))
        found &= (values - low) % 360.0 <= (high - low) % 360.0
    return found
