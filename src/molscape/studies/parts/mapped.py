"""A reference mapped to beads, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.store import Draft, Store
from molscape.core.topology import Topology
from molscape.core.trajectory import EnergisedSource, Source, Trajectory


def short_names(topology: Topology) -> Topology:
    """Return a topology with the first five letters of every name, for GRO files."""
    return topology.replace(
        names=topology.names.astype("<U5"), residue_names=topology.residue_names.astype("<U5")
    )


BEADS = "beads.trr"

ENERGIES = "energies.npy"
"""Energies of beads that are atoms, less their mean (kJ/mol)."""

APART = 1e-3
"""Beads of the first frame that are nearer to one another (nm) are a mistake of the mapping."""


def _check_apart(beads: Trajectory) -> None:
    """Refuse beads that lie on one another: pair forces between them would be without bound."""
    from scipy.spatial import cKDTree

    close = cKDTree(beads[0].positions[0]).query_pairs(APART)
    if close:
        names = beads.topology.names
        i, j = min(close)
        raise ValueError(
            f"beads {names[i]} ({i}) and {names[j]} ({j}) lie on one another in the first frame: "
            "check which atoms, and which weights, place them"
        )


def map_reference(
    atoms: Trajectory, mapping: Mapping, folder: Path, settings: Any, progress: Progress
) -> Trajectory:
    """Project the atoms once, chunk by chunk, into `beads.trr`, and return that trajectory.

    Args:
        atoms: the reference.
        mapping: of its atoms.
        folder: of the beads; finished files of the same settings are used again.
        settings: what decides the beads.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if beads lie on one another.
    """
    from molscape.io.trr import TrrSource

    def write(draft: Draft) -> None:
        _write_beads(draft, atoms, mapping, progress)

    files = {file.name: file for file in Store(folder).once("beads", write, settings)}
    source: Source = TrrSource.scan(files[BEADS])
    if ENERGIES in files:
        source = EnergisedSource(source, np.load(files[ENERGIES]))
    beads = Trajectory(mapping.topology, source, name="all-atom")
    unwrapped = atoms[0].unwrapped
    return beads.map(lambda frames: frames.replace(whole=True, unwrapped=unwrapped))


def _write_beads(draft: Draft, atoms: Trajectory, mapping: Mapping, progress: Progress) -> None:
    from molscape.io.gro import write_gro
    from molscape.io.trr import write_trr

    beads = mapping(atoms)
    _check_apart(beads)
    target = draft(BEADS)
    done = 0
    energies: list[np.ndarray] = []
    for frames in beads.chunks(atoms.chunk_length()):
        write_trr(target, frames, first_step=done, append=done > 0)
        if done == 0:
            write_gro(draft("beads.gro"), short_names(mapping.topology), frames[0])
        done += len(frames)
        energies += [] if frames.energies is None else [frames.energies]
        progress("mapping atoms to beads", done, len(beads))
    if energies:
        # Single precision would round energies of all electrons; their zero is arbitrary.
        every = np.concatenate(energies)
        with draft(ENERGIES).open("wb") as stream:
            np.save(stream, every - every.mean())
