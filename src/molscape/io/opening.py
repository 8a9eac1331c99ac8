"""The door: files in, a checked trajectory out."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Source, Trajectory
from molscape.io.constraints import constraints_of, describe_constraints, sample
from molscape.io.deepmd import DeepmdSource
from molscape.io.door import (
    CheckedSource,
    check_force_size,
    check_net_force,
    settle_site_forces,
    site_forces,
)
from molscape.io.formats import kind_of
from molscape.io.gro import read_gro
from molscape.io.lammps_data import read_lammps_data
from molscape.io.lammps_dump import DumpSource
from molscape.io.trr import TrrSource
from molscape.io.whole import MoleculeTrees

logger = logging.getLogger(__name__)

PathLike = str | Path


def open(
    topology: PathLike | Topology | Trajectory,
    trajectory: PathLike | None = None,
    *,
    units: str | None = None,
    timestep: float | None = None,
    whole: bool = True,
    check: bool = True,
    remove_net_force: bool = False,
) -> Trajectory:
    """Open files as a lazy trajectory, say what they were taken for, and check it.

    Args:
        topology: a GRO file, LAMMPS data file or DeePMD folder, recognised by contents; or a
            topology, or a trajectory whose topology is meant (such as `read_gro` returns).
        trajectory: a TRR file, LAMMPS dump, GRO file, data file or DeePMD folder; without it the
            frames in the topology's file are used.
        units: "real" (default) or "metal", of LAMMPS files.
        timestep: time of one step of a LAMMPS run in ps; dumps mostly carry steps only.
        whole: make molecules whole over the boundary.
        check: refuse numbers that are not finite, judge the forces, and find rigid bonds.
        remove_net_force: take the mean force of a frame from each of its atoms.

    Returns:
        A trajectory that reads in chunks; warnings are in its notes, and logged.

    Raises:
        FileNotFoundError: if a file does not exist.
        ValueError: if a file cannot be understood or the two do not belong together.
    """
    base = _read_topology(topology, units)
    kind, source, notes = _read_frames(base, trajectory, units, timestep)
    origin = str(trajectory if trajectory is not None else base.name)
    if units or timestep is not None:
        _refuse_unused(base, kind, units, timestep)
    _check_counts(base, source, topology, trajectory)
    found = [*base.notes, *notes]
    checked = CheckedSource(source, base.topology, origin, check=check)
    if check:
        checked, said = _judge(checked, kind, remove_net_force)
        found += said
    checked = replace(checked, remove_net_force=remove_net_force)
    if remove_net_force and "forces" in source.fields:
        found.append("the mean force of each frame was taken from every atom")
    if whole:
        trees = MoleculeTrees.build(checked.topology)
        checked = replace(checked, trees=trees)
        if trees.chained and "box" in source.fields:
            found.append(
                f"molecules made whole with {trees.chained} particles placed next to the one "
                "before them: no bonds are known for them"
            )
    return Trajectory(checked.topology, checked, tuple(found), Path(origin).stem)


def _read_topology(topology: PathLike | Topology | Trajectory, units: str | None) -> Trajectory:
    if isinstance(topology, Trajectory):
        return topology
    if isinstance(topology, Topology):
        return Trajectory(topology, _NoFrames(), name="topology")
    kind = kind_of(topology)
    if kind == "gro":
        return read_gro(topology)
    if kind == "lammps_data":
        return read_lammps_data(topology, units=units)
    if kind == "deepmd":
        source = DeepmdSource.scan(topology)
        particles, notes = source.guessed
        return Trajectory(particles, source, notes, Path(topology).name)
    raise ValueError(
        f"{topology} is a trajectory and does not say what its atoms are: give the topology first, "
        "open('conf.gro', 'traj.trr') or open('system.data', 'run.dump')"
    )


class _NoFrames:
    """The source of a bare topology."""

    n_frames = 0
    fields = frozenset({"positions"})

    def read(self, frames: range) -> Frames:
        """Refuse: there are none."""
        raise ValueError("a bare topology holds no frames: give a trajectory file as well")


def _read_frames(
    base: Trajectory, path: PathLike | None, units: str | None, timestep: float | None
) -> tuple[str, Source, tuple[str, ...]]:
    """Return the kind of file, the source of frames and what to say about it."""
    if path is None:
        kind = "deepmd" if isinstance(base.source, DeepmdSource) else "topology"
        return kind, base.source, ()
    kind = kind_of(path)
    if kind == "trr":
        trr = TrrSource.scan(path)
        return kind, trr, trr.notes
    if kind == "lammps_dump":
        dump = DumpSource.scan(path, units=units, timestep=timestep)
        _check_types(base.topology, dump)
        how = "as given" if units else "assumed, the file does not say"
        how = "as the file says" if dump.head.first_word("UNITS") else how
        return kind, dump, (f"{dump.path.name}: units {dump.units.name}, {how}", *dump.notes)
    if kind == "deepmd":
        return kind, DeepmdSource.scan(path), ()
    other = read_gro(path) if kind == "gro" else read_lammps_data(path, units=units)
    return kind, other.source, other.notes


def _refuse_unused(base: Trajectory, kind: str, units: str | None, timestep: float | None) -> None:
    lammps = kind.startswith("lammps") or any("LAMMPS" in note for note in base.notes)
    if units and not lammps:
        raise ValueError(f"units={units!r} applies to LAMMPS files only: leave it out")
    if timestep is not None and kind != "lammps_dump":
        raise ValueError("`timestep` applies to LAMMPS dumps only: leave it out")


def _check_counts(base: Trajectory, source: Source, *files: Any) -> None:
    if source.n_frames == 0:
        source.read(range(0))
    first = len(base.topology)
    second = source.read(range(1)).n_particles
    if first != second:
        raise ValueError(
            f"{files[0]} has {first} atoms, {files[1]} has {second}: they are not of one system; "
            "write the trajectory with all atoms of the topology"
        )


def _check_types(topology: Topology, dump: DumpSource) -> None:
    """A type number of the dump must mean one mass in the topology, atom by atom."""
    numbers = dump.column("type")
    if numbers is None or len(numbers) != len(topology):
        return
    for number in np.unique(numbers):
        members = numbers == number
        if np.ptp(topology.masses[members]) > 0.1:
            types = np.unique(topology.types[members])
            raise ValueError(
                f"atoms of type {number} in {dump.path} are {' and '.join(types.tolist())} in the "
                "topology: the two files number the atoms differently; use the data file of this "
                "run"
            )


def _judge(
    source: CheckedSource, kind: str, remove_net_force: bool
) -> tuple[CheckedSource, list[str]]:
    """Look at a sample of frames: forces on massless sites, force sizes, rigid bonds, the box."""
    particles = source.topology
    frames = sample(Trajectory(particles, source))
    said: list[str] = []
    sites = site_forces(particles, frames)
    if sites != "none":
        done = {"drop": "set to zero", "fold": "passed to their parents"}[sites]
        said.append(f"forces on massless sites were {done} (the net force is smaller so)")
    settled = settle_site_forces(particles, frames, sites)
    warnings = check_force_size(particles, settled, kind)
    if not remove_net_force:
        warnings += check_net_force(particles, settled, kind)
    if frames.box is None:
        warnings.append("the frames have no box: distances are taken without periodic images")
    for warning in warnings:
        logger.warning("%s: %s", source.origin, warning)
    topology = constraints_of(particles, frames)
    if len(topology.constraints) > len(particles.constraints):
        said.append(
            f"{len(topology.constraints)} distances do not vary and were taken for constraints: "
            f"{describe_constraints(topology)}"
        )
    said += [f"warning: {warning}" for warning in warnings]
    return replace(source, topology=topology, sites=sites), said
