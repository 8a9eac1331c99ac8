"""A learned mapping in a study: learned once, kept in the run folder, and told of."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.store import Store
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.mapping import AutoencoderBlock
from molscape.studies.blocks.reference import Reference

if TYPE_CHECKING:
    from molscape.fit.mapping_search import LearnedBeads
    from molscape.mapping.moments import SecondMoments


LEARNED = "learned.json"
"""Name of the file with what was learned."""


@dataclass(frozen=True, eq=False)
class Learning:
    """How a mapping is learned in a study, and where it is kept.

    `store` keeps what was learned; it is used again where the `settings` are the same. `moments`
    are those of the trajectory, by molecule, where they are known already. Where `only_read`, what
    an earlier version learned is taken as it is: its run has these beads.
    """

    store: Store | None = None
    settings: Any = None
    seed: int = 0
    progress: Progress = lambda *_: None
    only_read: bool = False
    moments: dict[str, SecondMoments] = field(default_factory=dict)

    def learn(self, block: AutoencoderBlock, atoms: Trajectory, exclude_within: int = 3) -> Mapping:
        """Return the mapping that is learned from a trajectory, or was learned from it before.

        Raises:
            ValueError: if there is no such molecule, it has fewer parts than beads, or the force
                term is asked for without forces.
        """
        from molscape.mapping.learned import by_assignment

        found = read_learned(self)
        if found is None:
            found = _learn(block, atoms, self)
        mapping = by_assignment(
            atoms.topology,
            {block.molecule: np.array(found["beads"])},
            exclude_within=exclude_within,
            joined={block.molecule: found["joined"]},
        )
        return replace(mapping, notes=(*_notes(block, found), *mapping.notes))


def learning_settings(
    reference: Reference, block: AutoencoderBlock, checksums: list[str], seed: int
) -> dict[str, Any]:
    """Return what decides a mapping that is learned; `checksums` are those of the inputs."""
    return {"reference": reference, "autoencoder": block, "inputs": checksums, "seed": seed}


def read_learned(learning: Learning) -> dict[str, Any] | None:
    """Return what was learned before from the same inputs, if anything."""
    store = learning.store
    if store is None:
        return None
    file = store.folder / LEARNED
    known = store.finished("learned", learning.settings) is not None
    if not known and not (learning.only_read and file.exists()):
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    # Earlier versions wrote an identity into the file.
    return found if known or ("identity" in found and "joined" in found) else None


def check_learning(
    block: AutoencoderBlock, topology: Topology, fields: frozenset[str], frames: int
) -> Iterator[str]:
    """Say what will be learned, and refuse what cannot be.

    Args:
        block: the mapping.
        topology: of the atoms.
        fields: of the trajectory.
        frames: of the trajectory.

    Raises:
        ValueError: as `Learning.learn` does.
    """
    from molscape.mapping.force_weights import rigid_clusters
    from molscape.mapping.moments import molecule_rows

    first = molecule_rows(topology, block.molecule)[0]
    parts = len(np.unique(rigid_clusters(topology)[first]))
    if block.beads > parts:
        tied = "" if parts == len(first) else f", {parts} parts that rigid bonds tie"
        raise ValueError(
            f"mapping.autoencoder.beads: {block.beads} beads of a molecule of {len(first)} atoms"
            f"{tied}: give at most {parts}"
        )
    if block.force_weight > 0 and "forces" not in fields:
        raise ValueError(
            "mapping.autoencoder.force_weight: the force term needs forces, the reference has "
            "none: recompute them with `molscape rerun`, or set it to 0"
        )
    yield (
        f"{block.beads} beads of molecule {block.molecule} ({len(first)} atoms) will be learned "
        f"from {frames} frames: {block.seeds} seeds of {block.epochs} epochs"
    )


def _learn(block: AutoencoderBlock, atoms: Trajectory, learning: Learning) -> dict[str, Any]:
    from molscape.fit.mapping_search import Annealing, learn_beads
    from molscape.mapping.learned import by_assignment, missing_bonds
    from molscape.mapping.moments import SecondMoments

    moments = learning.moments.get(block.molecule)
    if moments is None:
        moments = SecondMoments.of(atoms, block.molecule)
    annealing = Annealing(
        epochs=block.epochs,
        force_weight=block.force_weight,
        seeds=block.seeds,
        seed=learning.seed,
    )
    begin = time.process_time()
    found = _plain(learn_beads(moments, block.beads, annealing, learning.progress))
    found |= {"format": 1, "frames": len(atoms)}
    found["processor_time"] = time.process_time() - begin
    found["atoms"] = atoms.topology.names[moments.members[0]].tolist()
    plain = by_assignment(atoms.topology, {block.molecule: np.array(found["beads"])})
    found["joined"] = missing_bonds(plain, atoms, block.molecule)
    if learning.store is not None:
        text = json.dumps(found)
        learning.store.put("learned", lambda draft: draft.text(LEARNED, text), learning.settings)
    return found


def _plain(found: LearnedBeads) -> dict[str, Any]:
    return {
        "beads": found.beads.tolist(),
        "error": found.error,
        "errors": found.errors.tolist(),
        "annealed": found.annealed.tolist(),
        "refilled": found.refilled.tolist(),
        "assignments": found.assignments.tolist(),
    }


def _notes(block: AutoencoderBlock, found: dict[str, Any]) -> Iterator[str]:
    errors = ", ".join(f"{error:.4f}" for error in found["errors"])
    yield (
        f"{block.beads} beads of molecule {block.molecule} learned from {found['frames']} frames: "
        f"atoms are reconstructed to {found['error']:.4f} nm (root mean square; by seed {errors})"
    )
    if any(found["refilled"]):
        counts = ", ".join(str(count) for count in found["refilled"])
        yield (
            f"beads of molecule {block.molecule} that were empty after annealing (by seed "
            f"{counts}) were given the atoms that were worst reconstructed"
        )
