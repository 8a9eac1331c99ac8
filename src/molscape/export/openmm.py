"""A folder that runs in OpenMM as it is: system, start and a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export.lammps import RunLength
from molscape.export.openmm_dynamics import (
    LARGEST_SEED,
    add_molecules,
    ensemble_lines,
)
from molscape.export.openmm_platform import load_openmm
from molscape.export.openmm_system import openmm_system, reduced_box


def write_openmm(
    potential: Potential,
    topology: Topology,
    frames: Frames,
    folder: str | Path,
    *,
    ensemble: Ensemble | None = None,
    schedule: RunLength | None = None,
) -> list[Path]:
    """Write a folder in which `python run.py` runs unchanged, with OpenMM alone.

    `system.xml` holds the interactions, to be loaded by scripts of one's own with
    `openmm.XmlSerializer.deserialize`; `start.xml` the positions, velocities and box;
    `start.pdb` the beads for viewers. Without an ensemble and a schedule the script evaluates
    the energy once.

    Args:
        potential: the model; each of its terms needs a counterpart in OpenMM.
        topology: the beads.
        frames: the first frame is written, with box and velocities if it has them.
        folder: where to write; made if it is not there.
        ensemble: what the script runs.
        schedule: how long it runs, and what it keeps.

    Returns:
        The files written.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a term has no counterpart, masses do not suit, or the cutoff exceeds
            half the box.
    """
    openmm = load_openmm()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    first = frames[0]
    box = None if first.box is None else first.box[0]
    system = openmm_system(potential, topology, box)
    if box is not None:
        add_molecules(system, topology)
    contents = {
        "system.xml": openmm.XmlSerializer.serialize(system),
        "start.xml": openmm.XmlSerializer.serialize(_state(openmm, system, first)),
        "run.py": _script(ensemble, schedule, len(topology), first.velocities is None),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    _write_pdb(topology, first, folder / "start.pdb")
    return [folder / name for name in (*contents, "start.pdb")]


def _state(openmm: Any, system: Any, first: Frames) -> Any:
    """Return a state of OpenMM with positions and velocities (zero if there are none)."""
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(first.positions[0])
    if first.velocities is not None:
        context.setVelocities(first.velocities[0])
    return context.getState(getPositions=True, getVelocities=True)


def _write_pdb(topology: Topology, first: Frames, path: Path) -> None:
    from openmm import app, unit

    beads = app.Topology()
    chain = beads.addChain()
    atoms, residue, number = [], None, None
    met: dict[str, int] = {}
    for k, own in enumerate(topology.names.tolist()):
        if number != topology.residues[k]:
            number, met = topology.residues[k], {}
            name = topology.residue_names[k] or topology.molecule_names[topology.molecules[k]]
            residue = beads.addResidue(str(name)[:3], chain)
        # Readers take atoms of one name in a residue for the same atom.
        again = str(met[own]) if own in met else ""
        met[own] = met.get(own, 1) + 1
        atoms.append(beads.addAtom(own[: 4 - len(again)] + again, None, residue))
    for i, j in topology.bonds.tolist():
        beads.addBond(atoms[i], atoms[j])
    if first.box is not None:
        beads.setPeriodicBoxVectors(reduced_box(first.box[0]) * unit.nanometer)
    with open(path, "w", encoding="utf-8") as file:
        app.PDBFile.writeFile(beads, first.positions[0] * unit.nanometer, file)


def _script(
    ensemble: Ensemble | None, schedule: RunLength | None, particles: int, draw: bool
) -> str:
    setup = ["integrator = openmm.VerletIntegrator(0.001)"]
    if ensemble is not None and schedule is not None:
        setup = ensemble_lines(ensemble, schedule.timestep, schedule.seed, particles)
    lines = [
        '"""Runs the coarse-grained model in this folder with OpenMM: python run.py [PLATFORM].',
        "",
        "Written by molscape. Units: nm, ps, u, kJ/mol, K and e.",
        '"""',
        "",
        "import sys",
        "from pathlib import Path",
        "",
        "import openmm",
        "from openmm import app, unit",
        "",
        "folder = Path(__file__).parent",
        'system = openmm.XmlSerializer.deserialize((folder / "system.xml").read_text())',
        *setup,
        "",
        "# Names do not matter to the dynamics; start.pdb has them.",
        "topology = app.Topology()",
        'residue = topology.addResidue("CG", topology.addChain())',
        "for k in range(system.getNumParticles()):",
        '    topology.addAtom("B", None, residue)',
        "",
        "platform = [openmm.Platform.getPlatformByName(name) for name in sys.argv[1:]]",
        "simulation = app.Simulation(topology, system, integrator, *platform)",
        'simulation.loadState(str(folder / "start.xml"))',
        "state = simulation.context.getState(getEnergy=True)",
        "energy = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)",
        'print(f"potential energy of the start: {energy:.10g} kJ/mol")',
    ]
    if ensemble is not None and schedule is not None:
        if draw:
            seed = schedule.seed % LARGEST_SEED + 1
            lines.append(
                "simulation.context.setVelocitiesToTemperature"
                f"({ensemble.temperature!r} * unit.kelvin, {seed})"
            )
        if schedule.equilibration:
            lines.append(f"simulation.step({schedule.equilibration})")
        lines += [
            f"every = {schedule.every}",
            'frames = str(folder / "trajectory.dcd")',
            "simulation.reporters += [",
            "    app.DCDReporter(frames, every, enforcePeriodicBox=False),",
            "    app.StateDataReporter(",
            "        sys.stdout, every, step=True, temperature=True, potentialEnergy=True,",
            "        totalEnergy=True, volume=system.usesPeriodicBoundaryConditions(), speed=True,",
            "    ),",
            "]",
            f"simulation.step({schedule.steps})",
        ]
    return "\n".join(lines) + "\n"
