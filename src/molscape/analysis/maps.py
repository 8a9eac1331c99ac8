"""Distributions of two coordinates at once: free energies and how far two maps are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from molscape.analysis.blocks import divide
from molscape.analysis.bonded import bonded_rows
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.features.internal_coordinates import angles, dihedrals, distances

DRAWS = 400
"""Bootstrap samples behind an error."""

Coordinate = str | tuple[int, ...]
"""A bonded type such as "A-B-C-D", or the 2, 3 or 4 particles of one distance, angle, dihedral."""


@dataclass(frozen=True, eq=False)
class JointCounts:
    """Counts on a grid of two coordinates, kept apart by blocks of frames.

    `x` and `y` are the middles of bins, in `units` (nm or rad); `replica` and `part` say which
    run a block belongs to and which stretch of its time it is.
    """

    x: Float[np.ndarray, " xbin"]
    y: Float[np.ndarray, " ybin"]
    counts: Float[np.ndarray, "block xbin ybin"]
    replica: Int[np.ndarray, " block"]
    part: Int[np.ndarray, " block"]
    labels: tuple[str, str]
    units: tuple[str, str]

    @property
    def probability(self) -> Float[np.ndarray, "xbin ybin"]:
        """Share of all samples in each bin."""
        total = self.counts.sum(axis=0)
        return total / total.sum()

    def free_energy(
        self, kT: float
    ) -> tuple[Float[np.ndarray, "xbin ybin"], Float[np.ndarray, "xbin ybin"]]:
        """Return F = -kT ln p in the unit of kT, zero in the fullest bin, and its errors.

        Not a number in bins where nothing was seen. Errors are kT times the relative error of
        p, from the scatter of the blocks; not a number for a single block.

        Raises:
            ValueError: if kT is not positive.
        """
        if kT <= 0:
            raise ValueError(f"kT {kT:g} must be positive: temperature times 0.0083145 kJ/mol")
        p, seen = self.probability, self.probability > 0
        values, errors = np.full_like(p, np.nan), np.full_like(p, np.nan)
        values[seen] = -kT * np.log(p[seen] / p.max())
        n = len(self.counts)
        if n > 1:
            sizes = self.counts.sum(axis=(1, 2))
            scatter = np.sum((self.counts - p * sizes[:, None, None]) ** 2, axis=0)
            spread = np.sqrt(n / (n - 1) * scatter) / sizes.sum()
            errors[seen] = kT * spread[seen] / p[seen]
        return values, errors

    def halves(self) -> tuple[JointCounts, JointCounts]:
        """Return the maps of the first and of the second half of the time of every replica.

        Raises:
            ValueError: if there is only one block.
        """
        order = self.part
        if order.max() == 0:
            order = np.unique(self.replica, return_inverse=True)[1]
        parts = int(order.max()) + 1
        if parts < 2:
            raise ValueError("one block of frames cannot be halved: give two frames and blocks")
        return self._some(order < parts // 2), self._some(order >= (parts + 1) // 2)

    def _some(self, chosen: np.ndarray) -> JointCounts:
        kept = np.flatnonzero(chosen)
        parts = self.counts[kept], self.replica[kept], self.part[kept]
        return JointCounts(self.x, self.y, *parts, self.labels, self.units)


def map_of(
    trajectory: Trajectory,
    first: Coordinate,
    second: Coordinate,
    *,
    bins: int = 36,
    longest: float = 1.0,
    blocks: int = 10,
) -> JointCounts:
    """Count two internal coordinates together, in one pass over the frames.

    Angles span 0 to pi, dihedrals -pi to pi (bins of 10 degrees by default), distances 0 to
    `longest`. Two bonded types are paired in the order of the topology, molecule by molecule.

    Args:
        trajectory: frames with or without a box.
        first: coordinate along x.
        second: coordinate along y.
        bins: of each.
        longest: end of the range of distances in nm; what is longer is an error.
        blocks: number of contiguous blocks in time whose scatter gives errors.

    Raises:
        ValueError: if there is no such coordinate, their numbers differ, or one leaves its range.
    """
    rows = [_rows(trajectory.topology, coordinate) for coordinate in (first, second)]
    if len(rows[0]) != len(rows[1]):
        raise ValueError(
            f"there are {len(rows[0])} of {first} and {len(rows[1])} of {second}: a map needs "
            "pairs, give the particles of one molecule"
        )
    edges = [_edges(r.shape[1], bins, longest) for r in rows]
    division = divide(trajectory, blocks)
    counts = np.zeros((len(division), bins * bins))
    at = 0
    for chunk in trajectory.chunks():
        box = None if chunk.box is None else chunk.box[:, None].astype(np.float64)
        number = [
            _numbers(chunk.positions.astype(np.float64), r, box, e)
            for r, e in zip(rows, edges, strict=True)
        ]
        block = np.broadcast_to(division.block[at : at + len(chunk), None], number[0].shape)
        flat = (block * bins + number[0]) * bins + number[1]
        counts += np.bincount(flat.ravel(), minlength=counts.size).reshape(counts.shape)
        at += len(chunk)
    middles = [(e[1:] + e[:-1]) / 2 for e in edges]
    names = [c if isinstance(c, str) else "-".join(map(str, c)) for c in (first, second)]
    units = ["nm" if r.shape[1] == 2 else "rad" for r in rows]
    return JointCounts(
        x=middles[0],
        y=middles[1],
        counts=counts.reshape(-1, bins, bins),
        replica=division.replica,
        part=division.part,
        labels=(names[0], names[1]),
        units=(units[0], units[1]),
    )


def divergence(a: JointCounts, b: JointCounts, *, seed: int = 0) -> tuple[float, float]:
    """Return the Jensen-Shannon divergence of two maps in nats, and its standard error.

    D = H((p + q)/2) - (H(p) + H(q))/2 with H(p) = -sum p ln p: 0 for equal maps, ln 2 for maps
    that share no bin. Sampling noise makes it larger, see `divergence_floor`. The error is the
    standard deviation over block bootstrap samples of both.

    Raises:
        ValueError: if the grids differ.

    Source: J. Lin, IEEE Trans. Inf. Theory 37, 145 (1991).
    """
    if a.counts.shape[1:] != b.counts.shape[1:] or not (
        np.allclose(a.x, b.x) and np.allclose(a.y, b.y)
    ):
        raise ValueError("the maps have different bins: count them on the same grid")
    value = float(_divergence(a.probability[None], b.probability[None])[0])
    if max(len(a.counts), len(b.counts)) < 2:
        return value, float("nan")
    drawn = _divergence(_resampled(a, seed), _resampled(b, seed + 1))
    return value, float(drawn.std(ddof=1))


def divergence_floor(a: JointCounts, *, seed: int = 0) -> tuple[float, float]:
    """Return the divergence of the two halves in time, and its error: what sampling allows."""
    return divergence(*a.halves(), seed=seed)


def energy_deviation(
    a: JointCounts, b: JointCounts, *, highest: float = 5.0, seed: int = 0
) -> tuple[float, float]:
    """Return the mean |F_a - F_b| in kT where both are below `highest`, and its standard error.

    One of the two is shifted so that the mean difference over these bins is zero. The error is
    the standard deviation over block bootstrap samples of both.

    Raises:
        ValueError: if the grids differ, or no bin is low enough in both.
    """
    if a.counts.shape[1:] != b.counts.shape[1:]:
        raise ValueError("the maps have different bins: count them on the same grid")
    value = _deviation(a.probability, b.probability, highest)
    if not np.isfinite(value):
        raise ValueError(f"no bin is below {highest:g} kT in both maps: they share nothing")
    if max(len(a.counts), len(b.counts)) < 2:
        return value, float("nan")
    pairs = zip(_resampled(a, seed), _resampled(b, seed + 1), strict=True)
    drawn = [_deviation(p, q, highest) for p, q in pairs]
    return value, float(np.nanstd(drawn, ddof=1))


def _deviation(p: np.ndarray, q: np.ndarray, highest: float) -> float:
    least = np.exp(-highest)
    low = (p > least * p.max()) & (q > least * q.max())
    if not low.any():
        return float("nan")
    difference = np.log(p[low] / q[low])
    return float(np.mean(np.abs(difference - difference.mean())))


def _divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    def entropy(values: np.ndarray) -> np.ndarray:
        logarithm = np.log(values, out=np.zeros_like(values), where=values > 0)
        return -np.sum(values * logarithm, axis=(1, 2))

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def _resampled(source: JointCounts, seed: int) -> np.ndarray:
    n = len(source.counts)
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    drawn = np.tensordot(times.astype(float), source.counts, axes=1)
    return drawn / drawn.sum(axis=(1, 2), keepdims=True)


def _rows(topology: Topology, coordinate: Coordinate) -> np.ndarray:
    if isinstance(coordinate, str):
        return bonded_rows(topology, coordinate)
    if len(coordinate) not in (2, 3, 4) or not all(0 <= i < len(topology) for i in coordinate):
        raise ValueError(
            f"coordinate {coordinate}: give two, three or four particles below {len(topology)}"
        )
    return np.array([coordinate])


def _edges(width: int, bins: int, longest: float) -> np.ndarray:
    low, high = {2: (0.0, longest), 3: (0.0, np.pi), 4: (-np.pi, np.pi)}[width]
    return np.linspace(low, high, bins + 1)


def _numbers(
    positions: np.ndarray, rows: np.ndarray, box: np.ndarray | None, edges: np.ndarray
) -> np.ndarray:
    """Return the bin of a coordinate of every row in every frame."""
    values = {2: distances, 3: angles, 4: dihedrals}[rows.shape[1]](positions, rows, box)
    if not np.isfinite(values).all():
        raise ValueError("a coordinate is not finite: leave out broken frames")
    if values.max() > edges[-1] + 1e-9:
        raise ValueError(
            f"a distance of {values.max():.3f} nm lies beyond {edges[-1]:g} nm: raise `longest`"
        )
    step = edges[1] - edges[0]
    return np.clip(((values - edges[0]) / step).astype(np.int64), 0, len(edges) - 2)
