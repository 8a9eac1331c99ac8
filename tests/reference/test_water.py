"""Energy and forces of OpenMM against the closed form, and the geometry of the lattice start."""

import numpy as np
import pytest

from molscape.core.units import COULOMB_CONSTANT, GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.assembly import Interactions, assemble, lattice_box

openmm = pytest.importorskip("openmm", reason="openmm is not installed")


def box(count, cutoff=0.1, **more):
    return lattice_box({"spce": count}, interactions=Interactions(cutoff=cutoff), **more)


def three_molecules():
    """Three molecules at random orientations, 0.3 nm apart."""
    system = box(3, density=0.5, seed=4)
    return system.positions


def closed_form(positions):
    """Energy and forces of all pairs of molecules, from the published A, B and charges."""
    A, B, q_O, q_H = 0.37122, 0.3428, -0.8476, 0.4238
    count = len(positions) // 3
    charges = np.tile([q_O, q_H, q_H], count)
    energy, forces = 0.0, np.zeros_like(positions)
    for i in range(len(positions)):
        for j in range(i):
            if i // 3 == j // 3:
                continue
            d = positions[i] - positions[j]
            r = np.linalg.norm(d)
            coulomb = COULOMB_CONSTANT * charges[i] * charges[j] / r
            energy += coulomb
            slope = -coulomb / r
            if i % 3 == 0 and j % 3 == 0:
                energy += (B / r) ** 12 - (A / r) ** 6
                slope += -12 * (B / r) ** 12 / r + 6 * (A / r) ** 6 / r
            forces[i] -= slope * d / r
            forces[j] += slope * d / r
    return energy, forces


def evaluate(system):
    context = openmm.Context(
        system.openmm_system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName("Reference"),
    )
    context.setPositions(system.positions)
    state = context.getState(energy=True, forces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def test_a_cluster_has_the_energy_and_forces_of_the_published_formula():
    positions = three_molecules()
    energy, forces = evaluate(assemble({"spce": 3}, positions))
    expected_energy, expected_forces = closed_form(positions)
    assert abs(expected_energy) > 1.0
    assert energy == pytest.approx(expected_energy, rel=1e-6)
    scale = np.abs(expected_forces).max()
    np.testing.assert_allclose(forces, expected_forces, atol=1e-6 * scale)
    np.testing.assert_allclose(forces.sum(axis=0), 0.0, atol=1e-9 * scale)


def test_ewald_forces_of_a_box_sum_to_almost_nothing():
    system = box(64, seed=1, cutoff=0.6)
    _, forces = evaluate(system)
    assert np.linalg.norm(forces.sum(axis=0)) < 1e-3 * np.linalg.norm(forces)


def test_every_molecule_has_the_model_s_geometry_and_mass():
    system = box(10, density=0.9, seed=3, cutoff=0.3)
    topology = system.topology
    a, b = topology.constraints.T
    lengths = np.linalg.norm(system.positions[a] - system.positions[b], axis=1)
    np.testing.assert_allclose(lengths, topology.constraint_lengths, rtol=1e-12)
    o, h1, h2 = system.positions.reshape(10, 3, 3).transpose(1, 0, 2)
    cosine = np.sum((h1 - o) * (h2 - o), axis=1) / 0.1**2
    np.testing.assert_allclose(np.degrees(np.arccos(cosine)), 109.47, rtol=1e-9)
    assert set(topology.molecule_names) == {"SOL"}
    assert topology.names[:3].tolist() == ["OW", "HW1", "HW2"]
    assert system.density / GRAM_PER_CUBIC_CENTIMETRE == pytest.approx(0.9)
    held = [system.openmm_system.getConstraintParameters(k)[:2] for k in range(30)]
    assert sorted(held) == topology.constraints.tolist()


def test_topology_excludes_pairs_within_a_molecule_only():
    topology = box(2).topology
    pairs = [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5]]
    assert topology.excluded_pairs().tolist() == pairs
    assert topology.charges.sum() == pytest.approx(0.0, abs=1e-12)
