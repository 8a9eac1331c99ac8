"""Files in, a checked trajectory out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Source, Trajectory
from molscape.io.constraints import (
    FEWEST,
    constraints_of,
    copies,
    describe_constraints,
    sample,
)
from molscape.io.dispatch import PathLike, read_frames, read_topology, refuse_unused
from molscape.io.force_checks import (
    CheckedSource,
    check_force_size,
    check_net_force,
    settle_site_forces,
    site_forces,
)
from molscape.io.formats import Format, Options, recognise
from molscape.io.guessing import with_guessed_bonds
from molscape.io.whole import MoleculeTrees

logger = logging.getLogger(__name__)

_NO_FORCES = Note(
    "the frames carry no forces: they serve the structure-based fits (iterative Boltzmann "
    "inversion, inverse Monte Carlo, relative entropy); for force matching `molscape rerun` "
    "recomputes forces from a GROMACS, AMBER or CHARMM force field",
    Code.NO_FORCES,
)


def open(
    topology: PathLike | Topology | Trajectory,
    trajectory: PathLike | None = None,
    *,
    units: str | None = None,
    timestep: float | None = None,
    masses: Mapping[str, float] | None = None,
    remove_net_force: bool = False,
    guess_bonds: bool = False,
) -> Trajectory:
    """Open files as a lazy trajectory, say what they were taken for, and check it.

    Molecules are made whole over the boundary; `read` and `prepare` do this in two steps.

    Args:
        topology: a GRO, TPR, PSF, PRMTOP, PDB, LAMMPS data, XYZ or H5MD file or a DeePMD folder,
            recognised by contents; or a topology, or a trajectory whose topology is meant (such
            as `read_gro` returns).
        trajectory: a TRR, XTC, DCD, AMBER NetCDF, GRO, PDB, XYZ, H5MD or LAMMPS file, a folder
            with positions.npy, or a DeePMD folder; without it the frames in the topology's file
            are used.
        units: of files that do not state them: "real" (LAMMPS' default), "metal" (default of
            XYZ), "nm" (default of NumPy arrays) or "atomic".
        timestep: time of one step in ps, of LAMMPS dumps (which mostly carry steps only) and of
            DCD files (instead of the header's).
        masses: masses in u by name of atom, for united atoms and beads: {"CH3": 15.035}.
        remove_net_force: take the mean force of a frame from each of its atoms.
        guess_bonds: let mappings rest on bonds that are found from distances in the first frame,
            where the files carry none.

    Returns:
        A trajectory that reads in chunks; warnings are in its notes, and logged.

    Raises:
        FileNotFoundError: if a file does not exist.
        ImportError: if the library that reads such a file is not installed.
        ValueError: if a file cannot be understood or the two do not belong together.
    """
    found = read(topology, trajectory, units=units, timestep=timestep, masses=masses)
    if guess_bonds:
        found = _adopt_bonds(found, _name_file(topology))
    return prepare(found, remove_net_force=remove_net_force)


def read(
    topology: PathLike | Topology | Trajectory,
    trajectory: PathLike | None = None,
    *,
    units: str | None = None,
    timestep: float | None = None,
    masses: Mapping[str, float] | None = None,
) -> Trajectory:
    """Return the trajectory as the files have it: unchecked, molecules cut by the boundary.

    Arguments and errors are those of `open`.
    """
    described = _recognise_file(topology)
    stated = None
    if described is not None and described.stated_units is not None:
        stated = described.stated_units(Path(str(topology))) or units
    options = Options(units, timestep, masses or {}, stated)
    base = read_topology(topology, options)
    served = base if trajectory is None else read_frames(trajectory, options, base.topology)
    carried = described if trajectory is None else _recognise_file(trajectory)
    refuse_unused(options, described, carried)
    _check_counts(base, served.source, topology, trajectory)
    notes = [*base.notes] if trajectory is None else [*base.notes, *served.notes]
    notes += _warn_of_charge(base.topology, "box" in served.fields)
    if "forces" not in served.fields and len(served) > 1:
        notes.append(_NO_FORCES)
    origin = str(trajectory if trajectory is not None else base.name)
    known = bool(stated or units or getattr(served.source, "states_units", False))
    source = CheckedSource(served.source, base.topology, origin, carried, known, check=False)
    return Trajectory(base.topology, source, tuple(notes), Path(origin).stem)


def prepare(
    trajectory: Trajectory,
    *,
    whole: bool = True,
    check: bool = True,
    remove_net_force: bool = False,
) -> Trajectory:
    """Check a trajectory, and let its frames be corrected and made whole when they are read.

    Args:
        trajectory: what `read` returns, or a part of it.
        whole: make molecules whole over the boundary.
        check: refuse numbers that are not finite, judge the forces, and find rigid bonds.
        remove_net_force: take the mean force of a frame from each of its atoms.

    Returns:
        The trajectory, whose notes say what was found and done; warnings are logged as well.

    Raises:
        ValueError: if a number is not finite, or forces on massless sites belong to parents
            that are not known.
    """
    source, notes = trajectory.source, [*trajectory.notes]
    if not isinstance(source, CheckedSource):
        source = CheckedSource(source, trajectory.topology, trajectory.name)
    checked = replace(source, topology=trajectory.topology, check=check)
    if check:
        checked, found = _judge(checked, remove_net_force)
        notes += found
    checked = replace(checked, remove_net_force=remove_net_force)
    if remove_net_force and "forces" in checked.fields:
        removed = "the mean force of each frame was taken from every atom"
        notes.append(Note(removed, Code.REMOVED_NET_FORCE))
    if whole:
        checked, found = _make_whole(checked)
        notes += found
    return Trajectory(checked.topology, checked, tuple(notes), trajectory.name)


def _recognise_file(file: PathLike | Topology | Trajectory) -> Format | None:
    return recognise(file) if isinstance(file, str | Path) else None


def _make_whole(checked: CheckedSource) -> tuple[CheckedSource, list[Note]]:
    """Let the source make molecules whole, and say where no bonds told how."""
    trees = MoleculeTrees.build(checked.topology)
    checked = replace(checked, trees=trees)
    if not trees.chained or "box" not in checked.fields:
        return checked, []
    chained = (
        f"molecules made whole with {trees.chained} particles placed next to the one before "
        "them: no bonds are known for them"
    )
    return checked, [Note(chained, Code.MADE_WHOLE)]


def _adopt_bonds(found: Trajectory, name: str) -> Trajectory:
    """Let mappings rest on guessed bonds, as was asked for."""
    topology, notes = found.topology, found.notes
    if not topology.bonds_guessed:
        if len(topology.bonds):
            raise ValueError(f"{name} states its bonds: leave `guess_bonds` out")
        topology, guessed = with_guessed_bonds(Path(name), topology, found[0])
        notes = (*notes, *guessed)
    asked = Note("bonds are guessed from distances, as asked for", Code.GUESSED_BONDS)
    own = topology.replace(bonds_guessed=False)
    return replace(found, topology=own, notes=(*notes, asked))


def _warn_of_charge(topology: Topology, periodic: bool) -> list[Note]:
    """Warn where a periodic system is charged; rounding of the charges is allowed for."""
    charge = float(topology.charges.sum())
    if not periodic or abs(charge) < 0.01 + 1e-6 * len(topology):
        return []
    warning = (
        f"the total charge of the periodic system is {charge:+.3g} e: add the counter-ions to the "
        "topology, or know that Ewald sums neutralise it by a uniform background"
    )
    logger.warning(warning)
    return [Note(warning, Code.CHARGED).as_warning()]


def _name_file(file: Any) -> str:
    """A file by its path, anything else by what it is."""
    return str(file) if isinstance(file, str | Path) else "the topology"


def _check_counts(base: Trajectory, source: Source, *files: Any) -> None:
    if source.n_frames == 0:
        source.read(range(0))
    first = len(base.topology)
    second = source.read(range(1)).n_particles
    if first != second:
        a, b = (_name_file(file) for file in files)
        raise ValueError(
            f"{a} has {first} atoms, {b} has {second}: they are not of one system; "
            "write the trajectory with all atoms of the topology"
        )


def _judge(source: CheckedSource, remove_net_force: bool) -> tuple[CheckedSource, list[Note]]:
    """Look at a sample of frames: forces on massless sites, force sizes, rigid bonds, the box."""
    particles = source.topology
    frames = sample(Trajectory(particles, source))
    notes: list[Note] = []
    sites = site_forces(particles, frames)
    if sites != "none":
        done = {"drop": "set to zero", "fold": "passed to their parents"}[sites]
        moved = f"forces on massless sites were {done} (the net force is smaller so)"
        notes.append(Note(moved, Code.SITE_FORCES))
    settled = settle_site_forces(particles, frames, sites)
    warnings = check_force_size(particles, settled, source.format, source.units_known)
    if not remove_net_force:
        warnings += check_net_force(particles, settled, source.format)
    if frames.box is None:
        boxless = "the frames have no box: distances are taken without periodic images"
        warnings.append(Note(boxless, Code.NO_BOX))
    for warning in warnings:
        logger.warning("%s: %s", source.origin, warning)
    repeated = int(copies(frames).sum())
    if repeated:
        told = (
            f"{repeated} of {len(frames)} frames looked at repeat an earlier one: errors are too "
            "small where frames are counted twice; leave the copies out"
        )
        logger.warning("%s: %s", source.origin, told)
        warnings.append(Note(told, Code.REPEATED))
    if frames.forces is not None and len(frames) - repeated < FEWEST:
        told = f"fewer than {FEWEST} frames that differ: rigid bonds cannot be told from others"
        notes.append(Note(told, Code.CONSTRAINTS))
    topology = constraints_of(particles, frames)
    if len(topology.constraints) > len(particles.constraints):
        rigid = (
            f"{len(topology.constraints)} distances do not vary and were taken for constraints: "
            f"{describe_constraints(topology)}"
        )
        notes.append(Note(rigid, Code.CONSTRAINTS))
    notes += [warning.as_warning() for warning in warnings]
    return replace(source, topology=topology, sites=sites), notes
