"""Structure as a target: histograms of every coordinate that a linear potential acts on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.bonded import bonded_rows
from molscape.analysis.distances import LONGEST, SPACING
from molscape.analysis.pair_distribution import boxes, pair_counter
from molscape.core.frames import Frames
from molscape.core.linear import SplineRows
from molscape.core.space import largest_cutoff, volume
from molscape.core.trajectory import Trajectory
from molscape.features.internal_coordinates import angles, dihedrals, distances

BONDED = {"bond": distances, "angle": angles, "dihedral": dihedrals}

FINER = 4
"""Fine bins in a knot interval of a pair, at least."""

FINER_BONDED = 8
"""The same for bonded terms, whose energies are steeper."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """What one row of a linear potential acts on, in fine bins between `edges`.

    `kind` is "rdf", "bond", "angle" or "dihedral", between particles of `types`; `unit` is that
    of the coordinate. `merge` fine bins make one bin of the curve that distances are taken of.
    """

    kind: str
    types: tuple[str, ...]
    unit: str
    edges: Float[np.ndarray, " edge"]
    merge: int

    @property
    def label(self) -> str:
        """The types, such as "A-B"."""
        return "-".join(self.types)

    @property
    def name(self) -> str:
        """Name in histories, such as "rdf.A-B"."""
        return f"{self.kind}.{self.label}"

    @property
    def bins(self) -> int:
        """Number of fine bins."""
        return len(self.edges) - 1

    @property
    def x(self) -> Float[np.ndarray, " bin"]:
        """Middle of each fine bin."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Return the volume element: 4 pi r^2 of lengths, sin(theta) of angles, else 1."""
        if self.kind in ("rdf", "bond"):
            return 4 * np.pi * x**2
        return np.sin(x) if self.kind == "angle" else np.ones_like(x)

    @property
    def measure(self) -> Float[np.ndarray, " bin"]:
        """Integral of the volume element over each bin."""
        if self.kind in ("rdf", "bond"):
            return 4 / 3 * np.pi * np.diff(self.edges**3)
        return -np.diff(np.cos(self.edges)) if self.kind == "angle" else np.diff(self.edges)


@dataclass(frozen=True, eq=False)
class Histograms:
    """Counts of all distributions, side by side, from one pass over a trajectory.

    `counts` are sums over the frames of each block, `ideal` what free particles would give,
    `frames` the number of frames of each block. `products` is the sum over all frames of counts
    times counts, from which covariances derive. `volume` is the mean one in nm^3, if any.
    """

    distributions: tuple[Distribution, ...]
    counts: Float[np.ndarray, "block bin"]
    ideal: Float[np.ndarray, "block bin"]
    frames: Float[np.ndarray, " block"]
    products: Float[np.ndarray, "bin bin"] | None
    volume: float | None
    replica: Int[np.ndarray, " block"]
    part: Int[np.ndarray, " block"]

    @property
    def mean(self) -> Float[np.ndarray, " bin"]:
        """Mean counts of a frame."""
        return self.counts.sum(axis=0) / self.frames.sum()

    @property
    def mean_ideal(self) -> Float[np.ndarray, " bin"]:
        """Mean ideal counts of a frame."""
        return self.ideal.sum(axis=0) / self.frames.sum()

    @property
    def covariance(self) -> Float[np.ndarray, "bin bin"]:
        """Covariance of the counts of a frame."""
        assert self.products is not None, "measured without products"
        count, mean = self.frames.sum(), self.mean
        return (self.products / count - np.outer(mean, mean)) * (count / max(count - 1, 1))

    @property
    def independent_frames(self) -> float:
        """How many independent frames these are worth, from the scatter of blocks."""
        variance = np.diag(self.covariance)
        count, blocks = self.frames.sum(), len(self.frames)
        if blocks < 2:
            return float(count)
        scatter = (self.counts - self.mean * self.frames[:, None]) ** 2
        squared_error = blocks / (blocks - 1) * scatter.sum(axis=0) / count**2
        worth = variance.sum() / max(squared_error.sum(), np.finfo(float).tiny)
        return float(np.clip(worth, 1.0, count))

    def without(self, block: int) -> Histograms:
        """Return the histograms without one block and without products."""
        keep = np.arange(len(self.frames)) != block
        return replace(
            self,
            counts=self.counts[keep],
            ideal=self.ideal[keep],
            frames=self.frames[keep],
            products=None,
            replica=self.replica[keep],
            part=self.part[keep],
        )

    def blocks(self, number: int) -> Blocks:
        """Return the blocks of one curve: g(r), or a density of probability of bonded terms."""
        which, at = self.distributions[number], slices(self.distributions)[number]
        edges = which.edges[:: which.merge]
        counts, ideal = self.counts[:, at], self.ideal[:, at]
        if which.kind != "rdf":
            ideal = counts.sum(axis=1, keepdims=True) * np.diff(which.edges)

        def merged(values: np.ndarray) -> np.ndarray:
            return values.reshape(len(values), -1, which.merge).sum(axis=2)

        symbol = {"rdf": "r", "bond": "r", "angle": "theta", "dihedral": "phi"}[which.kind]
        return Blocks(
            x=(edges[1:] + edges[:-1]) / 2,
            numerator=merged(counts),
            denominator=merged(ideal),
            replica=self.replica,
            part=self.part,
            x_label=symbol,
            x_unit=which.unit,
            y_label=f"{'g' if which.kind == 'rdf' else 'p'}({which.label})",
            y_unit="" if which.kind == "rdf" else f"1/{which.unit}",
            samples=merged(counts),
        )


def slices(distributions: Sequence[Distribution]) -> list[slice]:
    """Return where each distribution lies among the bins of all."""
    ends = np.cumsum([0, *(each.bins for each in distributions)])
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def distributions_of(
    terms: Sequence[SplineRows], trajectories: Sequence[Trajectory]
) -> tuple[Distribution, ...]:
    """Return the distribution of every row of linear terms, in their order.

    Pair distributions begin at zero and end at 0.9 nm or the cutoff, whichever is longer, if
    half of the smallest box allows. Bins are a quarter of a knot interval or smaller.

    Raises:
        ValueError: if a pair term meets frames without a box, or a term is not understood.
    """
    found: list[Distribution] = []
    for term in terms:
        if term.coordinate == "pair":
            edges, merge = _pair_edges(term, trajectories)
            found += [Distribution("rdf", pair, "nm", edges, merge) for pair in term.row_types]
        elif term.coordinate:
            edges = _bonded_edges(term)
            found += [
                Distribution(term.coordinate, types, term.unit, edges, 4)
                for types in term.row_types
            ]
        else:
            raise ValueError(
                f"a {term.kind} acts on no distribution that is measured here: fit it with force "
                "matching"
            )
    return tuple(found)


def _pair_edges(
    term: SplineRows, trajectories: Sequence[Trajectory]
) -> tuple[Float[np.ndarray, " edge"], int]:
    shortest = min(largest_cutoff(boxes(chunk)) for each in trajectories for chunk in each.chunks())
    longest = min(max(LONGEST, term.reach), shortest)
    merge = int(np.ceil(SPACING * FINER / term.spacing - 1e-9))
    bins = int(longest / SPACING * (1 + 1e-9)) * merge
    return SPACING / merge * np.arange(bins + 1), merge


def _bonded_edges(term: SplineRows) -> Float[np.ndarray, " edge"]:
    """Return edges on the knots; for bonds as far again on both sides as the range is long."""
    if term.unit == "rad":
        low = -np.pi if term.ends == "periodic" else 0.0
        count = 4 * int(np.ceil((np.pi - low) / term.spacing * FINER_BONDED / 4))
        return np.linspace(low, np.pi, count + 1)
    fine = term.spacing / FINER_BONDED
    length = FINER_BONDED * term.intervals
    before = min(length, int(term.start / fine)) // 4 * 4
    return term.start + fine * np.arange(-before, 2 * length + 1)


def measure(
    trajectory: Trajectory,
    distributions: Sequence[Distribution],
    *,
    blocks: int = 10,
    products: bool = True,
) -> Histograms:
    """Count every distribution in one pass over the frames.

    Args:
        trajectory: frames, with boxes if there are pairs to count.
        distributions: what to count.
        blocks: number of contiguous blocks in time.
        products: whether to keep the products of counts, for covariances.

    Raises:
        ValueError: if there are no frames, a box is missing, or a type is absent.
    """
    division = divide(trajectory, blocks)
    counters = [_counter(each, trajectory) for each in distributions]
    where = slices(distributions)
    counts = np.zeros((len(division), where[-1].stop))
    ideal = np.zeros_like(counts)
    total = np.zeros((where[-1].stop,) * 2) if products else None
    at, volumes = 0, 0.0
    for chunk in trajectory.chunks():
        block = division.block[at : at + len(chunk)]
        pairs = [counter(chunk) for counter in counters]
        found = np.concatenate([own for own, _ in pairs], axis=1)
        np.add.at(counts, block, found)
        np.add.at(ideal, block, np.concatenate([free for _, free in pairs], axis=1))
        if total is not None:
            total += found.T @ found
        at += len(chunk)
        volumes += float("nan") if chunk.box is None else float(volume(chunk.box).sum())
    return Histograms(
        distributions=tuple(distributions),
        counts=counts,
        ideal=ideal,
        frames=np.bincount(division.block, minlength=len(division)).astype(float),
        products=total,
        volume=None if np.isnan(volumes) else volumes / at,
        replica=division.replica,
        part=division.part,
    )


Counter = Callable[[Frames], tuple[np.ndarray, np.ndarray]]


def _counter(which: Distribution, trajectory: Trajectory) -> Counter:
    """Return what gives counts and ideal counts (frame, bin) of frames."""
    topology = trajectory.topology
    if which.kind == "rdf":
        width = float(which.edges[1])
        types = (which.types[0], which.types[1])
        count = pair_counter(topology, types, width, width * which.bins, True)

        def pairs(frames: Frames) -> tuple[np.ndarray, np.ndarray]:
            box = boxes(frames)
            both = zip(frames.positions, box, strict=True)
            found = np.array([count(x, cell) for x, cell in both], dtype=np.float64)
            return found, count.n_pairs / volume(box)[:, None] * which.measure

        return pairs
    rows, coordinate = bonded_rows(topology, which.label), BONDED[which.kind]

    def bonded(frames: Frames) -> tuple[np.ndarray, np.ndarray]:
        box = None if frames.box is None else frames.box[:, None].astype(np.float64)
        values = coordinate(frames.positions.astype(np.float64), rows, box)
        place = np.searchsorted(which.edges, values, side="right") - 1
        place = np.clip(place, 0, which.bins - 1) + which.bins * np.arange(len(frames))[:, None]
        found = np.bincount(place.ravel(), minlength=which.bins * len(frames))
        free = len(rows) * which.measure / which.measure.sum()
        return found.reshape(len(frames), -1).astype(np.float64), np.tile(free, (len(frames), 1))

    return bonded
