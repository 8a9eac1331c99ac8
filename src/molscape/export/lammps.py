"""A folder that runs in LAMMPS as it is: data, interactions and a script to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.core.units import ATMOSPHERE, FEMTOSECOND
from molscape.export.lammps_coulomb import check_excluded
from molscape.export.lammps_styles import write_styles
from molscape.export.writers import writer_of_ensemble
from molscape.io.lammps_write import lammps_types, write_lammps_data

SKIN = 1.5
"""Skin of the neighbour list in Å: for one-site water at 5 fs, 1 to 2 Å are equally fast."""


@runtime_checkable
class RunLength(Protocol):
    """What a script needs to know of a run's length; `simulate.Schedule` is one."""

    @property
    def steps(self) -> int:
        """Steps after equilibration."""

    @property
    def timestep(self) -> float:
        """Time step in ps."""

    @property
    def every(self) -> int:
        """Steps between frames."""

    @property
    def equilibration(self) -> int:
        """Steps before anything is kept."""

    @property
    def seed(self) -> int:
        """Seed of all random numbers."""


def write_lammps(
    potential: Potential,
    topology: Topology,
    frames: Frames,
    folder: str | Path,
    *,
    ensemble: Ensemble | None = None,
    schedule: RunLength | None = None,
    name: str = "model",
) -> list[Path]:
    """Write a folder in which `lmp -in in.lammps` runs unchanged, in units real.

    `NAME.lmp` holds only the interactions, to be included in scripts of one's own;
    `NAME.data` the beads; `in.lammps` runs them. Without an ensemble and a schedule the
    script evaluates the energy once.

    Args:
        potential: the model; each of its terms needs a counterpart in LAMMPS.
        topology: the beads.
        frames: the first frame is written, with box and velocities if it has them.
        folder: where to write; made if it is not there.
        ensemble: what the script runs.
        schedule: how long it runs, and what it keeps.
        name: stem of the data and interaction files.

    Returns:
        The files written.

    Raises:
        ValueError: if a term has no counterpart, masses do not suit, or the cutoff exceeds
            half the box.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    first = frames[0]
    check_box(first.box, potential.reach)
    check_excluded(potential, topology, first)
    data, script = folder / f"{name}.data", folder / "in.lammps"
    written = write_styles(potential, topology, folder / f"{name}.lmp")
    write_lammps_data(data, topology, first, units="real")
    lines = [
        "# Coarse-grained model written by molscape. Run it with: lmp -in in.lammps",
        *head(first.box is not None, data.name, f"{name}.lmp"),
        "",
        "thermo_style custom step temp pe etotal press vol",
        "thermo_modify format float %.10g",
    ]
    if ensemble is None or schedule is None:
        lines += ["run 0"]
    else:
        draw = first.velocities is None
        lines += _dynamics(ensemble, schedule, topology, draw, f"{name}.lammpstrj")
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [script, data, *written]


def head(periodic: bool, data: str, include: str, restart: bool = False) -> list[str]:
    """Return the commands that set up the beads and their interactions.

    Args:
        periodic: whether there is a box.
        data: name of the data file, or of a restart file.
        include: name of the file of interactions.
        restart: whether `data` is a restart file; counting of steps then begins at zero again.
    """
    return [
        "units real",
        "atom_style full",
        f"boundary {'p p p' if periodic else 's s s'}",
        *([f"read_restart {data}", "reset_timestep 0"] if restart else [f"read_data {data}"]),
        f"include {include}",
        f"neighbor {SKIN} bin",
        "neigh_modify every 1 delay 0 check yes",
    ]


def integrator(ensemble: Ensemble, topology: Topology, timestep: float, seed: int) -> list[str]:
    """Return the fixes of an ensemble, the time step (given in ps) and how degrees are counted.

    Nosé-Hoover chains are `fix nvt`, with a barostat `fix npt`, whose barostat is a chain too;
    Langevin dynamics with a barostat is `fix nph` beside `fix langevin`. Brownian dynamics is
    `fix brownian` for each type, at constant volume.

    Raises:
        ValueError: if a Langevin friction is not positive, or Brownian dynamics has a barostat.
    """
    commands = writer_of_ensemble(ensemble, COMMANDS, "LAMMPS")
    return [f"timestep {timestep / FEMTOSECOND:.15g}", *commands(ensemble, topology, seed)]


def _constant_energy(ensemble: NVE, topology: Topology, seed: int) -> list[str]:
    every = [] if len(topology) > 1 else ["compute_modify thermo_temp extra/dof 0"]
    return ["fix move all nve", *every]


def _langevin(ensemble: Langevin, topology: Topology, seed: int) -> list[str]:
    if not ensemble.friction > 0:
        raise ValueError(
            f"friction {ensemble.friction:g} 1/ps of a Langevin thermostat: give a positive one, "
            "or use NVE"
        )
    temperature = f"{ensemble.temperature:.15g}"
    move = "nve"
    if ensemble.barostat is not None:
        move = f"nph{_barostat(ensemble.barostat)} ptemp {temperature}"
    damp = 1.0 / ensemble.friction / FEMTOSECOND
    return [
        f"fix move all {move}",
        f"fix bath all langevin {temperature} {temperature} {damp:.15g} {seed % 899_999_999 + 1}",
        "# The thermostat moves the centre of mass too: all 3 N degrees count.",
        "compute_modify thermo_temp extra/dof 0",
    ]


def _nose_hoover(ensemble: NoseHoover, topology: Topology, seed: int) -> list[str]:
    temperature = f"{ensemble.temperature:.15g}"
    damp = f"{ensemble.time / FEMTOSECOND:.15g}"
    chain = f"temp {temperature} {temperature} {damp} tchain {ensemble.chain}"
    style = "nvt" if ensemble.barostat is None else "npt"
    lines = [f"fix move all {style} {chain}{_barostat(ensemble.barostat)}"]
    if len(topology) == 1:
        lines += [f"compute_modify {name}_temp extra/dof 0" for name in ("thermo", "move")]
    return lines


def _brownian(ensemble: Brownian, topology: Topology, seed: int) -> list[str]:
    """Return a fix for each type, whose friction coefficient is mass times collision rate."""
    if ensemble.barostat is not None:
        raise ValueError(
            "Brownian dynamics in LAMMPS is at constant volume: use the jax engine, or Langevin"
        )
    lines = []
    for number, name in enumerate(lammps_types(topology).atoms, 1):
        mass = float(topology.masses[topology.types == name][0])
        drag = mass * ensemble.friction * FEMTOSECOND
        lines += [
            f"group type{number} type {number}",
            f"fix move{number} type{number} brownian {ensemble.temperature:.15g} "
            f"{(seed + number) % 899_999_999 + 1} gamma_t {drag:.15g} rng gaussian",
        ]
    return lines


def _barostat(barostat: Barostat | None) -> str:
    """Return the words of a barostat; the corner of the box stays where it is."""
    if barostat is None:
        return ""
    pressure = f"{barostat.pressure / ATMOSPHERE:.15g}"
    damp = f"{barostat.time / FEMTOSECOND:.15g}"
    return f" iso {pressure} {pressure} {damp} fixedpoint 0 0 0"


COMMANDS: dict[type[Ensemble], Callable[[Any, Topology, int], list[str]]] = {
    NVE: _constant_energy,
    Langevin: _langevin,
    Brownian: _brownian,
    NoseHoover: _nose_hoover,
}
"""What returns the fixes of an ensemble of a class, from the beads and a seed."""


def _dynamics(
    ensemble: Ensemble, schedule: RunLength, topology: Topology, draw: bool, trajectory: str
) -> list[str]:
    lines = [""]
    if draw:
        lines.append(
            f"velocity all create {ensemble.temperature:.15g} {schedule.seed % 899_999_999 + 1} "
            "dist gaussian mom yes"
        )
    lines += integrator(ensemble, topology, schedule.timestep, schedule.seed)
    lines += ["", f"thermo {schedule.every}"]
    if schedule.equilibration:
        lines += [f"run {schedule.equilibration}", ""]
    lines.append(f"dump frames all custom {schedule.every} {trajectory} id type xu yu zu")
    lines.append("dump_modify frames sort id format float %.9g units yes")
    return [*lines, f"run {schedule.steps}"]
