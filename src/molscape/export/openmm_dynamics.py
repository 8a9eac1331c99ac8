"""Ensembles as OpenMM integrators and barostats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.topology import Topology
from molscape.core.units import BAR
from molscape.export.openmm_platform import load_openmm
from molscape.export.writers import writer_of_ensemble

VOLUME_MOVES = 20
"""Volume changes tried in the time in which a barostat is to adapt."""

LARGEST_SEED = 2**31 - 2

VELOCITY_VERLET = (("v", "v + 0.5*dt*f/m"), ("x", "x + dt*v"), ("v", "v + 0.5*dt*f/m"))
"""Variables and their expressions, step by step."""


@dataclass(frozen=True)
class IntegratorWriter:
    """An ensemble's integrator: as an object, and as lines of a script that make it.

    Both are functions of the ensemble, the time step in ps, and the seed of the noise.
    """

    make: Callable[[Any, float, int], Any]
    lines: Callable[[Any, float, int], list[str]]


def _velocity_verlet(ensemble: NVE, timestep: float, seed: int) -> Any:
    integrator = load_openmm().CustomIntegrator(timestep)
    for variable, expression in VELOCITY_VERLET:
        integrator.addComputePerDof(variable, expression)
    return integrator


def _velocity_verlet_lines(ensemble: NVE, timestep: float, seed: int) -> list[str]:
    return [
        "# Velocity Verlet: positions and velocities are those of the same time.",
        f"integrator = openmm.CustomIntegrator({timestep!r})",
        *(
            f'integrator.addComputePerDof("{variable}", "{expression}")'
            for variable, expression in VELOCITY_VERLET
        ),
    ]


def _langevin(ensemble: Langevin, timestep: float, seed: int) -> Any:
    if not ensemble.friction > 0:
        raise ValueError(
            f"friction {ensemble.friction:g} 1/ps of a Langevin thermostat: give a positive "
            "one, or use NVE"
        )
    integrator = load_openmm().LangevinMiddleIntegrator(
        ensemble.temperature, ensemble.friction, timestep
    )
    integrator.setRandomNumberSeed(seed)
    return integrator


def _brownian(ensemble: Brownian, timestep: float, seed: int) -> Any:
    integrator = load_openmm().BrownianIntegrator(ensemble.temperature, ensemble.friction, timestep)
    integrator.setRandomNumberSeed(seed)
    return integrator


def _noisy_lines(name: str) -> Callable[[Any, float, int], list[str]]:
    def lines(ensemble: Langevin | Brownian, timestep: float, seed: int) -> list[str]:
        arguments = f"{ensemble.temperature!r}, {ensemble.friction!r}, {timestep!r}"
        return [
            f"integrator = openmm.{name}({arguments})",
            f"integrator.setRandomNumberSeed({seed})",
        ]

    return lines


def _nose_hoover(ensemble: NoseHoover, timestep: float, seed: int) -> Any:
    return load_openmm().NoseHooverIntegrator(
        ensemble.temperature, 1 / ensemble.time, timestep, ensemble.chain
    )


def _nose_hoover_lines(ensemble: NoseHoover, timestep: float, seed: int) -> list[str]:
    arguments = f"{ensemble.temperature!r}, {1 / ensemble.time!r}, {timestep!r}, {ensemble.chain}"
    return [f"integrator = openmm.NoseHooverIntegrator({arguments})"]


INTEGRATORS: dict[type[Ensemble], IntegratorWriter] = {
    NVE: IntegratorWriter(_velocity_verlet, _velocity_verlet_lines),
    Langevin: IntegratorWriter(_langevin, _noisy_lines("LangevinMiddleIntegrator")),
    Brownian: IntegratorWriter(_brownian, _noisy_lines("BrownianIntegrator")),
    NoseHoover: IntegratorWriter(_nose_hoover, _nose_hoover_lines),
}
"""What makes the integrator of an ensemble of a class."""


def openmm_integrator(ensemble: Ensemble, timestep: float, seed: int) -> Any:
    """Return the integrator of an ensemble; the time step is in ps.

    NVE is velocity Verlet, positions and velocities at the same time. Langevin is the middle
    scheme (Zhang et al., J. Phys. Chem. A 123, 6056 (2019)), whose positions are those of BAOAB;
    its velocities, like those of the Nosé-Hoover chains, are half a step behind. Brownian
    dynamics is OpenMM's, Euler's step.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a Langevin friction is not positive.
    """
    writer = writer_of_ensemble(ensemble, INTEGRATORS, "OpenMM")
    return writer.make(ensemble, timestep, seed % LARGEST_SEED + 1)


def removes_drift(ensemble: Ensemble, particles: int) -> bool:
    """Return whether momentum is kept at zero: a thermostat without noise counts on it."""
    return ensemble.thermostat and ensemble.conserves_momentum and particles > 1


def ensemble_lines(ensemble: Ensemble, timestep: float, seed: int, particles: int) -> list[str]:
    """Return the lines of a script that make the integrator, and complete the system.

    Args:
        ensemble: what the script runs.
        timestep: in ps.
        seed: of all random numbers.
        particles: number of beads.
    """
    seed = seed % LARGEST_SEED + 1
    writer = writer_of_ensemble(ensemble, INTEGRATORS, "OpenMM")
    # Made here too, so that what OpenMM refuses never becomes a script.
    writer.make(ensemble, timestep, seed)
    lines = writer.lines(ensemble, timestep, seed)
    if removes_drift(ensemble, particles):
        lines.append("system.addForce(openmm.CMMotionRemover(100))")
    if ensemble.barostat is not None:
        bar, every = ensemble.barostat.pressure / BAR, volume_interval(ensemble.barostat, timestep)
        lines += [
            "# Pressure in bar.",
            f"barostat = openmm.MonteCarloBarostat({bar!r}, {ensemble.temperature!r}, {every})",
            f"barostat.setRandomNumberSeed({seed})",
            "system.addForce(barostat)",
        ]
    return lines


def add_ensemble(
    system: Any, topology: Topology, ensemble: Ensemble, timestep: float, seed: int
) -> None:
    """Add to a system what an ensemble needs beside its integrator.

    A Nosé-Hoover thermostat counts 3 N - 3 degrees, so the momentum is kept at zero. A barostat
    is Monte Carlo (Chow and Ferguson, Comput. Phys. Commun. 91, 283 (1995)) with molecules moved
    as wholes.
    """
    openmm = load_openmm()
    if removes_drift(ensemble, len(topology)):
        system.addForce(openmm.CMMotionRemover(100))
    barostat = ensemble.barostat
    if barostat is None:
        return
    add_molecules(system, topology)
    every = volume_interval(barostat, timestep)
    moves = openmm.MonteCarloBarostat(barostat.pressure / BAR, ensemble.temperature, every)
    moves.setRandomNumberSeed((seed + 1) % LARGEST_SEED + 1)
    system.addForce(moves)


def volume_interval(barostat: Barostat, timestep: float) -> int:
    """Return the steps between two volume moves; the time step is in ps."""
    return max(1, round(barostat.time / timestep / VOLUME_MOVES))


def add_molecules(system: Any, topology: Topology) -> None:
    """Tell a system, by links without strength, which beads make up a molecule."""
    links = load_openmm().HarmonicBondForce()
    order = np.argsort(topology.molecules, kind="stable")
    together = topology.molecules[order][1:] == topology.molecules[order][:-1]
    for i, j in zip(order[:-1][together].tolist(), order[1:][together].tolist(), strict=True):
        links.addBond(i, j, 0.1, 0.0)
    if not links.getNumBonds():
        return
    links.setUsesPeriodicBoundaryConditions(True)
    links.setName("molecules")
    system.addForce(links)
