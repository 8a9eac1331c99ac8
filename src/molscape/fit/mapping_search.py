"""Learning which atoms make a bead: annealed training from several seeds, then single moves."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.record import Progress
from molscape.fit.optimisers import Adam
from molscape.fit.problem import Problem, TrainingData, Turn
from molscape.fit.training import Training, minimise
from molscape.mapping.autoencoder import Autoencoder
from molscape.mapping.moments import (
    SecondMoments,
    bead_force,
    best_decoder,
    encoder_of,
    reconstruction_error,
)

log = logging.getLogger(__name__)

PIECES = 10
"""Parts of the training, at most, after which progress is reported."""


@dataclass(frozen=True)
class Annealing:
    """How a mapping is learned.

    The temperature of epoch e is (start - end) exp(-e / (decay epochs)) + end.

    Args:
        epochs: steps of Adam; each sees all frames through their second moments.
        learning_rate: of Adam.
        start: first temperature of the Gumbel softmax.
        end: last one.
        decay: as above.
        force_weight: of the mean square bead force beside the reconstruction; 0 leaves it out.
        seeds: trainings from different random logits.
        seed: of the first.
    """

    epochs: int = 2000
    learning_rate: float = 0.02
    start: float = 4.0
    end: float = 0.2
    decay: float = 0.4
    force_weight: float = 0.0
    seeds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < PIECES or self.seeds < 1:
            raise ValueError(
                f"epochs {self.epochs}, seeds {self.seeds}: at least {PIECES} epochs and one seed"
            )
        if self.force_weight < 0:
            raise ValueError(f"force_weight {self.force_weight}: 0 or more")


@dataclass(frozen=True, eq=False)
class LearnedBeads:
    """The best assignment, and what every seed found.

    `beads` is the bead of each atom, numbered in the order of their first atoms. `errors` are
    the root mean square deviations (nm) of each seed's assignment, `assignments` these;
    `annealed` are the deviations before single moves, `refilled` counts beads that were empty
    after annealing. `history` is the loss of each seed over the epochs.
    """

    beads: Int[np.ndarray, " atom"]
    error: float
    errors: Float[np.ndarray, " seed"]
    annealed: Float[np.ndarray, " seed"]
    assignments: Int[np.ndarray, "seed atom"]
    refilled: Int[np.ndarray, " seed"]
    history: Float[np.ndarray, "seed epoch"]


def learn_beads(
    moments: SecondMoments,
    beads: int,
    annealing: Annealing | None = None,
    progress: Progress | None = None,
) -> LearnedBeads:
    """Learn an assignment of a molecule's atoms to so many beads.

    Logits are trained while the softmax grows hard; then each group of atoms goes to its most
    likely bead, a bead that is empty takes the group that is worst reconstructed, and single
    groups are moved for as long as that lowers the loss.

    Args:
        moments: of the molecule.
        beads: how many.
        annealing: how.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if there are fewer (rigid groups of) atoms than beads, or the force term is
            asked for without forces.
    """
    annealing = annealing or Annealing()
    groups = int(moments.groups.max()) + 1
    if not 1 <= beads <= groups:
        tied = "" if groups == len(moments.groups) else ", rigid bonds make them that few parts"
        raise ValueError(
            f"{beads} beads of a molecule of {len(moments.groups)} atoms{tied}: give between 1 and "
            f"{groups}"
        )
    if annealing.force_weight > 0 and moments.forces is None:
        raise ValueError(
            "the force term needs forces and the trajectory has none: recompute them with "
            "`molscape rerun`, or set `force_weight` to 0"
        )
    with jax.enable_x64(True):
        logits, history = _annealed(moments, beads, annealing, progress)
    found, annealed, refilled = [], [], []
    for row in logits:
        assignment, empty = fill_empty_beads(moments, np.argmax(row, axis=1), beads)
        annealed.append(reconstruction_error(moments, assignment[moments.groups]))
        found.append(_moved(moments, assignment, beads, annealing.force_weight))
        refilled.append(empty)
    losses = [_loss(moments, one, annealing.force_weight) for one in found]
    atoms = np.stack([_ordered(one[moments.groups]) for one in found])
    errors = np.array([reconstruction_error(moments, one) for one in atoms])
    best = int(np.argmin(losses))
    if any(refilled):
        log.info("%d beads were empty after annealing and were filled again", sum(refilled))
    return LearnedBeads(
        beads=atoms[best],
        error=float(errors[best]),
        errors=errors,
        annealed=np.array(annealed),
        assignments=atoms,
        refilled=np.array(refilled),
        history=history,
    )


def _annealed(
    moments: SecondMoments, beads: int, annealing: Annealing, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of every seed after training, and the losses on the way."""
    groups = int(moments.groups.max()) + 1
    keys = jax.random.split(jax.random.key(annealing.seed), annealing.seeds)
    with_forces = annealing.force_weight > 0 and moments.forces is not None
    logits = jax.vmap(lambda key: jax.random.uniform(key, (groups, beads)))(keys)
    model = Autoencoder(
        logits=logits[0],
        groups=jnp.asarray(moments.groups),
        positions=jnp.asarray(moments.positions),
        forces=jnp.asarray(moments.forces) if with_forces else None,
        force_weight=jnp.asarray(annealing.force_weight),
    )
    pieces = max(n for n in range(1, PIECES + 1) if annealing.epochs % n == 0)
    size = annealing.epochs // pieces
    # All frames are one sample, seen through its moments as often as there are steps.
    data = TrainingData((model,), (np.zeros(size, dtype=np.int64),), (np.zeros(0, dtype=np.int64),))
    training = Training(Adam(annealing.learning_rate), batch=1, epochs=pieces, precision="double")

    def show(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress(f"learning {beads} beads", done * size, total * size)

    problem = AnnealingProblem(keys, annealing.start, annealing.end, annealing.decay)
    found = minimise(problem, logits, data, training, progress=show)
    return np.asarray(found.free), found.steps.T


class _Draw(NamedTuple):
    """The moments, and what the draw of each seed is made with."""

    model: Autoencoder
    keys: Array
    temperature: Float[Array, ""]


class AnnealingProblem(Problem):
    """The loss of one draw for each seed, of the logits of all; the temperature falls."""

    keys: Array
    start: float = eqx.field(static=True)
    end: float = eqx.field(static=True)
    decay: float = eqx.field(static=True)

    def batch(self, data: Autoencoder, turn: Turn) -> _Draw:
        """Return the moments with new keys, at the temperature of this share of the training."""
        keys = jax.vmap(lambda key: jax.random.fold_in(key, turn.number))(self.keys)
        cooled = jnp.exp(-turn.done / self.decay)
        return _Draw(data, keys, (self.start - self.end) * cooled + self.end)

    def loss(self, free: Array, batch: _Draw) -> Float[Array, " seed"]:
        """Return the dimensionless loss of each seed."""

        def one(logits: Array, key: Array) -> Array:
            model = eqx.tree_at(lambda m: m.logits, batch.model, logits)
            return model.loss(key, batch.temperature)

        return jax.vmap(one)(free, batch.keys)


def _loss(moments: SecondMoments, groups: np.ndarray, weight: float) -> float:
    """Return the dimensionless loss of an assignment of groups, all beads filled."""
    beads = groups[moments.groups]
    loss = reconstruction_error(moments, beads) ** 2 / (3 * moments.spread)
    if weight > 0:
        assert moments.forces is not None
        count = int(beads.max()) + 1
        loss += weight * bead_force(moments, beads) * count / float(np.trace(moments.forces))
    return loss


def fill_empty_beads(
    moments: SecondMoments, groups: np.ndarray, beads: int
) -> tuple[np.ndarray, int]:
    """Give each empty bead the group whose atoms are worst reconstructed; count them."""
    groups, refilled = groups.copy(), 0
    for bead in range(beads):
        if np.any(groups == bead):
            continue
        used = np.unique(groups, return_inverse=True)[1]
        _, deviations = best_decoder(moments, encoder_of(used[moments.groups]))
        worst = np.bincount(moments.groups, deviations**2)
        # A bead of one group would only become empty itself.
        alone = np.bincount(groups, minlength=beads)[groups] < 2
        groups[int(np.argmax(np.where(alone, -1.0, worst)))] = bead
        refilled += 1
    return groups, refilled


def _moved(moments: SecondMoments, groups: np.ndarray, beads: int, weight: float) -> np.ndarray:
    """Move single groups to other beads, and let pairs change places, for as long as it pays."""
    groups = groups.copy()
    best, before = _loss(moments, groups, weight), np.inf
    while best < before:
        before = best
        for k in range(len(groups)):
            tried = [(k, bead) for bead in range(beads) if bead != groups[k]]
            tried += [(k, -1 - j) for j in range(k) if groups[j] != groups[k]]
            for one, where in tried:
                changed = groups.copy()
                if where < 0:
                    other = -1 - where
                    changed[one], changed[other] = groups[other], groups[one]
                else:
                    changed[one] = where
                if len(np.unique(changed)) < beads:
                    continue
                loss = _loss(moments, changed, weight)
                if loss < best * (1 - 1e-9):
                    best, groups = loss, changed
    return groups


def _ordered(beads: np.ndarray) -> np.ndarray:
    """Return beads numbered in the order of their first atoms."""
    first = np.unique(beads, return_index=True)[1]
    rank = np.argsort(np.argsort(first))
    return rank[beads].astype(np.int64)
