"""A DeePCG potential's whitened features and energy scale, taken from data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from molscape.core.neighbours import Neighbours, NeighbourSearch, allocate
from molscape.core.potential import cast
from molscape.core.space import check_box
from molscape.core.system import System
from molscape.core.trajectory import Trajectory
from molscape.features.smooth_environment import SmoothEnvironment
from molscape.features.standardisation import standard, whitened
from molscape.features.surroundings import Surroundings
from molscape.networks.mlp import MLP
from molscape.potentials._deepcg import DeePCG

MARGIN = 1e-4
"""The closest pair of the data itself is not outside, however positions are rounded."""

PROBES = 4
"""Random displacements of all beads of a frame that tell how features change."""

SLOPES = {True: 1.5, False: 0.5}
"""Slope of a hidden unit of a new embedding times its distance to the next, if mixed or not."""

HELD = 0.9
"""Bonded pairs that come farther apart than this share of the cutoff may do so unseen."""


class _Frame(eqx.Module):
    """One frame of the data in double precision, with its neighbours."""

    system: System
    positions: Array
    box: Array | None
    neighbours: Neighbours
    forces: Array | None
    energy: Array | None

    def around(self, types: tuple[str, ...]) -> Surroundings:
        return Surroundings.of(types, self.system, self.positions, self.box, self.neighbours)


def standardised(
    potential: DeePCG, data: Sequence[Trajectory], *, frames: int = 100, mixed: bool = True
) -> DeePCG:
    """Return the potential with features, walls and energy scale of the data.

    Features of each type come to mean zero over up to `frames` frames, evenly spaced over the
    trajectories, and are mixed so that displacements of the beads change them all alike:
    as the descriptor gives them they nearly depend on one another, and a fit is slow to see
    the small part that tells angles. Without `mixed`, and in the sharp form, each feature
    is scaled for itself and hidden units of the embedding are three times as wide: better
    where there are few data without noise, since what mixing makes large is also what
    differs most outside them. Where the data have forces, the energy scale of all
    types is multiplied so that the forces of the networks as they are become as large as
    those of the data (root mean square). Where they have energies, the offsets are moved
    so that the mean energy is right. The hidden units of an embedding are laid out over
    the distances of the data; the other networks stay.

    Raises:
        ValueError: if there is no frame, a type does not occur, the cutoff exceeds half a
            box, or all features of a type are constant.
    """
    dtype = potential.offsets.dtype
    with jax.enable_x64(True):
        exact = cast(potential, jnp.float64)
        chosen = list(_chosen(data, potential.reach, frames))
        if exact.embedding is not None:
            exact = _with_weights(exact, chosen, SLOPES[mixed])
        exact = _with_extremes(_with_features(exact, chosen, mixed), data)
        if all(frame.forces is not None for frame in chosen):
            exact = _with_scale(exact, chosen)
        if all(frame.energy is not None for frame in chosen):
            exact = _with_offsets(exact, chosen)
    return cast(exact, dtype)


def _chosen(data: Sequence[Trajectory], cutoff: float, count: int) -> Iterator[_Frame]:
    """Read the frames and list their neighbours."""
    total = sum(len(trajectory) for trajectory in data)
    if total == 0:
        raise ValueError("no frames to take means from: give at least one trajectory with frames")
    step = max(1, total // count)
    for trajectory in data:
        system = System.build(trajectory.topology, 1.0)
        search: NeighbourSearch | None = None
        for k in range(0, len(trajectory), step):
            frames = trajectory[k]
            check_box(frames.box, cutoff)
            x = jnp.asarray(frames.positions[0], dtype=jnp.float64)
            box = None if frames.box is None else jnp.asarray(frames.box[0], dtype=jnp.float64)
            if search is None or not search.fits(frames.box):
                search, neighbours = allocate(system, x, box, cutoff)
            else:
                neighbours = _list(search, system, x, box)
                while search.overflowed(neighbours):
                    search = search.grown(neighbours)
                    neighbours = _list(search, system, x, box)
            forces = None if frames.forces is None else jnp.asarray(frames.forces[0])
            energy = None if frames.energies is None else jnp.asarray(frames.energies[0])
            yield _Frame(system, x, box, neighbours, forces, energy)


@eqx.filter_jit
def _list(search: NeighbourSearch, system: System, x: Array, box: Array | None) -> Neighbours:
    return search(system, x, box)


def _with_weights(potential: DeePCG, frames: list[_Frame], slope: float) -> DeePCG:
    """Return the potential with the mean and deviation of the embedding's argument."""
    found = []
    for frame in frames:
        weight, inside = _weights(potential, frame.around(potential.types))
        found.append(np.asarray(weight)[np.asarray(inside)])
    every = np.concatenate(found)
    mean, deviation = standard(every[:, None], "distances inside the cutoff")
    assert potential.embedding is not None
    units = len(potential.embedding.biases[0])
    arguments = (every - mean[0]) / deviation[0]
    even = np.linspace(arguments.min(), arguments.max(), units)
    # Where there are many neighbours, and yet over the whole range: bonds are few and far out.
    places = 0.5 * (even + np.quantile(arguments, np.linspace(0, 1, units)))
    return eqx.tree_at(
        lambda tree: (tree.standard.weight_mean, tree.standard.weight_deviation, tree.embedding),
        potential,
        (
            jnp.asarray(mean[0]),
            jnp.asarray(deviation[0]),
            _spread(potential.embedding, places, slope),
        ),
    )


def _spread(embedding: MLP, places: np.ndarray, slope: float) -> MLP:
    """Return the embedding with hidden units that change at these arguments, which rise.

    Units of small random slope and no bias all are nearly straight lines in the distance, so
    that all features tell the same; with spread ones a fit reaches its end several times sooner.
    """
    first = embedding.weights[0]
    signs = np.where(np.arange(len(places)) % 2 == 0, 1.0, -1.0)
    slopes = jnp.asarray(signs * slope / np.gradient(places), first.dtype)
    weights = (first.at[:, 0].set(slopes), *embedding.weights[1:])
    biases = (-slopes * jnp.asarray(places, first.dtype), *embedding.biases[1:])
    return eqx.tree_at(lambda e: (e.weights, e.biases), embedding, (weights, biases))


def _with_features(potential: DeePCG, frames: list[_Frame], mixed: bool) -> DeePCG:
    """Return the potential with the means of its features and what makes them alike."""
    rows: dict[str, list[np.ndarray]] = {name: [] for name in potential.types}
    for frame in frames:
        around = frame.around(potential.types)
        features, own = np.asarray(_features(potential, around)), np.asarray(around.own)
        for kind, name in enumerate(potential.types):
            rows[name].append(features[own == kind])
    absent = [name for name, found in rows.items() if not sum(map(len, found))]
    if absent:
        raise ValueError(f"types {absent} do not occur in the data: leave them out of `types`")
    both = []
    for kind, (name, found) in enumerate(rows.items()):
        features, label = np.concatenate(found), f"type {name}"
        if mixed and potential.form == "smooth":
            both.append(whitened(features, _probed(potential, frames, kind), label))
        else:
            # Coordinates in local frames do not depend on one another.
            mean, deviation = standard(features, label)
            both.append((mean, np.diag(1 / deviation)))
    means, whitening = (jnp.asarray(np.stack(each)) for each in zip(*both, strict=True))
    return eqx.tree_at(
        lambda tree: (tree.standard.means, tree.standard.whitening), potential, (means, whitening)
    )


def _probed(potential: DeePCG, frames: list[_Frame], kind: int) -> np.ndarray:
    """Return how random displacements of all beads change the features of those of a type."""
    random, found = np.random.default_rng(0), []
    for frame in frames:
        own = np.asarray(frame.around(potential.types).own)
        probes = jnp.asarray(random.normal(size=(PROBES, own.size, 3)))
        changes = np.asarray(_changes(potential, frame, probes))[:, own == kind]
        found.append(changes.reshape(-1, changes.shape[-1]))
    return np.concatenate(found)


def _with_extremes(potential: DeePCG, data: Sequence[Trajectory]) -> DeePCG:
    """Return the potential with the extreme distances of each two types, of all frames."""
    count = len(potential.types)
    closest, farthest = np.full((2, count, count), np.inf), np.zeros((count, count))
    total = sum(len(trajectory) for trajectory in data)
    for frame in _chosen(data, potential.reach, total):
        around = frame.around(potential.types)
        inside = np.asarray(around.inside(potential.reach))
        own = np.broadcast_to(np.asarray(around.own)[:, None], inside.shape)
        other, distance = np.asarray(around.other), np.sqrt(np.asarray(around.square))
        none = np.zeros(inside.shape, dtype=bool)
        bonded = none if around.bonded is None else np.asarray(around.bonded)
        marked = inside & (own >= 0)
        place = bonded[marked].astype(int), own[marked], other[marked]
        np.minimum.at(closest, place, distance[marked])
        tied = marked & bonded
        np.maximum.at(farthest, (own[tied], other[tied]), distance[tied])
    # Types that never met within the cutoff are not watched.
    closest = np.where(np.isfinite(closest), closest * (1 - MARGIN), 0.0)
    known = (farthest > 0) & (farthest < HELD * potential.reach)
    farthest = np.where(known, farthest * (1 + MARGIN), np.inf)
    return eqx.tree_at(
        lambda tree: (tree.standard.closest, tree.standard.farthest),
        potential,
        (jnp.asarray(closest), jnp.asarray(farthest)),
    )


def _with_scale(potential: DeePCG, frames: list[_Frame]) -> DeePCG:
    """Return the potential whose forces are as large as those of the data."""
    own = data = 0.0
    for frame in frames:
        own += float(jnp.sum(_forces(potential, frame) ** 2))
        data += float(np.sum(np.asarray(frame.forces) ** 2))
    if own == 0 or data == 0:
        return potential
    scales = potential.standard.scales * np.sqrt(data / own)
    return eqx.tree_at(lambda tree: tree.standard.scales, potential, scales)


def _with_offsets(potential: DeePCG, frames: list[_Frame]) -> DeePCG:
    """Return the potential whose mean energy is that of the data; smallest offsets that do so."""
    counts, missing = [], []
    for frame in frames:
        own = np.asarray(frame.around(potential.types).own)
        counts.append([np.count_nonzero(own == kind) for kind in range(len(potential.types))])
        missing.append(float(np.asarray(frame.energy)) - float(_energy(potential, frame)))
    change = np.linalg.lstsq(np.array(counts, dtype=float), np.array(missing), rcond=None)[0]
    offsets = potential.offsets + jnp.asarray(change)
    return eqx.tree_at(lambda tree: tree.offsets, potential, offsets)


@eqx.filter_jit
def _energy(potential: DeePCG, frame: _Frame) -> Array:
    return potential(frame.system, frame.positions, frame.box, frame.neighbours)


@eqx.filter_jit
def _weights(potential: DeePCG, around: Surroundings) -> tuple[Array, Array]:
    assert isinstance(potential.descriptor, SmoothEnvironment)
    return potential.descriptor.rows(around)[:, 0], around.inside(potential.reach)


@eqx.filter_jit
def _features(potential: DeePCG, around: Surroundings) -> Array:
    return potential.features(around)


@eqx.filter_jit
def _changes(potential: DeePCG, frame: _Frame, displacements: Array) -> Array:
    """Return how features change when all beads are displaced, to first order."""

    def features(x: Array) -> Array:
        moved = eqx.tree_at(lambda one: one.positions, frame, x)
        return potential.features(moved.around(potential.types))

    return jax.vmap(lambda v: jax.jvp(features, (frame.positions,), (v,))[1])(displacements)


@eqx.filter_jit
def _forces(potential: DeePCG, frame: _Frame) -> Array:
    return potential.forces(frame.system, frame.positions, frame.box, frame.neighbours)
