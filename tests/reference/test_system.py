import numpy as np
import pytest

from molscape.core.topology import Topology, VirtualSites
from molscape.reference.assembly import Interactions, lattice_box
from molscape.reference.dynamics import MotionState, place
from molscape.reference.engine import Hardware
from molscape.reference.system import AllAtomSystem, real_particles, scale_molecules

openmm = pytest.importorskip("openmm", reason="openmm is not installed")


def water(count, density=0.5, seed=0):
    """A few molecules far too close for the usual cutoff."""
    short = Interactions(cutoff=0.1)
    return lattice_box({"spce": count}, density=density, seed=seed, interactions=short)


def test_scaling_moves_centres_and_keeps_shapes():
    system = water(5, seed=2)
    scaled = system.scaled_to(2 * system.density)
    assert scaled.density == pytest.approx(2 * system.density)
    factor = 0.5 ** (1 / 3)
    before = system.positions.reshape(5, 3, 3)
    after = scaled.positions.reshape(5, 3, 3)
    np.testing.assert_allclose(after - after[:, :1], before - before[:, :1], atol=1e-12)
    mass = system.topology.masses[:3, None] / system.topology.masses[:3].sum()
    np.testing.assert_allclose((mass * after).sum(1), factor * (mass * before).sum(1), atol=1e-12)


def test_centres_are_found_when_molecules_do_not_stand_together():
    topology = Topology.build(["A"] * 4, masses=[1.0, 3, 1, 3], molecules=[0, 1, 0, 1])
    positions = np.array([[0.0, 0, 0], [4, 0, 0], [2, 0, 0], [6, 0, 0]])
    moved = scale_molecules(topology, positions, 2.0)
    np.testing.assert_allclose(moved[:, 0], [1, 9, 3, 11])


def test_degrees_of_freedom_of_rigid_water_are_six_each():
    assert water(7).degrees_of_freedom == 42


def test_density_needs_a_box():
    topology = Topology.build(["A"], masses=[1.0])
    with pytest.raises(ValueError, match="no box, so no density"):
        _ = AllAtomSystem("one", topology, None, np.zeros((1, 3)), None).density


def test_forces_on_virtual_sites_are_counted_once():
    """A charge on a massless site between two atoms, and an ion: the true forces sum to zero."""
    system = openmm.System()
    for mass in (1.0, 2.0, 0.0, 5.0):
        system.addParticle(mass)
    system.setVirtualSite(2, openmm.TwoParticleAverageSite(0, 1, 0.3, 0.7))
    force = openmm.NonbondedForce()
    for charge in (0.0, 0.0, 1.0, -1.0):
        force.addParticle(charge, 1.0, 0.0)
    system.addForce(force)
    sites = VirtualSites(np.array([2]), np.array([[0, 1]]), np.array([[0.3, 0.7]]))
    topology = Topology.build(["A", "B", "M", "I"], masses=[1.0, 2, 0, 5], virtual_sites=sites)
    positions = np.array([[0.0, 0, 0], [0.1, 0, 0], [0.07, 0, 0], [0.3, 0.2, 0.1]])
    context = Hardware("Reference").context(system, openmm.VerletIntegrator(0.001))
    place(context, MotionState(positions, None, None), 300.0, 1)
    forces = np.array(context.getState(forces=True).getForces(asNumpy=True)._value)
    assert np.linalg.norm(forces.sum(axis=0)) > 100
    true = forces[real_particles(topology)]
    assert np.abs(true[2]).max() > 100
    np.testing.assert_allclose(true.sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(true[0] / 0.3, true[1] / 0.7)
