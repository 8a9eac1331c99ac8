"""Forces and energies of the frames of a trajectory, recomputed with OpenMM."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.frames import Frames
from molscape.core.hashes import sha256
from molscape.core.note import Code, Note
from molscape.core.record import Progress
from molscape.core.store import Store, whole, write_text
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io import open as open_files
from molscape.io.constraints import describe_constraints, resolution
from molscape.io.dispatch import read_frames
from molscape.io.force_checks import HIGHEST_FORCE, check_net_force, root_mean_square_force
from molscape.io.formats import Options
from molscape.io.gro import write_gro
from molscape.io.trr import TrrSource, write_trr
from molscape.reference.account import block_error, processor
from molscape.reference.engine import Hardware, load_openmm
from molscape.reference.force_field_files import (
    ForceField,
    Nonbonded,
    completed,
    load_force_field,
    reduced,
)
from molscape.reference.system import real_particles, without_sites

logger = logging.getLogger(__name__)

_CHUNK = 50
"""Frames between two writes."""

PathLike = str | Path


def rerun(
    trajectories: PathLike | Sequence[PathLike],
    force_field: PathLike | ForceField,
    out: PathLike,
    *,
    nonbonded: Nonbonded | None = None,
    hardware: Hardware | str = "auto",
    progress: Progress | None = None,
) -> Trajectory:
    """Recompute forces and energies of every frame; write a reference that forces can be fitted to.

    Distances that do not vary in the trajectory (rigid water, constrained bonds) are declared as
    constraints, and force-field terms that act within them are left out, as the engine that
    wrote the trajectory did. Forces are the derivatives of the energy by free atoms; the forces
    that hold constraints are not among them. They cancel in sums over rigid groups, which is
    what the force weights of a mapping respect. Forces on virtual sites are passed to their
    parents, and the sites are left out of what is written.

    Args:
        trajectories: a file, or several that follow each other, of any format with frames of all
            atoms in the force field's order; molecules may be cut by the boundary.
        force_field: a GROMACS .top or an AMBER .prmtop; or what `load_force_field` read, as of a
            CHARMM .psf with its parameter files, or of a .top that includes files from elsewhere.
        out: folder for `traj.trr`, `conf.gro`, `energies.npy` (kJ/mol), `topology.json` and
            `reference.json`; made if it is not there.
        nonbonded: cutoffs and electrostatics; give those of the simulation.
        hardware: a platform name ("CUDA", "OpenCL", "CPU", "Reference"), or `Hardware` for
            threads and precision.
        progress: called as progress(what, done, total) after each frame.

    Returns:
        The trajectory with forces, read from `traj.trr` when needed.

    Raises:
        ImportError: if OpenMM, or the reader of a format, is not installed.
        FileNotFoundError: if a file is missing, included ones too.
        ValueError: if files do not belong together, the platform is not there, or the folder
            holds a reference.
        RuntimeError: if another process works in the folder.
    """
    files = [trajectories] if isinstance(trajectories, str | Path) else list(trajectories)
    if not files:
        raise ValueError("no trajectory is given: name at least one file")
    out = Path(out)
    if (out / "reference.json").exists():
        raise ValueError(f"{out} holds a reference already: use a new folder, or delete this one")
    found = force_field if isinstance(force_field, ForceField) else load_force_field(force_field)
    opened = _open(_bare(found), files)
    box = opened[0][0].box
    settled = (nonbonded or Nonbonded()).settled(found.family, None if box is None else box[0])
    system = found.build(settled, None if box is None else box[0])
    topology = _rigid(completed(found.topology, system), opened[0].topology)
    silenced = leave_out_rigid_terms(system, topology)
    hardware = Hardware(hardware) if isinstance(hardware, str) else hardware
    hardware = hardware.resolve(len(topology))
    evaluation = ForceContext.make(system, topology, hardware)
    topology = without_sites(topology)
    with Store(out).locked() as store:
        store.claim("reference", {"made_by": "rerun"})
        energies, warnings = _write(evaluation, topology, opened, out, progress)
        about = {
            "format": 1,
            "system": found.path.stem,
            "made_by": "rerun",
            "force_field": {"file": str(found.path), "family": found.family},
            "inputs": {str(file): sha256(file) for file in (*files, found.path, *found.parameters)},
            "nonbonded": asdict(settled),
            "constraints": describe_constraints(topology) if len(topology.constraints) else "none",
            "terms_left_out": silenced,
            "forces": "unconstrained: constraint forces are not among them; they cancel in the sum "
            "over a rigid group; forces on virtual sites are passed to their parents",
            "frames": len(energies),
            "mean_potential_energy": float(energies.mean()),
            "mean_potential_energy_error": block_error(energies),
            "unwrapped": False,
            "engine": f"OpenMM {load_openmm().__version__}",
            **asdict(hardware),
            "processor": processor(),
            "notes": [n for each in opened for n in each.notes if n.code != Code.NO_FORCES],
            "warnings": warnings,
        }
        _finish(out, topology, energies, about)
    source = TrrSource.scan(out / "traj.trr")
    trajectory = Trajectory(topology, source, _describe_forces(about), str(about["system"]))
    return trajectory.map(lambda frames: frames.replace(whole=True))


def _bare(found: ForceField) -> Topology:
    """Particles with their masses, no constraints: these are found in the trajectory."""
    system = found.build(Nonbonded("none"), None)
    topology = completed(found.topology, system)
    nothing = np.zeros((0, 2), dtype=np.int64)
    return topology.replace(constraints=nothing, constraint_lengths=np.zeros(0))


def _open(bare: Topology, files: Sequence[PathLike]) -> list[Trajectory]:
    """Open the trajectories, with or without the virtual sites of the force field."""
    opened = []
    for file in files:
        count = read_frames(file, Options(), bare)[0].n_particles
        absent = count == len(real_particles(bare)) < len(bare)
        opened.append(open_files(without_sites(bare) if absent else bare, file))
    return opened


def _rigid(topology: Topology, opened: Topology) -> Topology:
    """Join the constraints that the force field states and those found in the trajectory."""
    found = opened.constraints
    if len(opened) < len(topology):
        found = real_particles(topology)[found]
    pairs = np.sort(np.concatenate([topology.constraints, found]), axis=1)
    lengths = np.concatenate([topology.constraint_lengths, opened.constraint_lengths])
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    return topology.replace(constraints=pairs, constraint_lengths=lengths[first])


def leave_out_rigid_terms(system: Any, topology: Topology) -> dict[str, int]:
    """Set to zero the force constants of bonds and angles that lie within rigid distances.

    They would add what rounding of the positions makes of a stiff spring: 0.0005 nm times
    400,000 kJ/mol/nm^2.

    Args:
        system: an `openmm.System`, changed.
        topology: its particles with constraints.

    Returns:
        The number of bonds and of angles left out.
    """
    rigid = {(min(i, j), max(i, j)) for i, j in topology.constraints.tolist()}
    counts = {"bonds": 0, "angles": 0}
    for force in system.getForces():
        kind = type(force).__name__
        if kind == "HarmonicBondForce":
            for k in range(force.getNumBonds()):
                i, j, length, _ = force.getBondParameters(k)
                if (min(i, j), max(i, j)) in rigid:
                    force.setBondParameters(k, i, j, length, 0.0)
                    counts["bonds"] += 1
        if kind == "HarmonicAngleForce":
            for k in range(force.getNumAngles()):
                a, b, c, angle, _ = force.getAngleParameters(k)
                sides = ((a, b), (b, c), (a, c))
                if all((min(side), max(side)) in rigid for side in sides):
                    force.setAngleParameters(k, a, b, c, angle, 0.0)
                    counts["angles"] += 1
    return counts


@dataclass(frozen=True, eq=False)
class ForceContext:
    """An OpenMM context that gives forces and energies of given positions.

    OpenMM passes the force on a virtual site to its parents and leaves the entry standing, so
    the entries of sites are dropped; so are the sites, which the parents place.
    """

    context: Any
    real: Int[np.ndarray, " atom"]
    n_particles: int

    @classmethod
    def make(cls, system: Any, topology: Topology, hardware: Hardware) -> ForceContext:
        """Make the context; resolve the hardware first.

        Raises:
            ValueError: if the platform does not work here.
        """
        openmm = load_openmm()
        try:
            context = hardware.context(system, openmm.VerletIntegrator(0.001))
        except openmm.OpenMMException as error:
            raise ValueError(
                f"OpenMM's platform {hardware.platform!r} does not work here ({error}): is there "
                "a GPU with its driver? else use hardware='CPU' or 'auto'"
            ) from error
        return cls(context, real_particles(topology), len(topology))

    def __call__(self, frames: Frames) -> Frames:
        """Return the frames of the particles that are no virtual sites, with forces and energies.

        Raises:
            ValueError: if an energy is not finite.
        """
        if frames.n_particles == self.n_particles:
            frames = frames.particles(self.real)
        forces = np.empty(frames.positions.shape)
        energies = np.empty(len(frames))
        positions = np.zeros((self.n_particles, 3))
        for k in range(len(frames)):
            if frames.box is not None:
                self.context.setPeriodicBoxVectors(*reduced(frames.box[k]).tolist())
            positions[self.real] = frames.positions[k]
            self.context.setPositions(positions)
            self.context.computeVirtualSites()
            state = self.context.getState(forces=True, energy=True)
            forces[k] = state.getForces(asNumpy=True)._value[self.real]
            energies[k] = state.getPotentialEnergy()._value
        finite = np.isfinite(energies) & np.isfinite(forces).all(axis=(1, 2))
        if not finite.all():
            frame = int(np.argmin(finite))
            when = "" if frames.times is None else f" at {frames.times[frame]:g} ps"
            raise ValueError(
                f"energy or forces of the frame{when} are not finite (energy {energies[frame]:g} "
                "kJ/mol): atoms lie on each other; does the force field number the atoms as the "
                "trajectory does?"
            )
        return frames.replace(forces=forces, energies=energies)


def _blocks(opened: Sequence[Trajectory]) -> Iterator[Frames]:
    for trajectory in opened:
        yield from trajectory.chunks(min(_CHUNK, trajectory.chunk_length()))


def _write(
    evaluation: ForceContext,
    topology: Topology,
    opened: Sequence[Trajectory],
    out: Path,
    progress: Progress | None,
) -> tuple[Float[np.ndarray, " frame"], list[Note]]:
    """Stream the frames through the evaluation into traj.trr; return energies and warnings."""
    total = sum(len(trajectory) for trajectory in opened)
    energies: list[np.ndarray] = []
    warnings: list[Note] = []
    done = 0
    with whole(out / "traj.trr") as file:
        for frames in _blocks(opened):
            block = evaluation(frames)
            assert block.energies is not None
            energies.append(block.energies)
            if done == 0:
                warnings = [*_size(topology, block), *check_net_force(topology, block)]
                warnings += _rounding(frames)
                for warning in warnings:
                    logger.warning("%s: %s", out, warning)
                with whole(out / "conf.gro") as start:
                    write_gro(start, topology, block[0].replace(velocities=None))
            write_trr(file, block, first_step=done, append=done > 0)
            done += len(block)
            if progress is not None:
                progress("forces of the frames", done, total)
    return np.concatenate(energies), warnings


def _size(topology: Topology, block: Frames) -> list[Note]:
    """Warn of forces that no force field gives to frames of its own run."""
    assert block.forces is not None
    size = root_mean_square_force(topology, block.forces)
    if size <= HIGHEST_FORCE:
        return []
    warning = (
        f"the root mean square force on an atom is {size:.4g} kJ/mol/nm, usual are at most "
        f"{HIGHEST_FORCE:g}: does the force field number the atoms as the trajectory does, and was "
        "the trajectory made with it?"
    )
    return [Note(warning, Code.FORCE_SIZE)]


def _rounding(frames: Frames) -> list[Note]:
    """Warn of positions that are rounded, as those of XTC files are, to 0.001 nm mostly."""
    step = resolution(frames.positions)
    if step < 0.9e-3:
        return []
    warning = (
        f"positions are rounded to {step:g} nm: with 0.001 nm the force on a water molecule is off "
        "by about 6 % (methanol in water, 0.6 nm cutoff); write a TRR, or an XTC with "
        "compressed-x-precision = 100000, where forces shall be exact"
    )
    return [Note(warning, Code.ROUNDED)]


def _describe_forces(about: dict[str, Any]) -> tuple[Note, ...]:
    """Say what a user should know of the forces: how they were made, and warnings."""
    nonbonded = about["nonbonded"]
    cut = "" if nonbonded["cutoff"] is None else f", cutoff {nonbonded['cutoff']:g} nm"
    if nonbonded["switch"] is not None:
        cut += f", Lennard-Jones switched from {nonbonded['switch']:g} nm"
    made = (
        f"forces of {about['force_field']['file']} ({about['force_field']['family']}): "
        f"{nonbonded['method']}{cut}; should be those of the simulation"
    )
    return (
        Note(made, Code.FORCE_FIELD),
        Note(f"constraints: {about['constraints']}", Code.CONSTRAINTS),
        *(warning.as_warning() for warning in about["warnings"]),
    )


def _finish(
    out: Path, topology: Topology, energies: Float[np.ndarray, " frame"], about: dict[str, Any]
) -> None:
    """Write energies, topology and account, the account last."""
    with whole(out / "energies.npy") as part, part.open("wb") as stream:
        np.save(stream, energies)
    write_text(out / "topology.json", json.dumps(topology.to_dict()) + "\n")
    write_text(out / "reference.json", json.dumps(about, indent=2) + "\n")
