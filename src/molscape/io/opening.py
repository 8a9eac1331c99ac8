"""The door: files in, a checked trajectory out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from molscape.core.topology import Topology
from molscape.core.trajectory import Source, Trajectory
from molscape.io.constraints import constraints_of, describe_constraints, sample
from molscape.io.dispatch import Options, PathLike, read_frames, read_topology, refuse_unused
from molscape.io.door import (
    CheckedSource,
    check_force_size,
    check_net_force,
    settle_site_forces,
    site_forces,
)
from molscape.io.guessing import with_guessed_bonds
from molscape.io.whole import MoleculeTrees

logger = logging.getLogger(__name__)

NO_FORCES = (
    "the frames carry no forces: they serve the structure-based fits (iterative Boltzmann "
    "inversion, inverse Monte Carlo, relative entropy); for force matching `molscape rerun` "
    "recomputes forces from a GROMACS, AMBER or CHARMM force field"
)
"""What is said of a trajectory without forces."""


def open(
    topology: PathLike | Topology | Trajectory,
    trajectory: PathLike | None = None,
    *,
    units: str | None = None,
    timestep: float | None = None,
    masses: Mapping[str, float] | None = None,
    whole: bool = True,
    check: bool = True,
    remove_net_force: bool = False,
    guess_bonds: bool = False,
) -> Trajectory:
    """Open files as a lazy trajectory, say what they were taken for, and check it.

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
        whole: make molecules whole over the boundary.
        check: refuse numbers that are not finite, judge the forces, and find rigid bonds.
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
    options = Options(units, timestep, masses or {})
    base = read_topology(topology, options)
    kind, source, notes = read_frames(base, trajectory, options)
    origin = str(trajectory if trajectory is not None else base.name)
    refuse_unused(base, kind, options)
    _check_counts(base, source, topology, trajectory)
    found = [*base.notes, *notes]
    found += _charge_warning(base.topology, "box" in source.fields)
    if "forces" not in source.fields and source.n_frames > 1:
        found.append(NO_FORCES)
    if guess_bonds:
        base, said = _with_bonds(base, source, _called(topology))
        found += said
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


def _with_bonds(base: Trajectory, source: Source, called: str) -> tuple[Trajectory, list[str]]:
    """Return the particles with bonds guessed, as was asked for."""
    topology = base.topology
    said: tuple[str, ...] = ()
    if not topology.bonds_guessed:
        if len(topology.bonds):
            raise ValueError(f"{called} states its bonds: leave `guess_bonds` out")
        topology, said = with_guessed_bonds(Path(called), topology, source.read(range(1)))
    own = Trajectory(topology.replace(bonds_guessed=False), base.source, base.notes, base.name)
    return own, [*said, "bonds are guessed from distances, as asked for"]


def _charge_warning(topology: Topology, periodic: bool) -> list[str]:
    """Warn where a periodic system is charged; rounding of the charges is allowed for."""
    charge = float(topology.charges.sum())
    if not periodic or abs(charge) < 0.01 + 1e-6 * len(topology):
        return []
    warning = (
        f"the total charge of the periodic system is {charge:+.3g} e: add the counter-ions to the "
        "topology, or know that Ewald sums neutralise it by a uniform background"
    )
    logger.warning(warning)
    return [f"warning: {warning}"]


def _called(file: Any) -> str:
    """A file by its path, anything else by what it is."""
    return str(file) if isinstance(file, str | Path) else "the topology"


def _check_counts(base: Trajectory, source: Source, *files: Any) -> None:
    if source.n_frames == 0:
        source.read(range(0))
    first = len(base.topology)
    second = source.read(range(1)).n_particles
    if first != second:
        a, b = (_called(file) for file in files)
        raise ValueError(
            f"{a} has {first} atoms, {b} has {second}: they are not of one system; "
            "write the trajectory with all atoms of the topology"
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
