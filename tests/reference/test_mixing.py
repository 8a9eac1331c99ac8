"""Geometric mixing against the closed form, in open space and with scaled 1-4 pairs."""

import numpy as np
import pytest

from molscape.core.units import COULOMB_CONSTANT
from molscape.reference.mixing import mix_geometrically

openmm = pytest.importorskip("openmm", reason="openmm is not installed")

CHARGE, SIGMA, EPSILON = [0.3, -0.5, 0.2], [0.25, 0.36, 0.1], [0.4, 0.9, 0.0]


def mixed(count, exception=None, box=None):
    """A system of these particles after mixing."""
    system = openmm.System()
    force = openmm.NonbondedForce()
    for k in range(count):
        system.addParticle(1.0)
        force.addParticle(CHARGE[k], SIGMA[k], EPSILON[k])
    if exception is not None:
        force.addException(0, 1, *exception)
    if box is not None:
        system.setDefaultPeriodicBoxVectors(*(box * np.eye(3)).tolist())
        force.setNonbondedMethod(force.PME)
        force.setCutoffDistance(0.9)
        force.setUseDispersionCorrection(True)
    system.addForce(force)
    mix_geometrically(system)
    return system


def energy(system, positions):
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    unit = openmm.unit.kilojoule_per_mole
    return context.getState(energy=True).getPotentialEnergy().value_in_unit(unit)


def lennard_jones(r, epsilon):
    sigma = np.sqrt(0.25 * 0.36)
    return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)


@pytest.mark.parametrize("r", [0.28, 0.35, 0.8])
def test_both_parameters_are_roots_of_products_and_charges_stay(r):
    found = energy(mixed(2), [[0, 0, 0], [r, 0, 0]])
    coulomb = COULOMB_CONSTANT * 0.3 * -0.5 / r
    assert found == pytest.approx(lennard_jones(r, np.sqrt(0.4 * 0.9)) + coulomb, rel=1e-6)


def test_a_particle_without_depth_has_its_charge_alone():
    x = [[0, 0, 0], [0.35, 0, 0], [0, 0.05, 0]]
    extra = sum(
        COULOMB_CONSTANT * 0.2 * CHARGE[k] / np.linalg.norm(np.subtract(x[k], x[2])) for k in (0, 1)
    )
    assert energy(mixed(3), x) - energy(mixed(2), x[:2]) == pytest.approx(extra, rel=1e-6)


def test_scaled_pairs_keep_their_depth_and_product_and_take_the_geometric_sigma():
    found = energy(mixed(2, (-0.05, 0.305, 0.3)), [[0, 0, 0], [0.35, 0, 0]])
    expected = lennard_jones(0.35, 0.3) + COULOMB_CONSTANT * -0.05 / 0.35
    assert found == pytest.approx(expected, rel=1e-6)
    assert energy(mixed(2, (0.0, 1.0, 0.0)), [[0, 0, 0], [0.2, 0, 0]]) == 0.0


def test_cutoff_and_tail_correction_go_with_the_new_force():
    charges, pairs = mixed(2, box=2.0).getForces()
    assert pairs.getNonbondedMethod() == pairs.CutoffPeriodic
    assert pairs.getCutoffDistance() == charges.getCutoffDistance()
    assert pairs.getUseLongRangeCorrection()
    assert not charges.getUseDispersionCorrection()
