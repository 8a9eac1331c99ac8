"""Geometric mixing of Lennard-Jones parameters, which OpenMM's own non-bonded force lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.reference.engine import load_openmm

_ENERGY = "depth1*depth2*(q*q - q); q = (root1*root2/r^3)^2"
"""4 epsilon ((sigma/r)^12 - (sigma/r)^6) with both parameters the root of a product."""


def mix_geometrically(openmm_system: Any) -> None:
    """Move the Lennard-Jones part of a system into a force with geometric mixing, in place.

    sigma_ij = sqrt(sigma_i sigma_j), epsilon_ij = sqrt(epsilon_i epsilon_j), for every pair,
    also for 1-4 pairs, whose scale factor is kept. The cutoff and the correction for the tail
    stay as they are.

    Args:
        openmm_system: with one NonbondedForce, whose exceptions hold scaled 1-4 interactions.

    Source: W. L. Jorgensen, D. S. Maxwell, J. Tirado-Rives, J. Am. Chem. Soc. 118, 11225 (1996).
    """
    openmm = load_openmm()
    charges = next(f for f in openmm_system.getForces() if isinstance(f, openmm.NonbondedForce))
    parameters = [charges.getParticleParameters(k) for k in range(charges.getNumParticles())]
    sigma = np.array([p[1]._value for p in parameters])
    epsilon = np.array([p[2]._value for p in parameters])
    force = openmm.CustomNonbondedForce(_ENERGY)
    force.addPerParticleParameter("depth")
    force.addPerParticleParameter("root")
    for k, (charge, _, _) in enumerate(parameters):
        force.addParticle([2 * np.sqrt(epsilon[k]), sigma[k] ** 1.5 if epsilon[k] else 0.0])
        charges.setParticleParameters(k, charge, 1.0, 0.0)
    for k in range(charges.getNumExceptions()):
        i, j, product, _, depth = charges.getExceptionParameters(k)
        force.addExclusion(i, j)
        if depth._value:
            mixed = float(np.sqrt(sigma[i] * sigma[j]))
            charges.setExceptionParameters(k, i, j, product, mixed, depth)
    if charges.usesPeriodicBoundaryConditions():
        force.setNonbondedMethod(force.CutoffPeriodic)
        force.setCutoffDistance(charges.getCutoffDistance())
        force.setUseLongRangeCorrection(charges.getUseDispersionCorrection())
        charges.setUseDispersionCorrection(False)
    openmm_system.addForce(force)
