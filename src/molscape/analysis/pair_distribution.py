"""Radial distribution functions with errors from blocks in time, in one pass over the frames."""

from __future__ import annotations

import numpy as np

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.pair_counting import PairCounter
from molscape.core.curve import Curve
from molscape.core.frames import Frames
from molscape.core.space import check_box, largest_cutoff, volume
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

LONGEST_DEFAULT = 1.2
"""Default end of a distribution in nm, where the box allows more."""


def rdf(
    trajectory: Trajectory,
    pair: tuple[str, str] = ("W", "W"),
    *,
    maximum: float | None = None,
    spacing: float = 0.005,
    blocks: int = 10,
    exclude_bonded: bool = True,
) -> Curve:
    """Return the radial distribution function of two types with its standard error.

    g(r) = sum_frames n(r) / sum_frames [P shell(r) / V], with n the number of unordered pairs
    in a bin, P the number of pairs there are (N (N - 1) / 2 in one type, N M between two) and
    shell the exact volume 4/3 pi (r_high^3 - r_low^3). Independent particles give 1; programs
    that divide by N^2 instead give (N - 1)/N within one type.

    Args:
        trajectory: frames with boxes, wrapped or not, orthorhombic or triclinic.
        pair: the two types.
        maximum: end of the range in nm; by default half of the smallest box, at most 1.2 nm.
        spacing: width of a bin in nm.
        blocks: number of contiguous blocks in time whose scatter gives the error.
        exclude_bonded: leave out pairs that `topology.excluded_pairs` lists, in n and in P.

    Returns:
        g at the middle of every bin; `samples` are the numbers of pairs.

    Raises:
        ValueError: if a type is absent, there is no box, or `maximum` exceeds half of a box.
    """
    return rdf_blocks(
        trajectory,
        pair,
        maximum=maximum,
        spacing=spacing,
        blocks=blocks,
        exclude_bonded=exclude_bonded,
    ).curve()


def rdf_blocks(
    trajectory: Trajectory,
    pair: tuple[str, str] = ("W", "W"),
    *,
    maximum: float | None = None,
    spacing: float = 0.005,
    blocks: int = 10,
    exclude_bonded: bool = True,
) -> Blocks:
    """Return the blocks that `rdf` is made of; arguments and errors are those of `rdf`."""
    division = divide(trajectory, blocks)
    reach = _first_reach(trajectory, maximum, spacing)
    counter = pair_counter(trajectory.topology, pair, spacing, reach, exclude_bonded)
    counts = np.zeros((len(division), counter.bins))
    densities = np.zeros(len(division))
    smallest, at = np.inf, 0
    for chunk in trajectory.chunks():
        box = boxes(chunk)
        check_box(box, 0.0 if maximum is None else maximum)
        smallest = min(smallest, largest_cutoff(box))
        block = division.block[at : at + len(chunk)]
        np.add.at(densities, block, counter.n_pairs / volume(box))
        for k in range(len(chunk)):
            counts[block[k]] += counter(chunk.positions[k], box[k])
        at += len(chunk)
    bins = counter.bins if maximum is not None else whole_bins(smallest, spacing, counter.bins)
    edges = spacing * np.arange(bins + 1)
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    return Blocks(
        x=(edges[1:] + edges[:-1]) / 2,
        numerator=counts[:, :bins],
        denominator=densities[:, None] * shells,
        replica=division.replica,
        part=division.part,
        x_label="r",
        x_unit="nm",
        y_label=f"g({pair[0]}-{pair[1]})",
        y_unit="",
        samples=counts[:, :bins],
    )


def pair_counter(
    topology: Topology, pair: tuple[str, str], spacing: float, maximum: float, exclude_bonded: bool
) -> PairCounter:
    """Return the counter of pairs between two types up to `maximum` (nm).

    Raises:
        ValueError: if a type is absent, no pair is left, or the range holds no bin.
    """
    bins = whole_bins(maximum, spacing)
    if bins < 1:
        raise ValueError(f"a range of {maximum:g} nm holds no bin of {spacing:g} nm: widen it")
    groups = {name: members(topology, name) for name in pair}
    excluded = topology.excluded_pairs() if exclude_bonded else np.zeros((0, 2), dtype=np.int64)
    names = topology.types[excluded]
    forward = (names[:, 0] == pair[0]) & (names[:, 1] == pair[1])
    backward = (names[:, 0] == pair[1]) & (names[:, 1] == pair[0])
    excluded = excluded[forward | backward]
    counter = PairCounter(groups[pair[0]], groups[pair[1]], excluded, spacing, bins)
    if counter.n_pairs < 1:
        raise ValueError(
            f"no pair {pair[0]}-{pair[1]} is left: there is one particle only, or all pairs are "
            "bonded (exclude_bonded=False keeps these)"
        )
    return counter


def members(topology: Topology, name: str) -> np.ndarray:
    """Return the particles of a type.

    Raises:
        ValueError: if there are none.
    """
    found = np.flatnonzero(topology.types == name)
    if not len(found):
        known = ", ".join(np.unique(topology.types).tolist())
        raise ValueError(f"there is no particle of type {name!r}: the types are {known}")
    return found


def boxes(frames: Frames) -> np.ndarray:
    """Return the boxes of frames.

    Raises:
        ValueError: if there are none.
    """
    if frames.box is None:
        raise ValueError(
            "the trajectory has no box, so there is no density to compare with: give frames with "
            "a box"
        )
    return frames.box


def whole_bins(length: float, spacing: float, most: int | None = None) -> int:
    """Return how many bins of a width fit into a length, forgiving rounding; at most `most`."""
    if spacing <= 0:
        raise ValueError(f"`spacing` must be positive, got {spacing:g} nm")
    bins = int(np.floor(length / spacing * (1 + 1e-9)))
    return bins if most is None else min(bins, most)


def _first_reach(trajectory: Trajectory, maximum: float | None, spacing: float) -> float:
    if maximum is not None:
        return maximum
    return min(LONGEST_DEFAULT, largest_cutoff(boxes(trajectory[0])))
