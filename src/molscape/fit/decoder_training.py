"""Training of equivariant decoders on samples of a frame and a molecule."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.mapping import Mapping
from molscape.core.potential import cast
from molscape.core.record import Progress
from molscape.core.trajectory import Trajectory
from molscape.fit.optimisers import Adam
from molscape.fit.problem import Problem, TrainingData, Turn
from molscape.fit.samples import fold_of
from molscape.fit.schedules import Cosine
from molscape.fit.training import Training, mean_losses, minimise
from molscape.mapping.bead_graph import BeadGraph
from molscape.mapping.decoding import Decoder, LinearDecoder, MappedMolecules, mapped_molecules
from molscape.mapping.vector_decoder import RefinedDecoder, RefinedMolecules, VectorDecoder

log = logging.getLogger(__name__)

EXACT = 1e-6
"""Deviation (nm) of the linear decoder below which nothing is left to learn."""

FOLLOWS = 0.98
"""Share of an atom's squared deviation that must be left at most if beads are to tell of it."""

TRIAL = 0.25
"""Share of the epochs after which atoms are parted into those that follow the beads and others."""


@dataclass(frozen=True)
class DecoderTraining:
    """How an equivariant decoder is trained.

    Args:
        hidden: widths of the layers between input and output.
        epochs: passes through the samples.
        batch: samples of a step.
        learning_rate: of Adam at the beginning; it falls to zero as a cosine.
        folds: parts of the frames, of which one is held out.
        samples: of a frame and a molecule, at most so many, drawn at random.
        precision: "single" or "double".
        seed: of weights, samples and their order.
    """

    hidden: tuple[int, ...] = (64, 64)
    epochs: int = 100
    batch: int = 128
    learning_rate: float = 0.003
    folds: int = 5
    samples: int = 20000
    precision: str = "single"
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch, self.samples) < 1:
            raise ValueError(
                f"epochs {self.epochs}, batch {self.batch}, samples {self.samples}: all begin at 1"
            )
        if self.precision not in ("single", "double"):
            raise ValueError(f"precision {self.precision!r}: use 'single' or 'double'")


@dataclass(frozen=True, eq=False)
class DecoderFit:
    """How the decoder of one kind of molecule was found.

    `training` and `validation` are root mean square deviations in nm over all atoms after each
    epoch, the first entry that of the linear decoder, and `by_atom` the latter for each
    atom; `best` is the epoch that is kept, 0 for the linear decoder. `follows` marks atoms
    that the network places; others are decoded linearly.
    """

    molecule: str
    best: int
    training: Float[np.ndarray, " epoch"]
    validation: Float[np.ndarray, " epoch"]
    by_atom: Float[np.ndarray, "epoch atom"]
    follows: Bool[np.ndarray, " atom"]


@dataclass(frozen=True, eq=False)
class TrainedDecoder:
    """The decoder of a whole topology, the linear one that it began as, and how it was found.

    `notes` say which molecules stayed linear and why. `held_out` marks frames that were not
    trained on (the linear decoder has seen all).
    """

    decoder: Decoder
    linear: LinearDecoder
    fits: tuple[DecoderFit, ...]
    held_out: Bool[np.ndarray, " frame"]
    notes: tuple[str, ...] = field(default=())


def train_decoder(
    trajectory: Trajectory,
    mapping: Mapping,
    training: DecoderTraining | None = None,
    progress: Progress | None = None,
) -> TrainedDecoder:
    """Fit the linear decoder, then train an equivariant one for each kind of molecule.

    Molecules of one or two beads stay linear: two beads give one direction, around which atoms
    can be anywhere. So do molecules that the linear decoder gets right, and those whose held-out
    frames training does not improve. A first, shorter training tells which atoms follow the beads
    at all: others, such as hydrogens of a methyl group that turns freely, stay linear and take
    no part in the second, where fitting their noise would spoil the rest.

    Args:
        trajectory: of the atoms.
        mapping: of these atoms.
        training: how.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if molecules of a name differ in their atoms or beads, are cut by the
            boundary, have very many beads, or there are fewer frames than folds.
    """
    training = training or DecoderTraining()
    linear = LinearDecoder.fit(trajectory, mapping)
    held_out = fold_of(len(trajectory), training.folds) == 0
    place = np.zeros(len(trajectory.topology), dtype=np.int64)
    place[linear.atoms] = np.arange(len(linear.atoms))
    refined, fits, notes = [], [], []
    for kind in mapped_molecules(trajectory.topology, mapping):
        count = kind.beads.shape[1]
        if count < 3:
            notes.append(
                f"molecule {kind.name} has {count} bead{'s' if count > 1 else ''}, which "
                f"{'give' if count > 1 else 'gives'} no plane to place atoms in: it is decoded "
                "linearly"
            )
            continue
        data = _drawn(trajectory, kind, training)
        weights = linear.weights[place[kind.atoms[0]]][:, kind.beads[0]].toarray()
        if _deviation(data.atoms - np.einsum("ab,sbc->sac", weights, data.beads)) < EXACT:
            notes.append(f"the atoms of molecule {kind.name} are linear in its beads")
            continue
        bonds = _bonds(mapping, kind)
        decoder, fit = _train_kind(kind, weights, bonds, data, held_out, training, progress)
        fits.append(fit)
        free = ~fit.follows & (fit.by_atom[0] > EXACT)
        own = trajectory.topology.names[kind.atoms[0]][free].tolist()
        if fit.best == 0:
            notes.append(
                f"molecule {kind.name}: training brought the held-out frames of no atom nearer "
                "than the linear decoder does, which is kept"
            )
            continue
        if own:
            notes.append(
                f"molecule {kind.name}: {len(own)} of {len(fit.follows)} atoms "
                f"({', '.join(own[:12])}{', ...' if own[12:] else ''}) do not follow the beads and "
                "are decoded linearly"
            )
        refined.append(RefinedMolecules(kind.name, decoder, place[kind.atoms], kind.beads))
    for note in notes:
        log.info(note)
    whole: Decoder = RefinedDecoder(linear, tuple(refined)) if refined else linear
    return TrainedDecoder(whole, linear, tuple(fits), held_out, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Samples:
    """Atoms and beads in nm, seen from the beads' centre, and the frame of each sample."""

    atoms: Float[np.ndarray, "sample atom 3"]
    beads: Float[np.ndarray, "sample bead 3"]
    frame: Int[np.ndarray, " sample"]


def _drawn(trajectory: Trajectory, kind: MappedMolecules, training: DecoderTraining) -> _Samples:
    """Read the molecules of some frames, drawn without replacement."""
    total = len(trajectory) * len(kind.atoms)
    random = np.random.default_rng(training.seed)
    chosen = np.sort(random.choice(total, min(training.samples, total), replace=False))
    frame, molecule = np.divmod(chosen, len(kind.atoms))
    parts, start = [], 0
    for chunk in trajectory.chunks():
        here = (frame >= start) & (frame < start + len(chunk))
        rows = kind.atoms[molecule[here]]
        parts.append(chunk.positions[(frame[here] - start)[:, None], rows].astype(np.float64))
        start += len(chunk)
    atoms = np.concatenate(parts)
    beads = np.einsum("ba,sac->sbc", kind.encoder, atoms)
    centre = beads.mean(axis=1, keepdims=True)
    return _Samples(atoms - centre, beads - centre, frame)


def _bonds(mapping: Mapping, kind: MappedMolecules) -> Int[np.ndarray, "bond 2"]:
    """Return the bonds between the beads of the first molecule, numbered within it."""
    own = kind.beads[0]
    bonds = mapping.topology.bonds
    bonds = bonds[np.isin(bonds, own).all(axis=1)]
    return np.argsort(own)[np.searchsorted(np.sort(own), bonds)].reshape(-1, 2)


def _owners(kind: MappedMolecules, data: _Samples) -> Int[np.ndarray, " atom"]:
    """Return the bead of each atom; of one that is in none, the nearest on average."""
    apart = np.stack(
        [
            np.mean(np.sum((data.atoms - data.beads[:, [k]]) ** 2, axis=-1), axis=0)
            for k in range(data.beads.shape[1])
        ]
    )
    inside = kind.encoder != 0
    return np.where(inside.any(axis=0), inside.argmax(axis=0), apart.argmin(axis=0))


def _deviation(left: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.sum(left**2, axis=-1))))


def _train_kind(
    kind: MappedMolecules,
    weights: np.ndarray,
    bonds: np.ndarray,
    data: _Samples,
    held_out: np.ndarray,
    training: DecoderTraining,
    progress: Progress | None,
) -> tuple[VectorDecoder, DecoderFit]:
    """Train the decoder of one kind of molecule and keep the best epoch."""
    between = data.beads[:, :, None] - data.beads[:, None]
    apart = np.sqrt(np.mean(np.sum(between**2, axis=-1), axis=0))
    dtype = np.dtype(np.float64 if training.precision == "double" else np.float32)
    aside = held_out[data.frame]
    if not np.any(aside) or np.all(aside):
        raise ValueError(
            f"molecule {kind.name}: {len(aside)} samples leave none to train on or none to hold "
            "out: use more frames"
        )
    with jax.enable_x64(True):
        decoder = VectorDecoder.draw(
            weights,
            _owners(kind, data),
            BeadGraph.of(bonds, apart),
            (data.atoms, data.beads),
            training.hidden,
            jax.random.key(training.seed),
        )
    with jax.enable_x64(training.precision == "double"):
        short = replace(training, epochs=max(round(TRIAL * training.epochs), 1))
        decoder = cast(decoder, dtype)
        sets = _split(data, aside, dtype)
        # Each atom by what the linear decoder misses of it.
        missed = jnp.where(decoder.scale > EXACT, decoder.scale, jnp.inf)
        told = _named(progress, f"trying the decoder of {kind.name}")
        trial = _minimised(kind.name, decoder, missed**-2, sets, short, told)[1]
        squares = trial.by_atom**2
        follows = squares.min(axis=0) < FOLLOWS * squares[0]
        if not np.any(follows):
            return decoder, replace(trial, best=0, follows=follows)
        scale = jnp.where(jnp.asarray(follows), decoder.scale, 0.0)
        decoder = eqx.tree_at(lambda d: d.scale, decoder, scale)
        alike = jnp.ones_like(scale) / jnp.mean(scale**2)
        told = _named(progress, f"training the decoder of {kind.name}")
        trained, fit = _minimised(kind.name, decoder, alike, sets, training, told)
        return trained, replace(fit, follows=follows)


def _named(progress: Progress | None, what: str) -> Progress | None:
    """Return the progress of a training that is called `what`."""
    if progress is None:
        return None
    return lambda _, done, total: progress(what, done, total)


class _Pairs(NamedTuple):
    """Atoms and beads in nm, and the weight of each sample."""

    atoms: Float[Array, "sample atom 3"]
    beads: Float[Array, "sample bead 3"]
    weights: Float[Array, " sample"]


class DecoderProblem(Problem):
    """The weighted mean squared deviation of atoms, of the free parameters of a decoder.

    `fixed` is the decoder with None where a parameter is free.
    """

    measured: ClassVar[int] = 4096
    measures_training: ClassVar[bool] = True

    fixed: Any
    weight: Float[Array, " atom"]

    def batch(self, data: _Pairs, turn: Turn) -> _Pairs:
        """Return the samples of a turn."""
        return _Pairs(data.atoms[turn.rows], data.beads[turn.rows], turn.weights)

    def loss(self, free: Any, batch: _Pairs) -> Float[Array, ""]:
        """Return the mean over atoms by their weights and over samples that count."""
        each = jnp.mean(self.weight * self.losses(free, batch), axis=1)
        return jnp.sum(batch.weights * each) / jnp.sum(batch.weights)

    def losses(self, free: Any, batch: _Pairs) -> Float[Array, "sample atom"]:
        """Return the squared deviation of each atom in nm^2."""
        decoder = eqx.combine(free, self.fixed)
        return jnp.sum((decoder(batch.beads) - batch.atoms) ** 2, axis=-1)


def _split(data: _Samples, aside: np.ndarray, dtype: np.dtype) -> TrainingData:
    """Return all samples on the device, parted into those trained on and those held out."""
    arrays = (data.atoms, data.beads, np.ones(len(aside)))
    pairs = _Pairs(*(jnp.asarray(array, dtype=dtype) for array in arrays))
    return TrainingData((pairs,), (np.flatnonzero(~aside),), (np.flatnonzero(aside),))


def _minimised(
    name: str,
    decoder: VectorDecoder,
    weight: Array,
    data: TrainingData,
    training: DecoderTraining,
    progress: Progress | None,
) -> tuple[VectorDecoder, DecoderFit]:
    """Train to the end; what training does not improve stays as it was."""
    free, fixed = eqx.partition(decoder, decoder.trainable())
    problem = DecoderProblem(fixed, weight)
    options = Training(
        Adam(training.learning_rate),
        batch=training.batch,
        epochs=training.epochs,
        schedule=Cosine(),
        precision=training.precision,
        seed=training.seed,
    )
    seen, unseen = (
        mean_losses(problem, free, data.sets, rows) for rows in (data.seen, data.held_out)
    )
    found = minimise(problem, free, data, options, progress=progress)
    by_atom = np.array([unseen, *(epoch.parts for epoch in found.history)])
    validation = by_atom.mean(axis=1)
    best = int(np.nanargmin(validation))
    fit = DecoderFit(
        molecule=name,
        best=best,
        training=np.sqrt([seen.mean(), *(epoch.training for epoch in found.history)]),
        validation=np.sqrt(validation),
        by_atom=np.sqrt(by_atom),
        follows=np.ones(by_atom.shape[1], dtype=bool),
    )
    return eqx.combine(found.free if best else free, fixed), fit
