"""Ensembles as OpenMM integrators and barostats."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core.ensemble import NVE, Barostat, Brownian, Ensemble, Langevin, NoseHoover
from molscape.core.topology import Topology
from molscape.core.units import BAR
from molscape.export.openmm_platform import load_openmm

VOLUME_MOVES = 20
"""Volume changes tried in the time in which a barostat is to adapt."""

LARGEST_SEED = 2**31 - 2


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
    openmm = load_openmm()
    if isinstance(ensemble, NVE):
        integrator = openmm.CustomIntegrator(timestep)
        integrator.addComputePerDof("v", "v + 0.5*dt*f/m")
        integrator.addComputePerDof("x", "x + dt*v")
        integrator.addComputePerDof("v", "v + 0.5*dt*f/m")
        return integrator
    if isinstance(ensemble, Langevin):
        if not ensemble.friction > 0:
            raise ValueError(
                f"friction {ensemble.friction:g} 1/ps of a Langevin thermostat: give a positive "
                "one, or use NVE"
            )
        integrator = openmm.LangevinMiddleIntegrator(
            ensemble.temperature, ensemble.friction, timestep
        )
        integrator.setRandomNumberSeed(seed % LARGEST_SEED + 1)
        return integrator
    if isinstance(ensemble, Brownian):
        integrator = openmm.BrownianIntegrator(ensemble.temperature, ensemble.friction, timestep)
        integrator.setRandomNumberSeed(seed % LARGEST_SEED + 1)
        return integrator
    return openmm.NoseHooverIntegrator(
        ensemble.temperature, 1 / ensemble.time, timestep, ensemble.chain
    )


def add_ensemble(
    system: Any, topology: Topology, ensemble: Ensemble, timestep: float, seed: int
) -> None:
    """Add to a system what an ensemble needs beside its integrator.

    A Nosé-Hoover thermostat counts 3 N - 3 degrees, so the momentum is kept at zero. A barostat
    is Monte Carlo (Chow and Ferguson, Comput. Phys. Commun. 91, 283 (1995)) with molecules moved
    as wholes.
    """
    openmm = load_openmm()
    if isinstance(ensemble, NVE):
        return
    if isinstance(ensemble, NoseHoover) and len(topology) > 1:
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
