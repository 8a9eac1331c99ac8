"""Energies, forces and pressures of given frames as LAMMPS computes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, ATMOSPHERE, KILOCALORIE, LAMMPS_REAL
from molscape.export.lammps import head
from molscape.export.lammps_coulomb import check_excluded
from molscape.export.lammps_styles import write_styles
from molscape.io.lammps_binary import write_binary_dump
from molscape.io.lammps_write import write_lammps_data
from molscape.simulate.chunks import image_shift
from molscape.simulate.engine import Evaluation
from molscape.simulate.force_callback import is_opaque
from molscape.simulate.lammps_bridge import evaluate_bridged
from molscape.simulate.lammps_files import DATA, INCLUDE, STATE, read_only_frame, snapshot
from molscape.simulate.lammps_process import find_lammps, run_script


def evaluate_in_lammps(
    potential: Potential, topology: Topology, frames: Frames, precision: str = "double"
) -> Evaluation:
    """Return energies, forces and virial pressures of frames as LAMMPS computes them.

    Args:
        potential: the model; what has no counterpart in LAMMPS is evaluated by `fix external`.
        topology: the beads.
        frames: configurations.
        precision: of forces that only molscape can compute.

    Raises:
        FileNotFoundError: if there is no LAMMPS.
        ValueError: if a term has no counterpart in LAMMPS.
        RuntimeError: if LAMMPS fails.
    """
    check_box(frames.box, potential.reach)
    if is_opaque(potential):
        return evaluate_bridged(potential, topology, frames, precision)
    check_excluded(potential, topology, frames)
    executable = find_lammps()
    with tempfile.TemporaryDirectory(prefix="molscape-") as name:
        folder = Path(name)
        write_styles(potential, topology, folder / INCLUDE)
        snapshots = []
        for k, positions in enumerate(frames.positions):
            box = None if frames.box is None else frames.box[k]
            inside = positions - image_shift(positions, box)
            snapshots.append(snapshot(k, ("x", "y", "z"), inside / ANGSTROM, inside, box))
        write_binary_dump(folder / STATE, snapshots)
        write_lammps_data(folder / DATA, topology, frames[0], units="real")
        periodic = frames.box is not None
        script = [
            *head(periodic, DATA, INCLUDE),
            "compute configurational all pressure NULL virial",
            "thermo 1",
            "thermo_style custom step temp pe etotal c_configurational",
            "thermo_modify format float %.15g",
        ]
        # Not `rerun`: with binary dumps it loses its place after the first snapshot.
        for k in range(len(frames)):
            script += [
                f"read_dump {STATE} {k} x y z box yes replace yes",
                "run 0 post no",
                f"write_dump all custom forces-{k}.bin id fx fy fz",
            ]
        outcome = run_script(executable, script, folder)
        if outcome.status != 0 or len(outcome.thermo) != len(frames):
            raise RuntimeError(
                f"LAMMPS could not evaluate frame {len(outcome.thermo)}: "
                f"{outcome.error or f'exit status {outcome.status}'}"
            )
        forces = np.array(
            [
                read_only_frame(folder / f"forces-{k}.bin").take("fx", "fy", "fz")
                for k in range(len(frames))
            ]
        )
    energies, pressures = outcome.thermo[:, 2], outcome.thermo[:, 4]
    return Evaluation(
        energies * KILOCALORIE,
        forces * LAMMPS_REAL.force,
        pressures * ATMOSPHERE if periodic else np.full(len(frames), np.nan),
    )
