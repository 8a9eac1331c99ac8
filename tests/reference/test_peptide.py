"""Alanine dipeptide: geometry, chirality, charges and the three kinds of surroundings."""

import numpy as np
import pytest

from molscape.reference.dynamics import MotionState, minimise, place
from molscape.reference.engine import Hardware
from molscape.reference.peptide import alanine_dipeptide

openmm = pytest.importorskip("openmm", reason="openmm is not installed")
REFERENCE = Hardware("Reference")
PHI, PSI = (4, 6, 8, 14), (6, 8, 14, 16)


def dihedral(p):
    b1, b2, b3 = np.diff(p, axis=0)
    n1, n2 = np.cross(b1, b2), np.cross(b2, b3)
    return np.degrees(np.arctan2(np.cross(n1, n2) @ b2 / np.linalg.norm(b2), n1 @ n2))


def energy(system, state):
    context = REFERENCE.context(system.openmm_system, openmm.VerletIntegrator(0.001))
    place(context, state, 300.0, 1)
    return context.getState(energy=True).getPotentialEnergy()._value


def test_it_is_the_left_handed_form_in_the_region_drawn():
    p = alanine_dipeptide().positions
    assert dihedral(p[list(PHI)]) == pytest.approx(-80)
    assert dihedral(p[list(PSI)]) == pytest.approx(150)
    nitrogen, alpha, beta, carbon = p[[6, 8, 10, 14]]
    assert (nitrogen - alpha) @ np.cross(carbon - alpha, beta - alpha) > 0


def test_topology_is_one_molecule_of_three_residues():
    topology = alanine_dipeptide().topology
    assert topology.molecule_names.tolist() == ["ACE-ALA-NME"]
    assert (len(topology), len(topology.bonds), len(topology.constraints)) == (22, 21, 12)
    assert topology.charges.sum() == pytest.approx(0.0, abs=1e-9)
    assert topology.names[[4, 6, 8, 14, 16]].tolist() == ["C", "N", "CA", "C", "N"]


def test_implicit_water_lowers_the_energy_by_a_free_energy_of_solvation():
    """About -50 kJ/mol: peptides of this size are solvated by 40 to 60."""
    vacuum, implicit = alanine_dipeptide(), alanine_dipeptide(implicit=True)
    # Twice: how far the first 200 iterations come is decided by rounding.
    state = MotionState(vacuum.positions, None, None)
    for _ in range(2):
        state = minimise(vacuum, state, REFERENCE)
    assert abs(energy(vacuum, state) - energy(vacuum, minimise(vacuum, state, REFERENCE))) < 5
    assert -70 < energy(implicit, state) - energy(vacuum, state) < -30


def test_explicit_water_surrounds_it_without_touching():
    system = alanine_dipeptide(220)
    topology = system.topology
    assert topology.molecule_names.tolist() == ["ACE-ALA-NME", *220 * ["SOL"]]
    assert len(topology.constraints) == 12 + 3 * 220
    apart = np.linalg.norm(system.positions[22::3, None] - system.positions[:22], axis=-1)
    assert apart.min() > 0.17
    assert 0.85 < system.density / 602.214 < 1.1


def test_two_kinds_of_water_are_refused():
    with pytest.raises(ValueError, match="exclude each other"):
        alanine_dipeptide(100, implicit=True)
