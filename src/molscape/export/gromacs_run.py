"""Run parameters, index groups and instructions of a GROMACS folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import BAR
from molscape.export.gromacs_model import GromacsModel
from molscape.export.gromacs_tables import EXTENSION
from molscape.export.gromacs_topology import plain_names
from molscape.export.lammps import RunLength
from molscape.export.writers import writer_of_ensemble


def run_parameters(
    model: GromacsModel,
    topology: Topology,
    first: Frames,
    ensemble: Ensemble | None,
    schedule: RunLength | None,
) -> str:
    """Return `grompp.mdp`: how pairs are cut, and the ensemble if there is one."""
    lines = ["; Written by molscape.", *_pair_parameters(model, topology)]
    if ensemble is None or schedule is None:
        lines += ["integrator = md", "nsteps = 0", "nstenergy = 1", "continuation = yes"]
    else:
        every = schedule.every
        parameters = writer_of_ensemble(ensemble, PARAMETERS, "GROMACS")
        lines += [
            f"dt = {schedule.timestep:.10g}",
            f"nsteps = {schedule.equilibration + schedule.steps}",
            f"; The first {schedule.equilibration} steps are equilibration.",
            f"nstxout-compressed = {every}",
            "compressed-x-precision = 100000",
            f"nstenergy = {every}",
            f"nstlog = {every}",
            *parameters(ensemble, schedule.seed),
        ]
        if first.velocities is None:
            lines += ["gen-vel = yes", f"gen-temp = {ensemble.temperature:.10g}"]
            lines += [f"gen-seed = {schedule.seed % (2**31 - 2) + 1}"]
        else:
            lines += ["gen-vel = no"]
    return "\n".join(lines) + "\n"


def _pair_parameters(model: GromacsModel, topology: Topology) -> list[str]:
    cutoff, coulomb = f"{model.cutoff:.10g}", model.coulomb
    ewald = coulomb is not None and coulomb.long_range
    lines = [f"rvdw = {cutoff}", f"rcoulomb = {cutoff}", "DispCorr = no", "pbc = xyz"]
    if ewald:
        assert coulomb is not None
        lines += ["coulombtype = PME", f"ewald-rtol = {0.1 * coulomb.accuracy:.3g}"]
        lines += ["pme-order = 6", "fourierspacing = 0.08", "coulomb-modifier = none"]
    if model.tabulated:
        plain = plain_names([str(name) for name in np.unique(topology.types)])
        pairs = [f"{plain[a]} {plain[b]}" for a, b in sorted(model.pairs)]
        lines += [
            "; Pair tables: GROMACS 2019 or older only.",
            "cutoff-scheme = group",
            "ns-type = grid",
            "nstlist = 10",
            f"rlist = {model.cutoff + 0.15:.10g}",
            "vdwtype = user",
            *([] if ewald else ["coulombtype = user"]),
            f"table-extension = {EXTENSION:.10g}",
            f"energygrps = {' '.join(plain.values())}",
        ]
        if pairs:
            lines.append(f"energygrp-table = {'  '.join(pairs)}")
        return lines
    modifiers = {pair.modifier for members in model.pairs.values() for pair in members}
    lines += [
        "cutoff-scheme = Verlet",
        "vdwtype = cut-off",
        f"vdw-modifier = {next(iter(modifiers), 'none')}",
    ]
    if coulomb is None:
        lines.append("coulombtype = cut-off")
    elif not ewald:
        e = coulomb.reaction_field_dielectric
        # GROMACS writes an infinite dielectric constant as 0.
        lines += ["coulombtype = reaction-field", f"epsilon-rf = {0 if np.isinf(e) else e:.10g}"]
    return lines


def _constant_energy(ensemble: NVE, seed: int) -> list[str]:
    return ["integrator = md", "tcoupl = no"]


def _noisy(integrator: str) -> Callable[[Any, int], list[str]]:
    def parameters(ensemble: Langevin | Brownian, seed: int) -> list[str]:
        # With bd-fric at zero the friction of each bead is its mass over tau-t.
        return [
            f"integrator = {integrator}",
            "tc-grps = System",
            f"ref-t = {ensemble.temperature:.10g}",
            f"tau-t = {1 / ensemble.friction:.10g}",
            f"ld-seed = {seed % (2**31 - 2) + 1}",
            "comm-mode = None",
            *_barostat(ensemble.barostat),
        ]

    return parameters


def _nose_hoover(ensemble: NoseHoover, seed: int) -> list[str]:
    period = 2 * np.pi * ensemble.time
    return [
        "integrator = md",
        "tcoupl = nose-hoover",
        "; The leap-frog integrator has one thermostat, no chain; tau-t is its period.",
        "nh-chain-length = 1",
        "tc-grps = System",
        f"ref-t = {ensemble.temperature:.10g}",
        f"tau-t = {period:.10g}",
        # GROMACS wants the period of a barostat apart from that of a Nosé-Hoover thermostat.
        *_barostat(ensemble.barostat, 2 * period),
    ]


def _barostat(barostat: Barostat | None, shortest: float = 0.0) -> list[str]:
    """Return the parameters of a barostat, whose period (ps) is not below the shortest."""
    if barostat is None:
        return []
    return [
        "pcoupl = Parrinello-Rahman",
        "pcoupltype = isotropic",
        f"tau-p = {max(barostat.time, shortest):.10g}",
        f"ref-p = {barostat.pressure / BAR:.10g}",
        "; An estimate, which sets how fast the box moves: of water.",
        "compressibility = 4.5e-5",
    ]


PARAMETERS: dict[type[Ensemble], Callable[[Any, int], list[str]]] = {
    NVE: _constant_energy,
    Langevin: _noisy("sd"),
    Brownian: _noisy("bd"),
    NoseHoover: _nose_hoover,
}
"""What returns the run parameters of an ensemble of a class, from a seed."""


def index_groups(topology: Topology) -> str:
    """Return `index.ndx` with all beads, and those of each type."""
    plain = plain_names([str(name) for name in np.unique(topology.types)])
    groups = {"System": np.ones(len(topology), dtype=bool)}
    groups |= {own: topology.types == name for name, own in plain.items()}
    lines = []
    for name, members in groups.items():
        numbers = [str(i + 1) for i in np.flatnonzero(members)]
        lines.append(f"[ {name} ]")
        lines += [" ".join(numbers[k : k + 15]) for k in range(0, len(numbers), 15)]
    return "\n".join(lines) + "\n"


def readme(model: GromacsModel, tables: list[str]) -> str:
    """Return the commands for this folder, and what versions they are for."""
    bonded = [name for name in tables if re.fullmatch(r"table_[abd]\d+\.xvg", name)]
    flags = f" -tableb {' '.join(bonded)}" if bonded else ""
    pairs = " -table table.xvg" if model.tabulated else ""
    lines = [
        "A coarse-grained model for GROMACS, written by molscape.",
        "",
        "    gmx grompp -f grompp.mdp -c conf.gro -p topol.top -n index.ndx -o topol.tpr",
        f"    gmx mdrun -s topol.tpr{pairs}{flags}",
        "",
    ]
    if model.tabulated:
        lines += [
            "Some pairs of this model are tables (table_*.xvg, one for each pair of types).",
            "GROMACS reads such tables with the group cut-off scheme only, which versions up to",
            "2019 have. GROMACS 2020 and later refuse them, and have nothing in their place: run",
            "this folder in GROMACS 2019, or export the model for LAMMPS or OpenMM. Bonded tables,",
            "topology and positions are good for every version.",
            "",
        ]
    else:
        lines += ["Everything in this folder runs in GROMACS 2019 and later.", ""]
    if model.coulomb is not None and model.coulomb.dielectric != 1.0:
        dielectric = f"{model.coulomb.dielectric:g}"
        lines += [f"Charges are divided by the root of the dielectric constant {dielectric}.", ""]
    if model.field is not None and not model.tabulated:
        lines += [
            "GROMACS adds to a reaction field a constant energy for each charge with itself, which",
            "changes no force.",
            "",
        ]
    return "\n".join(lines)
