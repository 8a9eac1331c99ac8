"""Distribution of the angle at the middle of three close particles, in one pass."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from vesin import NeighborList

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.pair_distribution import members, rdf
from molscape.core.curve import Curve
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

BLOCKS = 10
"""Contiguous blocks in time whose scatter gives the error."""


def angular_distribution(
    trajectory: Trajectory,
    triple: tuple[str, str, str] = ("W", "W", "W"),
    *,
    cutoff: float | None = None,
    bins: int = 90,
    exclude_bonded: bool = True,
) -> Curve:
    """Return the distribution of the angle a-m-b of triplets with both legs below a cutoff.

    p(theta) is normalised so that its integral from 0 to pi is one; independent particles give
    sin(theta) / 2. Every unordered pair of legs at a middle particle counts once.

    Args:
        trajectory: frames, wrapped or not, with or without a box.
        triple: the types; the middle one carries the angle.
        cutoff: longest leg in nm; by default the first minimum of the radial distribution
            function of the middle and outer type, which costs a second pass over the frames.
        bins: number of bins from 0 to pi.
        exclude_bonded: leave out legs that `topology.excluded_pairs` lists.

    Returns:
        p in 1/rad at the middle of every bin; `samples` are the numbers of triplets. The error
        is the scatter of ten contiguous blocks in time.

    Raises:
        ValueError: if a type is absent, the cutoff exceeds half of a box, no triplet is found,
            or no cutoff is given for two different outer types.
    """
    return angular_blocks(
        trajectory,
        triple,
        cutoff=cutoff,
        bins=bins,
        exclude_bonded=exclude_bonded,
    ).curve()


def angular_blocks(
    trajectory: Trajectory,
    triple: tuple[str, str, str] = ("W", "W", "W"),
    *,
    cutoff: float | None = None,
    bins: int = 90,
    exclude_bonded: bool = True,
) -> Blocks:
    """Return the blocks that `angular_distribution` is made of; arguments are the same."""
    for name in triple:
        members(trajectory.topology, name)
    if cutoff is None:
        cutoff = _default_cutoff(trajectory, triple)
    division = divide(trajectory, BLOCKS)
    legs = _Legs(trajectory.topology, triple, cutoff, exclude_bonded)
    counts = np.zeros((len(division), bins))
    at = 0
    for chunk in trajectory.chunks():
        check_box(chunk.box, cutoff)
        for k, positions in enumerate(chunk.positions):
            angles = legs.angles(positions, None if chunk.box is None else chunk.box[k])
            number = np.minimum((angles * (bins / np.pi)).astype(np.int64), bins - 1)
            counts[division.block[at + k]] += np.bincount(number, minlength=bins)
        at += len(chunk)
    label = "-".join(triple)
    if not counts.any():
        raise ValueError(f"no triplet {label} has both legs below {cutoff:g} nm: enlarge `cutoff`")
    return division.distribution(counts, np.linspace(0, np.pi, bins + 1), label, "theta", "rad")


def first_minimum(curve: Curve, *, width: float = 0.03) -> float:
    """Return the place of the first minimum behind the first peak of a distribution.

    The lowest point of the curve, smoothed over five bins, before the second peak; a parabola
    through the points within `width` (nm) of it gives the place between the bins.

    Raises:
        ValueError: if the curve has no peak with a minimum behind it.
    """
    smooth = np.convolve(curve.y, np.full(5, 0.2), mode="same")
    reach = max(1, round(width / (curve.x[1] - curve.x[0])))
    peak = None
    for k in range(reach, len(smooth) - reach):
        near = smooth[k - reach : k + reach + 1]
        if peak is None and smooth[k] > 1 and smooth[k] == near.max():
            peak = k
        elif peak is not None and smooth[k] == near.min():
            inside = slice(k - reach, k + reach + 1)
            a, b, _ = np.polyfit(curve.x[inside] - curve.x[k], curve.y[inside], 2)
            return float(curve.x[k] + np.clip(-b / (2 * a), -width, width))
    raise ValueError(
        "the distribution has no first peak with a minimum behind it: give a `cutoff`, or more "
        "frames"
    )


def _default_cutoff(trajectory: Trajectory, triple: tuple[str, str, str]) -> float:
    if triple[0] != triple[2]:
        raise ValueError(
            f"the legs {triple[0]}-{triple[1]} and {triple[1]}-{triple[2]} have first minima of "
            "their own: give a `cutoff`"
        )
    return first_minimum(rdf(trajectory, (triple[1], triple[0])))


class _Legs:
    """Vectors from middle particles to their close neighbours, and the angles between them."""

    def __init__(
        self, topology: Topology, triple: tuple[str, str, str], cutoff: float, exclude_bonded: bool
    ) -> None:
        self.cutoff = cutoff
        self.same = triple[0] == triple[2]
        self.used = np.flatnonzero(np.isin(topology.types, triple))
        types = topology.types[self.used]
        self.outer, self.middle, self.other = (types == name for name in triple)
        self.keys = np.zeros(0, dtype=np.int64)
        if exclude_bonded:
            pairs = topology.excluded_pairs()
            pairs = pairs[np.isin(pairs, self.used).all(axis=1)]
            i, j = np.searchsorted(self.used, pairs).T
            self.keys = np.concatenate([i * len(self.used) + j, j * len(self.used) + i])

    def angles(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"] | None
    ) -> Float[np.ndarray, " triplet"]:
        """Return the angles of one frame in rad."""
        neighbours = NeighborList(cutoff=self.cutoff, full_list=True, sorted=True, n_threads=1)
        cell = np.zeros((3, 3)) if box is None else np.ascontiguousarray(box, dtype=np.float64)
        points = positions[self.used].astype(np.float64)
        pairs, vectors = neighbours.compute(points, cell, box is not None, "PD")
        pairs = pairs.astype(np.int64)
        wanted = self.middle[pairs[:, 0]]
        if len(self.keys):
            wanted &= ~np.isin(pairs[:, 0] * len(points) + pairs[:, 1], self.keys)
        pairs, vectors = pairs[wanted], vectors[wanted]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        first = np.flatnonzero(self.outer[pairs[:, 1]])
        second = first if self.same else np.flatnonzero(self.other[pairs[:, 1]])
        a, b = _partners(pairs[first, 0], pairs[second, 0], self.same)
        cosine = np.einsum("tk,tk->t", vectors[first[a]], vectors[second[b]])
        return np.arccos(np.clip(cosine, -1.0, 1.0))


def _partners(first: np.ndarray, second: np.ndarray, same: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return every pair of legs (a of `first`, b of `second`) at the same middle, b > a if same."""
    start = np.searchsorted(second, first, side="left")
    end = np.searchsorted(second, first, side="right")
    if same:
        start = np.arange(len(first)) + 1
    length = end - start
    a = np.repeat(np.arange(len(first)), length)
    b = np.arange(len(a)) + np.repeat(start - np.cumsum(length) + length, length)
    return a, b
