"""What `molscape backmap` does: the atoms of a coarse-grained run, written as a trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.store import Store, whole
from molscape.core.trajectory import Trajectory
from molscape.io.gro import write_gro
from molscape.io.models import read_model
from molscape.io.trr import TrrSource, write_trr
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.coarse_graining.states import open_states
from molscape.studies.parts.mapped import short_names
from molscape.studies.parts.models import draft_model
from molscape.studies.parts.state_points import StatePoint
from molscape.studies.study import Display

if TYPE_CHECKING:
    from molscape.mapping.decoding import Decoder
    from molscape.reference.relaxing import Relaxed

HEAVY = 3.5
"""Mass (u) from which atoms are no hydrogens."""

CHECKED = 2000
"""Frames of the reference on which a decoder's deviations are measured."""


@dataclass(frozen=True)
class Backmapping:
    """How a run is decoded.

    Args:
        model: name of the model whose run is decoded.
        out: file of the atoms, FILE.trr; FILE.gro with names is written beside.
        linear: whether the linear decoder is enough.
        relax: whether each frame is relaxed with OpenMM; for references made by molscape.
        every: frames of the run, every N-th.
    """

    model: str
    out: Path
    linear: bool = False
    relax: bool = False
    every: int = 1


def backmap(
    recipe: Recipe, base: Path, folder: Path, wish: Backmapping, display: Display
) -> list[str]:
    """Decode the run of a model and write it; return what is to be said, line by line.

    The decoder is fitted to the reference once and kept in the run folder.

    Args:
        recipe: the study.
        base: folder that relative paths in the recipe start from.
        folder: the run folder, with the finished run of the model.
        wish: what is decoded and how.
        display: where progress is shown.

    Raises:
        FileNotFoundError: if the folder has no run of the model.
        ValueError: if the file to write is no .trr, or the reference cannot be decoded or built.
    """
    file = folder / "models" / wish.model / "trajectory.trr"
    if not file.exists():
        have = sorted(one.parent.name for one in folder.glob("models/*/trajectory.trr"))
        raise FileNotFoundError(
            f"{folder} has no run of a model {wish.model!r}; it has {', '.join(have) or 'none'}: "
            "run the recipe first, and give one of its models"
        )
    if wish.out.suffix != ".trr":
        raise ValueError(f"--out {wish.out}: atoms are written as .trr, give such a name")
    study = CoarseGrainingStudy(recipe, base, folder, display)
    study.points = open_states(study, only_read=True)
    main = study.main
    decoder, lines = _decoder(study, wish.linear)
    lines += _deviations(main, decoder)
    run = Trajectory(main.beads.topology, TrrSource.scan(file))[:: wish.every]
    lines += _write(study, decoder, run.map(lambda frames: frames.replace(whole=True)), wish)
    return [*lines, f"{len(run)} frames of {len(decoder.topology)} atoms in {wish.out}"]


def _decoder(study: CoarseGrainingStudy, linear: bool) -> tuple[Decoder, list[str]]:
    """Return the decoder that is kept in the run folder, or fit it first."""
    from molscape.fit.decoder_training import DecoderTraining, train_decoder
    from molscape.mapping.decoder_files import decoder_parts, rebuild_decoder
    from molscape.mapping.decoding import LinearDecoder

    main, recipe = study.main, study.recipe
    training = DecoderTraining(seed=recipe.seed)
    made_from = {
        "reference": recipe.reference,
        "mapping": recipe.mapping,
        "inputs": study.checksums,
        "seed": recipe.seed,
        "training": None if linear else training,
    }
    store = Store(study.folder / "mapping" / ("decoder-linear" if linear else "decoder"))
    if store.finished("decoder", made_from) is not None:
        settings, arrays = read_model(store.folder)
        return rebuild_decoder(settings, arrays), list(settings["notes"])
    notes: list[str] = []
    decoder: Decoder
    if linear:
        decoder = LinearDecoder.fit(main.atoms.trajectory, main.mapping)
    else:
        found = train_decoder(main.atoms.trajectory, main.mapping, training, study.display)
        decoder, notes = found.decoder, list(found.notes)
    settings, arrays = decoder_parts(decoder)
    description = {**settings, "notes": notes}
    store.put("decoder", lambda draft: draft_model(draft, description, arrays), made_from)
    return decoder, notes


def _deviations(main: StatePoint, decoder: Decoder) -> list[str]:
    """Say how far decoded frames of the reference are from their atoms."""
    from molscape.analysis import deviations
    from molscape.mapping import decode

    atoms = main.atoms.trajectory
    some = atoms[:: max(1, len(atoms) // CHECKED)]
    found = deviations(decode(decoder, main.mapping(some)), some, atoms=decoder.atoms)
    value, error = found.over()
    lines = [f"atoms of the reference are decoded to {value:.4f}({error:.4f}) nm"]
    heavy = np.flatnonzero(decoder.topology.masses > HEAVY)
    if 0 < len(heavy) < len(decoder.topology):
        value, error = found.over(heavy)
        lines[0] += f", those but hydrogens to {value:.4f}({error:.4f}) nm"
    return lines


def _write(
    study: CoarseGrainingStudy, decoder: Decoder, run: Trajectory, wish: Backmapping
) -> list[str]:
    """Write decoded frames chunk by chunk, and say what relaxing them did.

    The files appear when they are complete.
    """
    from molscape.mapping import decode

    system = _system(study) if wish.relax else None
    done, relaxed = 0, []
    with whole(wish.out) as trr, whole(wish.out.with_suffix(".gro")) as gro:
        for decoded in decode(decoder, run).chunks(100 if wish.relax else None):
            frames = decoded
            if system is not None:
                relaxed.append(_relax(system, decoded, study))
                frames = relaxed[-1].frames
            write_trr(trr, frames, first_step=done, append=done > 0)
            if done == 0:
                write_gro(gro, short_names(decoder.topology), frames[0])
            done += len(frames)
            study.display("decoding", done, len(run))
    return _relaxation_told(relaxed)


def _relaxation_told(relaxed: list[Relaxed]) -> list[str]:
    if not relaxed:
        return []
    names = ("before", "after", "beads_moved", "bad")
    before, after, moved, bad = (
        np.concatenate([getattr(part, name) for part in relaxed]) for name in names
    )
    lines = [
        f"relaxed with OpenMM: energies fall from {np.median(before):.4g} to "
        f"{np.median(after):.4g} kJ/mol (median), beads move by {np.median(moved):.4f} nm"
    ]
    if np.any(bad):
        lines.append(f"{bad.sum()} frames could not be relaxed and are as they were decoded")
    return lines


def _system(study: CoarseGrainingStudy) -> Any:
    """Return the all-atom system of a reference that molscape made."""
    from molscape.reference import rebuild

    data = study.main.atoms.files[0].parent
    if not (data / "reference.json").exists():
        raise ValueError(
            "--relax needs the force field of the atoms, which only references made by molscape "
            "carry (`reference: {make: ...}`): leave it out"
        )
    return rebuild(data)


def _relax(system: Any, frames: Frames, study: CoarseGrainingStudy) -> Relaxed:
    from molscape.reference import relax

    return relax(system, frames, study.main.mapping)
