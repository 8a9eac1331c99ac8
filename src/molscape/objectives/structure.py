"""Structure as a target: histograms of every distribution that a linear potential acts on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.distances import LONGEST, SPACING
from molscape.analysis.pair_distribution import boxes, pair_counter
from molscape.core.potential import LinearPotential
from molscape.core.space import largest_cutoff, volume
from molscape.core.trajectory import Trajectory
from molscape.potentials.spline import PairSpline

Counter = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Distribution:
    """What one row of a linear potential acts on, in fine bins between `edges`.

    `kind` is "rdf", "bond", "angle" or "dihedral", between particles of `types`. `merge` fine
    bins make one bin of the distribution that distances are taken of.
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
        """Return the volume element: r^2 for distances."""
        return x**2

    @property
    def measure(self) -> Float[np.ndarray, " bin"]:
        """Volume of each bin: shells 4/3 pi (b^3 - a^3) for distances."""
        return 4 / 3 * np.pi * np.diff(self.edges**3)


@dataclass(frozen=True, eq=False)
class Histograms:
    """Counts of all distributions, side by side, in one pass over a trajectory.

    `counts` are sums over the frames of each block, `ideal` what would be counted without
    interactions, `frames` the number of frames of each block. `products` is the sum over all
    frames of counts times counts, from which covariances derive.
    """

    distributions: tuple[Distribution, ...]
    counts: Float[np.ndarray, "block bin"]
    ideal: Float[np.ndarray, "block bin"]
    frames: Float[np.ndarray, " block"]
    products: Float[np.ndarray, "bin bin"] | None
    volume: float
    replica: Int[np.ndarray, " block"]
    part: Int[np.ndarray, " block"]

    def slices(self) -> list[slice]:
        """Return where each distribution lies among the bins."""
        return slices(self.distributions)

    @property
    def mean(self) -> Float[np.ndarray, " bin"]:
        """Mean counts of a frame."""
        return self.counts.sum(axis=0) / self.frames.sum()

    @property
    def ratio(self) -> Float[np.ndarray, " bin"]:
        """Counts over ideal counts: g(r), or the distribution over its Jacobian."""
        return _ratio(self.counts.sum(axis=0), self.ideal.sum(axis=0))

    @property
    def covariance(self) -> Float[np.ndarray, "bin bin"]:
        """Covariance of the counts of a frame."""
        assert self.products is not None, "measured without products"
        count, mean = self.frames.sum(), self.mean
        return (self.products / count - np.outer(mean, mean)) * (count / max(count - 1, 1))

    @property
    def independent_frames(self) -> float:
        """Number of frames, each worth one independent sample, from the scatter of blocks."""
        variance = np.diag(self.covariance)
        count, blocks = self.frames.sum(), len(self.frames)
        if blocks < 2:
            return float(count)
        scatter = (self.counts - self.mean * self.frames[:, None]) ** 2
        squared_error = blocks / (blocks - 1) * scatter.sum(axis=0) / count**2
        return float(np.clip(variance.sum() / max(squared_error.sum(), 1e-300), 1.0, count))

    def without(self, block: int) -> Histograms:
        """Return the histograms without one block; products are not kept."""
        keep = np.arange(len(self.frames)) != block
        return Histograms(
            self.distributions,
            self.counts[keep],
            self.ideal[keep],
            self.frames[keep],
            None,
            self.volume,
            self.replica[keep],
            self.part[keep],
        )

    def blocks(self, number: int) -> Blocks:
        """Return the blocks of one distribution, for distances and floors."""
        which, at = self.distributions[number], self.slices()[number]

        def merged(values: np.ndarray) -> np.ndarray:
            return values[:, at].reshape(len(values), -1, which.merge).sum(axis=2)

        edges = which.edges[:: which.merge]
        return Blocks(
            x=(edges[1:] + edges[:-1]) / 2,
            numerator=merged(self.counts),
            denominator=merged(self.ideal),
            replica=self.replica,
            part=self.part,
            x_label="r",
            x_unit=which.unit,
            y_label=f"g({which.label})",
            y_unit="",
            samples=merged(self.counts),
        )


def slices(distributions: Sequence[Distribution]) -> list[slice]:
    """Return where each distribution lies among the bins of all."""
    ends = np.cumsum([0, *(each.bins for each in distributions)])
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def distributions_of(
    terms: Sequence[LinearPotential], trajectories: Sequence[Trajectory]
) -> tuple[Distribution, ...]:
    """Return the distribution of every row of linear terms, in their order.

    Pair distributions begin at zero and end at 0.9 nm or the cutoff, whichever is longer, if
    half of the smallest box allows.

    Raises:
        ValueError: if frames have no box.
    """
    found = []
    for term in terms:
        shortest = min(
            largest_cutoff(boxes(chunk)) for each in trajectories for chunk in each.chunks()
        )
        longest = min(max(LONGEST, term.reach), shortest)
        merge = int(np.ceil(SPACING / (term.spacing / 4) - 1e-9))
        bins = int(longest / SPACING * (1 + 1e-9)) * merge
        edges = SPACING / merge * np.arange(bins + 1)
        assert isinstance(term, PairSpline)
        found += [Distribution("rdf", pair, "nm", edges, merge) for pair in term.pairs]
    return tuple(found)


def measure(
    trajectory: Trajectory,
    distributions: Sequence[Distribution],
    *,
    blocks: int = 10,
    products: bool = True,
) -> Histograms:
    """Count every distribution in one pass over the frames.

    Args:
        trajectory: frames with boxes.
        distributions: what to count.
        blocks: number of contiguous blocks in time.
        products: whether to keep the products of counts, for covariances.

    Raises:
        ValueError: if there are no frames, or no box, or a type is absent.
    """
    division = divide(trajectory, blocks)
    counters = [_counter(each, trajectory) for each in distributions]
    where = slices(distributions)
    size = where[-1].stop
    counts = np.zeros((len(division), size))
    ideal = np.zeros_like(counts)
    total = np.zeros((size, size)) if products else None
    at, volumes = 0, 0.0
    for chunk in trajectory.chunks():
        box = boxes(chunk)
        space = volume(box)
        block = division.block[at : at + len(chunk)]
        found = np.zeros((len(chunk), size))
        for k in range(len(chunk)):
            for (counter, _), part in zip(counters, where, strict=True):
                found[k, part] = counter(chunk.positions[k], box[k])
        np.add.at(counts, block, found)
        for (_, pairs), each, part in zip(counters, distributions, where, strict=True):
            np.add.at(ideal[:, part], block, pairs / space[:, None] * each.measure)
        if total is not None:
            total += found.T @ found
        at += len(chunk)
        volumes += float(space.sum())
    return Histograms(
        distributions=tuple(distributions),
        counts=counts,
        ideal=ideal,
        frames=np.bincount(division.block, minlength=len(division)).astype(float),
        products=total,
        volume=volumes / at,
        replica=division.replica,
        part=division.part,
    )


def _counter(which: Distribution, trajectory: Trajectory) -> tuple[Counter, int]:
    """Return what counts one frame, and the number of pairs there are."""
    width = float(which.edges[1])
    pair = (which.types[0], which.types[1])
    counter = pair_counter(trajectory.topology, pair, width, width * which.bins, True)
    return counter, counter.n_pairs


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)
