"""Splines of all bonded types and pairs, fitted to a few frames: what simple terms explain."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molscape.core.record import Progress
from molscape.core.space import largest_cutoff, minimum_image
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.result import Fit
from molscape.potentials import PotentialBlock
from molscape.potentials.angle_spline import AngleSplineBlock
from molscape.potentials.bond_spline import BondSplineBlock
from molscape.potentials.dihedral_spline import DihedralSplineBlock
from molscape.potentials.pair_spline import PairSplineBlock
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.potentials import build_potential

MOST_BEADS = 100_000
"""Beads times frames that are fitted to; large systems need fewer frames."""

FRAMES = 20
"""Frames in which the closest beads are looked for."""

SPACING, WIDE = 0.02, 0.05
"""Spacings of pair splines (nm) in a liquid, and for the few pairs of a single molecule."""

LONGEST, FEWEST = 1.0, 5
"""Pairs further apart (nm) are left out; a pair spline has at least so many intervals."""

INTERVALS, TURN = 10, 12
"""Knot intervals of bonds and angles, and of a full turn of a dihedral: few frames fill no more."""

RIDGE = 1e-3
"""Smooths what few frames leave open, where cross-validation would find no noise to smooth."""

MINIMUM_SAMPLES = 0.0
"""No walls: forces must be matched as well as they can wherever there is a sample."""


def fit_splines(
    beads: Trajectory, state: State, frames: int, progress: Progress | None = None
) -> Fit | None:
    """Match forces with splines of bonds, angles, dihedrals and pairs, as far as there are any.

    Args:
        beads: with forces.
        state: their temperature.
        frames: how many to use at most, spread over the trajectory.
        progress: called as progress(what, done, total).

    Returns:
        The fit; None if the beads have nothing to interact with.
    """
    from molscape.fit import LinearOptions, linear
    from molscape.objectives import ForceMatching

    wanted = min(frames, max(20, MOST_BEADS // len(beads.topology)))
    every = beads[:: max(1, -(-len(beads) // wanted))]
    few = Trajectory.from_frames(beads.topology, every.load())
    parts = spline_blocks(few)
    if not parts:
        return None
    potential = build_potential(ModelBlock(potential=parts), few, state.temperature, Path())
    return linear(
        potential,
        ForceMatching(),
        [(few, state)],
        LinearOptions(ridge=RIDGE, minimum_samples=MINIMUM_SAMPLES),
        progress=progress,
    )


def spline_blocks(beads: Trajectory) -> list[PotentialBlock]:
    """Return blocks of every kind of term that the beads have a use for."""
    topology = beads.topology
    parts: list[PotentialBlock] = []
    if len(topology.bonds):
        parts.append(BondSplineBlock(kind="bond_spline", intervals=INTERVALS))
    if len(topology.angles):
        parts.append(AngleSplineBlock(kind="angle_spline", intervals=INTERVALS))
    if len(topology.dihedrals):
        parts.append(DihedralSplineBlock(kind="dihedral_spline", intervals=TURN))
    pairs = _pair_spline(beads)
    return [*parts, pairs] if pairs is not None else parts


def _pair_spline(beads: Trajectory) -> PairSplineBlock | None:
    """Return a pair spline over the distances of pairs that interact, if there are such pairs."""
    topology = beads.topology
    excluded = topology.excluded_pairs()
    if len(topology) * (len(topology) - 1) // 2 == len(excluded):
        return None
    frames = beads[:: max(1, len(beads) // FRAMES)].load()
    # Rows of some particles are enough to find how close beads come.
    some = np.arange(len(topology))[:: max(1, len(topology) // 200)]
    apart = np.ones((len(topology), len(topology)), dtype=bool)
    np.fill_diagonal(apart, val=False)
    apart[excluded[:, 0], excluded[:, 1]] = apart[excluded[:, 1], excluded[:, 0]] = False
    closest, furthest = np.inf, 0.0
    for k, positions in enumerate(frames.positions):
        difference = positions[some, None] - positions[None]
        if frames.box is not None:
            difference = minimum_image(difference, frames.box[k])
        distance = np.linalg.norm(difference, axis=-1)[apart[some]]
        if len(distance):
            closest, furthest = min(closest, distance.min()), max(furthest, distance.max())
    if not np.isfinite(closest):
        return None
    spacing, limit = WIDE, furthest + WIDE
    if frames.box is not None:
        spacing, limit = SPACING, min(LONGEST, *(largest_cutoff(box) for box in frames.box))
    start = max(spacing, (np.floor(closest / spacing) - 1) * spacing)
    intervals = int(np.floor((limit - start) / spacing))
    if intervals < FEWEST:
        return None
    cutoff = start + intervals * spacing
    return PairSplineBlock(
        kind="pair_spline", start=round(start, 6), cutoff=round(cutoff, 6), spacing=spacing
    )
