"""Training of equivariant decoders on samples of a frame and a molecule."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int

from molscape.core.mapping import Mapping
from molscape.core.potential import cast
from molscape.core.record import Progress
from molscape.core.trajectory import Trajectory
from molscape.fit.samples import fold_of
from molscape.mapping.bead_graph import BeadGraph
from molscape.mapping.decoding import Decoder, LinearDecoder, MappedMolecules, mapped_molecules
from molscape.mapping.vector_decoder import RefinedDecoder, RefinedMolecules, VectorDecoder

log = logging.getLogger(__name__)

EXACT = 1e-6
"""Deviation (nm) of the linear decoder below which nothing is left to learn."""

FOLLOWS = 0.98
"""Share of an atom's squared deviation that must be left at most if beads are to tell of it."""

EVALUATED = 4096
"""Samples that a deviation is measured on at a time."""

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
        decoder, fit = _trained(kind, weights, bonds, data, held_out, training, progress)
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


def _trained(
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
        trial = _Run(decoder, data, aside, short, relative=True)
        first = trial.finish(kind.name, f"trying the decoder of {kind.name}", progress)
        squares = first[1].by_atom ** 2
        follows = squares.min(axis=0) < FOLLOWS * squares[0]
        if not np.any(follows):
            return decoder, replace(first[1], best=0, follows=follows)
        scale = jnp.where(jnp.asarray(follows), decoder.scale, 0.0)
        decoder = eqx.tree_at(lambda d: d.scale, decoder, scale)
        run = _Run(decoder, data, aside, training, relative=False)
        trained, fit = run.finish(kind.name, f"training the decoder of {kind.name}", progress)
        return trained, replace(fit, follows=follows)


class _Run:
    """Arrays on the device and where a training stands."""

    def __init__(
        self,
        decoder: VectorDecoder,
        data: _Samples,
        aside: np.ndarray,
        training: DecoderTraining,
        *,
        relative: bool,
    ) -> None:
        self.training = training
        dtype = decoder.scale.dtype
        # Each atom by what the linear decoder misses of it, or all alike.
        known = jnp.where(decoder.scale > EXACT, decoder.scale, jnp.inf)
        alike = jnp.ones_like(known) / jnp.mean(decoder.scale**2)
        self.weight = known**-2 if relative else alike
        self.seen, self.unseen = (
            tuple(jnp.asarray(part[rows], dtype=dtype) for part in (data.beads, data.atoms))
            for rows in (~aside, aside)
        )
        self.size = min(training.batch, len(self.seen[0]))
        self.steps = len(self.seen[0]) // self.size
        self.free, self.fixed = eqx.partition(decoder, decoder.trainable())
        self.optimiser = optax.adam(
            optax.cosine_decay_schedule(training.learning_rate, training.epochs * self.steps)
        )

    def finish(
        self, name: str, what: str, progress: Progress | None
    ) -> tuple[VectorDecoder, DecoderFit]:
        """Train to the end; progress is told as `what`."""
        training = self.training
        free, state, best = self.free, self.optimiser.init(self.free), self.free
        history = [self._losses(free)]
        for epoch in range(training.epochs):
            random = np.random.default_rng([training.seed, epoch])
            order = random.permutation(len(self.seen[0]))[: self.steps * self.size]
            rows = jnp.asarray(order.reshape(self.steps, self.size))
            free, state = _epoch(
                self.optimiser, self.fixed, (free, state), self.seen, self.weight, rows
            )
            history.append(self._losses(free))
            if np.mean(history[-1][1]) < min(np.mean(found[1]) for found in history[:-1]):
                best = free
            if progress is not None:
                progress(what, epoch + 1, training.epochs)
        seen, unseen = (np.array(part) for part in zip(*history, strict=True))
        fit = DecoderFit(
            molecule=name,
            best=int(np.nanargmin(unseen.mean(axis=1))),
            training=np.sqrt(seen.mean(axis=1)),
            validation=np.sqrt(unseen.mean(axis=1)),
            by_atom=np.sqrt(unseen),
            follows=np.ones(unseen.shape[1], dtype=bool),
        )
        return eqx.combine(best, self.fixed), fit

    def _losses(self, free: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return mean squared deviations (nm^2) by atom of samples trained on and held out."""
        found = []
        for beads, atoms in (self.seen, self.unseen):
            total = np.zeros(atoms.shape[1])
            for k in range(0, len(beads), EVALUATED):
                rows = slice(k, k + EVALUATED)
                squares = _squares(free, self.fixed, beads[rows], atoms[rows])
                total += np.asarray(squares, np.float64) * len(beads[rows])
            found.append(total / len(beads))
        return found[0], found[1]


@eqx.filter_jit
def _squares(free: Any, fixed: Any, beads: Array, atoms: Array) -> Float[Array, " atom"]:
    """Return the mean squared deviation of each atom in nm^2."""
    decoder = eqx.combine(free, fixed)
    return jnp.mean(jnp.sum((decoder(beads) - atoms) ** 2, axis=-1), axis=0)


@eqx.filter_jit
def _epoch(
    optimiser: optax.GradientTransformation,
    fixed: Any,
    begin: tuple[Any, Any],
    data: tuple[Array, ...],
    weight: Float[Array, " atom"],
    rows: Int[Array, "step sample"],
) -> tuple[Any, Any]:
    """Take a step of Adam for each row of samples."""
    beads, atoms = data

    def loss(free: Any, own: Array) -> Array:
        return jnp.mean(weight * _squares(free, fixed, beads[own], atoms[own]))

    def step(carry: Any, own: Array) -> Any:
        free, state = carry
        change, state = optimiser.update(jax.grad(loss)(free, own), state, free)
        return (optax.apply_updates(free, change), state), None

    return jax.lax.scan(step, begin, rows)[0]
