"""The noise floor of the force loss: what no model of the beads can explain."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.analysis.blocks import divide_frames
from molscape.analysis.environments import surroundings, whole_configuration
from molscape.analysis.local_variance import LocalVariance, enough_samples, local_variance
from molscape.core.frames import Frames
from molscape.core.neighbours import Neighbours, NeighbourSearch, allocate
from molscape.core.potential import Potential, cast
from molscape.core.space import largest_cutoff, volume
from molscape.core.statistics import standard_error
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

FEW = 12
"""Up to so many beads without a box are described as a whole, more by their surroundings."""

MOST = 40_000
"""Configurations, or beads in their surroundings, that are looked at; frames are thinned."""

REACH = 0.9
"""Neighbours are looked for up to this distance in nm, or half the box."""

BLOCKS = 20
"""Stretches of time: neighbours come from other stretches, the scatter gives the error."""


class NoiseFloor(NamedTuple):
    """The floor of the force loss with its standard error, in (kJ/mol/nm)^2, and what it is."""

    value: float
    error: float
    note: str


def noise_floor(
    trajectory: Trajectory,
    potential: Potential | None = None,
    *,
    shells: tuple[int, ...] = (2, 4, 6),
    centres: int = 1500,
    seed: int = 0,
) -> NoiseFloor:
    """Estimate the noise floor <Var(F | R)> from beads whose configurations are nearly alike.

    The floor is the mean over frames, beads and components of the variance of the projected
    force at given positions of all beads: the force loss of the potential of mean force. Up to
    12 beads without a box are compared as a whole; else each bead is compared with beads of
    its type in like surroundings, its molecule and its nearest neighbours. Forces are compared
    in a frame that turns with the beads. A model is subtracted first if given: the noise is
    the same, but what is left to explain is smaller. See `analysis.local_variance` for the
    estimator; its bias is positive, and more so the more inputs there are. In a liquid what
    lies beyond the neighbours counts as noise, so that the value is an upper bound; take the
    best model there is. Averaged forces at held beads (`reference.averaged_forces`) give the
    floor without this bias; for one-bead SPC/E water they give 1.35e4 where this gives 2.3e4,
    of a mean squared force of 6.1e4 (kJ/mol/nm)^2.

    Args:
        trajectory: beads with forces.
        potential: a model of them, such as the result of a fit.
        shells: numbers of neighbours from other molecules to try; the lowest value is taken.
        centres: how many beads, or frames, are predicted from their like.
        seed: chooses them.

    Returns:
        The floor, its standard error and a note on how it was found.

    Raises:
        ValueError: if there are no forces, or too few frames.
    """
    if not shells or min(shells) < 1:
        raise ValueError(f"shells {shells}: give numbers of neighbours, 1 or more")
    if "forces" not in trajectory.fields:
        raise ValueError("the trajectory has no forces, so the force loss has no floor: give some")
    topology, whole = trajectory.topology, len(trajectory.topology) <= FEW
    whole = whole and "box" not in trajectory.fields
    stride = max(1, -(-len(trajectory) * (1 if whole else len(topology)) // MOST))
    frames = trajectory[::stride].load()
    if len(frames) < 4:
        raise ValueError(f"{len(frames)} frames are too few for a noise floor: give at least 4")
    residual = frames.forces if potential is None else _residual(potential, topology, frames)
    assert residual is not None
    replicas = np.zeros(len(frames), np.int64) if frames.replicas is None else frames.replicas
    block = divide_frames(replicas, min(BLOCKS, len(frames))).block
    estimate = partial(local_variance, centres=centres, seed=seed)
    if whole:
        inputs, turn = whole_configuration(frames.positions)
        turned = np.einsum("spij,spj->spi", turn, residual).reshape(len(frames), -1)
        found = estimate(inputs, turned, block)
        text = f"frames alike in {inputs.shape[1]} internal coordinates"
        return NoiseFloor(found.value, found.error, _note(text, [found], potential, stride))
    return _in_surroundings(topology, frames, residual, block, potential, shells, estimate)


def _in_surroundings(
    topology: Topology,
    frames: Frames,
    residual: np.ndarray,
    block: np.ndarray,
    potential: Potential | None,
    shells: tuple[int, ...],
    estimate: Callable[..., LocalVariance],
) -> NoiseFloor:
    """Add up the floors of all types of beads, each with the shell that leaves the least."""
    reach = _reach(topology, frames, max(shells))
    boxes = [None] * len(frames) if frames.box is None else list(frames.box)
    several = len(np.unique(topology.types)) > 1
    value, variance, chosen, used = 0.0, 0.0, [], []
    for name in np.unique(topology.types):
        members = np.flatnonzero(topology.types == name)
        parts = [
            surroundings(topology, x, box, members, max(shells), reach)
            for x, box in zip(frames.positions, boxes, strict=True)
        ]
        inputs = np.concatenate([part[0] for part in parts])
        turn = np.stack([part[1] for part in parts])
        turned = np.einsum("fpij,fpj->fpi", turn, residual[:, members]).reshape(-1, 3)
        owner = np.repeat(block, len(members))
        candidates = {0: _plain(residual[:, members], block)}
        for shell in shells:
            known = inputs[:, choose_nearer(inputs.shape[1], max(shells) - shell, several)]
            # A type with few beads may have too few samples for many neighbours.
            if enough_samples(owner, known.shape[1]):
                candidates[shell] = estimate(known, turned, owner)
        best = min(candidates, key=lambda shell: candidates[shell].value)
        share = len(members) / len(topology)
        value += share * candidates[best].value
        variance += (share * candidates[best].error) ** 2
        chosen.append(candidates[best])
        used.append(f"{name} {best}")
    error = float(np.sqrt(variance))
    if all(part.neighbours == 0 for part in chosen):
        told = (
            "an upper bound of the floor: like surroundings give no lower one than what the model "
            "leaves"
        )
        return NoiseFloor(value, error, told)
    text = (
        f"beads alike in their nearest neighbours (number used: {', '.join(used)}; 0 is what the "
        "model leaves), an upper bound of the floor"
    )
    return NoiseFloor(value, error, _note(text, chosen, potential, 1))


def _reach(topology: Topology, frames: Frames, shell: int) -> float:
    """Return how far to look: three times the volume that holds the neighbours, on average."""
    if frames.box is None:
        return REACH
    own = int(np.bincount(topology.molecules).max())
    share = float(np.mean(volume(frames.box))) / len(topology)
    wanted = (3 * (shell + own) * share * 3 / (4 * np.pi)) ** (1 / 3)
    return min(REACH, wanted, largest_cutoff(frames.box) * 0.999)


def choose_nearer(columns: int, fewer: int, several: bool) -> np.ndarray:
    """Return the columns of surroundings with so many neighbours fewer, the farthest left out.

    K neighbours have 3 K - 3 coordinates, then K types where there are several.
    """
    most = (columns + 3) // (4 if several else 3)
    kept = most - fewer
    coordinates = np.arange(max(3 * kept - 3, 1))
    return np.concatenate([coordinates, 3 * most - 3 + np.arange(kept if several else 0)])


def _plain(residual: np.ndarray, block: np.ndarray) -> LocalVariance:
    """Return the mean square of what the model leaves, which the floor cannot exceed."""
    each = np.mean(residual**2, axis=(1, 2))
    counts = np.bincount(block)
    means = np.bincount(block, each) / counts
    return LocalVariance(float(each.mean()), float(standard_error(means)), 0)


def _note(text: str, found: list[LocalVariance], potential: Potential | None, stride: int) -> str:
    neighbours = "/".join(str(part.neighbours) for part in found)
    model = "no model subtracted" if potential is None else "after subtracting the model"
    thinned = "" if stride == 1 else f", every {stride}th frame"
    return f"noise floor from {text}; {neighbours} neighbours each, {model}{thinned}"


def _residual(
    potential: Potential, topology: Topology, frames: Frames
) -> Float[np.ndarray, "frame particle 3"]:
    """Return the forces of the data less those of the model, in double precision."""
    assert frames.forces is not None
    left = np.empty(frames.forces.shape)
    with jax.enable_x64(True):
        exact, system = cast(potential, jnp.float64), System.build(topology, 1.0)
        search: NeighbourSearch | None = None
        for k in range(len(frames)):
            x = jnp.asarray(frames.positions[k], dtype=jnp.float64)
            box = None if frames.box is None else jnp.asarray(frames.box[k], dtype=jnp.float64)
            cell = None if frames.box is None else frames.box[k : k + 1]
            if search is None or not search.fits(cell):
                search, _ = allocate(system, x, box, potential.reach)
            forces, neighbours = _forces(exact, system, x, box, search)
            while search.overflowed(neighbours):
                search = search.grown(neighbours)
                forces, neighbours = _forces(exact, system, x, box, search)
            left[k] = frames.forces[k] - np.asarray(forces)
    return left


@eqx.filter_jit
def _forces(
    potential: Potential, system: System, x: Array, box: Array | None, search: NeighbourSearch
) -> tuple[Array, Neighbours]:
    neighbours = search(system, x, box)
    return potential.forces(system, x, box, neighbours), neighbours
