"""What decoders make of the beads: atoms of the reference put back, and their torsions."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from molscape.analysis.blocks import Blocks
from molscape.core.curve import Curve
from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.decoding import Decoder, LinearDecoder, decode
from molscape.mapping.molecular_graph import LIGHT
from molscape.studies.mapping_comparison.measures import Value
from molscape.studies.mapping_comparison.recipe import TorsionBlock

MOST = 5_000_000
"""Positions of atoms that are decoded; of a longer reference only every N-th frame is."""

SAMPLES = 5000
"""Frames and molecules that a network is trained on, so that many mappings can be compared."""

STRAIGHT = 1e-3
"""Sine of an angle below which atoms lie on a line, around which a torsion has no value."""

EXACT = 1e-9
"""Errors of distances below which there is no overlap, and nothing to estimate."""


@dataclass(frozen=True, eq=False)
class Torsions:
    """Dihedrals of the reference: the atoms of each, one row a molecule, and the distributions."""

    rows: dict[str, Int[np.ndarray, "molecule 4"]]
    blocks: dict[str, Blocks]
    floors: dict[str, Value]

    @classmethod
    def of(cls, atoms: Trajectory, wanted: dict[str, TorsionBlock]) -> Torsions:
        """Measure the reference.

        Raises:
            ValueError: if a name does not mean one atom of the molecule.
        """
        from molscape.analysis import floor

        rows = {name: torsion_rows(atoms.topology, name, one) for name, one in wanted.items()}
        blocks = {name: _blocks(atoms, own) for name, own in rows.items()}
        floors = {name: Value(*floor(one)) for name, one in blocks.items()}
        return cls(rows, blocks, floors)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Atoms of the reference from one decoder.

    `error` and `heavy` are root mean square deviations in nm of all atoms and of those but
    hydrogens, `torsions` distributions and `distances` how far they are from the reference's;
    torsions around a line have none.
    """

    error: Value
    heavy: Value
    torsions: dict[str, Curve]
    distances: dict[str, Value]


@dataclass(frozen=True, eq=False)
class Decoders:
    """What each decoder of a mapping makes: "linear", and "network" where one was trained.

    `processor_time` (s) is that of training the network; `notes` say what it could not do.
    """

    found: dict[str, Decoded]
    processor_time: float | None = None
    notes: tuple[str, ...] = ()


def sample_of(atoms: Trajectory) -> Trajectory:
    """Return a reference's frames in memory, thinned out where there are very many."""
    every = max(1, -(-len(atoms) * len(atoms.topology) // MOST))
    some = atoms[::every]
    return Trajectory.from_frames(atoms.topology, some.load(), name=atoms.name)


def decoders(
    sample: Trajectory,
    mapping: Mapping,
    torsions: Torsions,
    seed: int | None,
    progress: Progress,
) -> Decoders:
    """Fit decoders of a mapping and measure what they make of the reference.

    Args:
        sample: the atoms.
        mapping: of them.
        torsions: of the same atoms.
        seed: of the network's training; None: the linear decoder alone.
        progress: called as progress(what, done, total).
    """
    beads = mapping(sample)
    linear: Decoder = LinearDecoder.fit(sample, mapping)
    found = {"linear": _decoded(linear, beads, sample, torsions)}
    if seed is None:
        return Decoders(found)
    from molscape.fit.decoder_training import DecoderTraining, train_decoder

    begin = time.process_time()
    trained = train_decoder(sample, mapping, DecoderTraining(seed=seed, samples=SAMPLES), progress)
    spent = time.process_time() - begin
    if trained.decoder is trained.linear:
        return Decoders(found, None, trained.notes)
    found["network"] = _decoded(trained.decoder, beads, sample, torsions)
    return Decoders(found, spent, trained.notes)


def torsion_rows(
    topology: Topology, name: str, block: TorsionBlock
) -> Int[np.ndarray, "molecule 4"]:
    """Return the atoms of a torsion in every molecule.

    Raises:
        ValueError: if there is no such molecule, or a name does not mean one of its atoms.
    """
    from molscape.mapping.hand import matching
    from molscape.mapping.moments import molecule_rows

    members = molecule_rows(topology, block.molecule)
    chosen = []
    for pattern in block.atoms:
        which = np.flatnonzero(matching(topology, members[0], pattern))
        if len(which) != 1:
            names = topology.names[members[0]]
            told = ", ".join(names[which].tolist()) or f"none of {', '.join(names[:12].tolist())}"
            raise ValueError(
                f"torsions.{name}: {pattern!r} must mean one atom of molecule {block.molecule}, it "
                f"means {told}: give names as ALA:CA where residues share them"
            )
        chosen.append(int(which[0]))
    if len(set(chosen)) < 4:
        raise ValueError(f"torsions.{name}: atoms {block.atoms} are not four different ones")
    return members[:, chosen]


def _decoded(
    decoder: Decoder, beads: Trajectory, sample: Trajectory, torsions: Torsions
) -> Decoded:
    from molscape.analysis import deviations, distance_with_error

    lazy = decode(decoder, beads)
    atoms = Trajectory.from_frames(decoder.topology, lazy.load())
    found = deviations(atoms, sample, atoms=decoder.atoms)
    masses = decoder.topology.masses
    heavy = np.flatnonzero(masses > min(LIGHT, masses.max() - 1e-3))
    curves, distances = {}, {}
    for name, rows in torsions.rows.items():
        if not np.isin(rows, decoder.atoms).all():
            continue
        own = np.searchsorted(decoder.atoms, rows)
        if _straight(atoms.load().positions[:, own]):
            continue
        blocks = _blocks(atoms, own)
        curves[name] = blocks.curve()
        value, error = distance_with_error(blocks, torsions.blocks[name])
        distances[name] = Value(value, error if error > EXACT else None)
    return Decoded(Value(*found.over()), Value(*found.over(heavy)), curves, distances)


def _straight(x: Float[np.ndarray, "frame molecule 4 3"]) -> bool:
    """Return whether three neighbours of the four atoms usually lie on a line or on each other."""
    bonds = np.diff(x, axis=2)
    lengths = np.linalg.norm(bonds, axis=-1)
    crossed = np.linalg.norm(np.cross(bonds[:, :, :-1], bonds[:, :, 1:]), axis=-1)
    sines = crossed / np.maximum(lengths[:, :, :-1] * lengths[:, :, 1:], 1e-12)
    return bool(np.median(sines.min(axis=-1)) < STRAIGHT)


def _blocks(atoms: Trajectory, rows: np.ndarray) -> Blocks:
    """Return the distribution of some dihedrals of atoms, over -pi to pi."""
    from molscape.analysis import dihedral_blocks

    topology = atoms.topology
    types = np.full(len(topology), "X")
    own = topology.replace(types=types, dihedrals=rows.astype(np.int64))
    found = dihedral_blocks(atoms.map(lambda frames: frames, own), "X-X-X-X")
    return replace(found, y_label="p(phi)")
