"""The reference of a study: opened, made or shipped, then mapped to beads once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.store import Draft, Store
from molscape.core.topology import Topology
from molscape.core.trajectory import EnergisedSource, Source, Trajectory
from molscape.core.units import BAR
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.reference import (
    DataSetReference,
    FilesReference,
    FolderReference,
    MadeReference,
    Make,
    Reference,
    ShippedReference,
    StudyReference,
)
from molscape.studies.parts.learning import Learning, learned_mapping

if TYPE_CHECKING:
    from molscape.mapping import Bead


@dataclass(frozen=True, eq=False)
class Atoms:
    """An all-atom trajectory with its state, its files and what is known of its making."""

    trajectory: Trajectory
    state: State
    files: tuple[Path, ...]
    about: dict[str, Any]


def open_reference(
    block: Reference, base: Path, folder: Path, seed: int, progress: Progress
) -> Atoms:
    """Open the files of a reference, or make them first in the run folder."""
    from molscape import io

    if isinstance(block, FilesReference):
        files = [base / block.topology]
        if block.trajectory is not None:
            files.append(base / block.trajectory)
        trajectory = io.open(
            *files,
            units=block.units,
            timestep=block.timestep,
            masses=block.masses,
            remove_net_force=block.remove_net_force,
            guess_bonds=block.guess_bonds,
        )
        state, frames = State(block.temperature), block.frames
        about: dict[str, Any] = {}
    elif isinstance(block, DataSetReference):
        from molscape.reference.data_sets import data_set

        named = data_set(block.data_set)
        trajectory, state, files = named.open(progress)
        frames, about = block.frames, {k: named.about[k] for k in ("source", "licence", "url")}
    elif isinstance(block, StudyReference):
        trajectory, state, files = _open_run(base / block.study, block.model)
        frames, about = block.frames, {}
    else:
        data, frames = _data_folder(block, base, folder, seed, progress)
        files = [data / "conf.gro", data / "traj.trr"]
        trajectory, about = open_folder(data)
        state = State(_temperature(block, data, about))
    part = slice(*[int(x) if x else None for x in frames.split(":")])
    if len(trajectory[part]) == 0:
        raise ValueError(
            f"reference.frames {frames!r} selects none of the {len(trajectory)} frames: widen it"
        )
    if "box" not in trajectory.fields and trajectory.topology.n_molecules > 1:
        raise ValueError(
            f"{files[-1]}: {trajectory.topology.n_molecules} molecules without a box: a liquid "
            "needs its periodic box; write it with the trajectory (a GRO file's last line; TRR "
            "files and LAMMPS dumps carry it by default)"
        )
    return Atoms(trajectory[part], state, tuple(files), about)


def _open_run(study: Path, name: str) -> tuple[Trajectory, State, list[Path]]:
    """Open the run of another study's model; its forces are computed again, frame by frame."""
    from molscape.io.trr import TrrSource
    from molscape.simulate.evaluation import evaluate
    from molscape.studies.parts.models import load_model

    folder = study / "models" / name
    file = folder / "trajectory.trr"
    if not file.exists() or not (folder / "model.json").exists():
        have = sorted(one.parent.name for one in study.glob("models/*/trajectory.trr"))
        raise FileNotFoundError(
            f"{study} has no run of a model {name!r}; it has {', '.join(have) or 'none'}: give "
            "the folder of a finished study, and one of its models"
        )
    model = load_model(folder)

    def forced(frames: Frames) -> Frames:
        one = Trajectory.from_frames(model.topology, frames)
        energies, forces, _ = evaluate(model.potential, one, pressures=False)
        return frames.replace(energies=energies, forces=forces, whole=True)

    plain = Trajectory(model.topology, TrrSource.scan(file), name=f"run of {name}")
    both = plain.map(forced, fields=plain.fields | {"forces", "energies"})
    return both, State(model.temperature), [file, folder / "model.json", folder / "model.npz"]


def is_reference(files: list[Path]) -> bool:
    """Return whether what a user gave is the folder of a reference, as `open_folder` reads it."""
    return len(files) == 1 and (files[0] / "reference.json").exists()


def open_folder(data: Path) -> tuple[Trajectory, dict[str, Any]]:
    """Open the files of a reference made by molscape, and what is told of them.

    Raises:
        FileNotFoundError: if it is no such folder.
    """
    from molscape import io
    from molscape.reference import with_constraints

    if not (data / "reference.json").exists():
        raise FileNotFoundError(
            f"{data} has no reference.json: give a folder that `molscape rerun` wrote, or the "
            "`reference` folder of a run"
        )
    about = json.loads((data / "reference.json").read_text(encoding="utf-8"))
    if (data / "topology.json").exists():
        plain = json.loads((data / "topology.json").read_text(encoding="utf-8"))
        topology = Topology.from_dict(plain)
        trajectory = io.open(topology, data / "traj.trr")
    else:
        trajectory = io.open(data / "conf.gro", data / "traj.trr")
        topology = with_constraints(trajectory.topology, about)
        if about.get("kinds"):
            told = "reference.json: bonds, masses and charges are those of the force field"
            trajectory = replace(trajectory, notes=(*trajectory.notes, told))
    follows = bool(about.get("unwrapped"))
    trajectory = trajectory.map(lambda frames: frames.replace(unwrapped=follows), topology=topology)
    return trajectory, about


def _temperature(block: Reference, data: Path, about: dict[str, Any]) -> float:
    kelvin = getattr(block, "temperature", None) or about.get("temperature")
    if kelvin is None:
        raise ValueError(f"{data} does not say its temperature: give `temperature` in K")
    return float(kelvin)


def _data_folder(
    block: FolderReference | ShippedReference | MadeReference,
    base: Path,
    folder: Path,
    seed: int,
    progress: Progress,
) -> tuple[Path, str]:
    from molscape import reference

    if isinstance(block, FolderReference):
        return base / block.folder, block.frames
    if isinstance(block, ShippedReference):
        return reference.shipped(block.shipped), block.frames
    make = block.make
    data = reference.make_reference(
        make.molecules,
        folder / "reference",
        **making_arguments(make, seed),
        hardware=make.platform,
        progress=progress,
    )
    return data, block.frames


def making_arguments(make: Make, seed: int) -> dict[str, Any]:
    """Return what `plan_reference` is told beside the molecules; `seed` is the study's."""
    return {
        "phase": make.phase,
        "temperature": make.temperature,
        "pressure": None if make.pressure is None else make.pressure * BAR,
        "frames": make.frames,
        "interval": make.interval,
        "constraints": make.constraints,
        "timestep": make.timestep,
        "hydrogen_mass": make.hydrogen_mass,
        "friction": make.friction,
        "seed": seed if make.seed is None else make.seed,
    }


def build_mapping(
    block: MappingBlock, atoms: Trajectory, learning: Learning | None = None
) -> Mapping:
    """Return the mapping that a recipe describes.

    Args:
        block: the mapping.
        atoms: what it is for; a learned mapping is learned from all its frames.
        learning: where a learned mapping is kept; without it none is.
    """
    from molscape.mapping import by_graph, by_hand, by_preset

    within = block.exclude_within
    if block.preset is not None:
        mapping = by_preset(atoms.topology, block.preset, exclude_within=within)
    elif block.graph is not None:
        mapping = by_graph(atoms.topology, **block.graph.model_dump(), exclude_within=within)
    elif block.autoencoder is not None:
        mapping = learned_mapping(block.autoencoder, atoms, learning or Learning(), within)
    else:
        mapping = by_hand(atoms.topology, _beads_by_hand(block), exclude_within=within)
    return _projected(mapping, block, atoms)


def _beads_by_hand(block: MappingBlock) -> dict[str, Bead]:
    from molscape.mapping import Bead

    assert block.beads is not None
    return {
        name: Bead(
            molecule=bead.molecule,
            atoms=tuple(bead.atoms),
            residues=tuple(bead.residues),
            weights=bead.weights if isinstance(bead.weights, str) else tuple(bead.weights),
            type=bead.type,
        )
        for name, bead in block.beads.items()
    }


def _projected(mapping: Mapping, block: MappingBlock, atoms: Trajectory) -> Mapping:
    """Return the mapping with the force projection that a recipe asks for."""
    if block.forces == "aggregate" or "forces" not in atoms.fields:
        return mapping
    from molscape.mapping import minimise_noise

    return minimise_noise(atoms, mapping)


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
