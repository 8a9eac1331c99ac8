"""Mean forces at fixed beads against Gaussian integrals, and against free sampling."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.reference.assembly import Interactions, assemble, lattice_box
from molscape.reference.dynamics import Thermostat
from molscape.reference.engine import Hardware
from molscape.reference.mean_forces import HeldSampling, _Held, averaged_forces
from molscape.reference.molecules import known
from molscape.reference.system import AllAtomSystem

openmm = pytest.importorskip("openmm", reason="openmm is not installed")
REFERENCE = Hardware("Reference")
STIFF, WEAK, BOND = 4000.0, 1000.0, 8000.0
MASSES = np.array([4.0, 12.0])


def two_wells(count):
    """Pairs of atoms, each tied to the origin by a spring of its own, and to each other."""
    system = openmm.System()
    wells = openmm.CustomExternalForce("0.5*k*(x*x+y*y+z*z)")
    wells.addPerParticleParameter("k")
    bonds = openmm.HarmonicBondForce()
    for pair in range(count):
        for mass, k in zip(MASSES, (STIFF, WEAK), strict=True):
            wells.addParticle(system.addParticle(mass), [k])
        bonds.addBond(2 * pair, 2 * pair + 1, 0.0, BOND)
    system.addForce(wells)
    system.addForce(bonds)
    topology = Topology.build(
        count * ["A", "B"],
        masses=np.tile(MASSES, count),
        molecules=np.repeat(np.arange(count), 2),
        molecule_names=count * ["AB"],
    )
    return AllAtomSystem("wells", topology, system, np.zeros((2 * count, 3)), None)


def by_mass(topology, groups):
    """Beads at centres of mass; forces are summed."""
    count = len(groups)
    C, W = np.zeros((count, len(topology))), np.zeros((count, len(topology)))
    for bead, atoms in enumerate(groups):
        C[bead, atoms] = topology.masses[atoms] / topology.masses[atoms].sum()
        W[bead, atoms] = 1.0
    beads = Topology.build(count * ["X"], masses=np.ones(count))
    return Mapping(csr_matrix(C), csr_matrix(W), beads)


def test_mean_force_and_noise_of_springs_are_the_gaussian_integrals():
    """With the centre R fixed, d = r_A - r_B is normal: every moment of F_A + F_B is known."""
    count, temperature = 12, 300.0
    system = two_wells(count)
    mapping = by_mass(system.topology, [[2 * k, 2 * k + 1] for k in range(count)])
    positions = np.random.default_rng(0).normal(scale=0.05, size=(2, 2 * count, 3))
    sampling = HeldSampling(temperature, samples=400, every=10, timestep=0.002, friction=20.0)
    result = averaged_forces(system, mapping, Frames(positions), sampling, hardware=REFERENCE)
    a, b = MASSES / MASSES.sum()
    curvature = STIFF * b**2 + WEAK * a**2 + BOND
    slope = STIFF * b - WEAK * a
    expected = -(STIFF + WEAK - slope**2 / curvature) * result.frames.positions
    z = (result.frames.forces - expected) / result.errors
    assert result.errors.max() < 0.1 * np.abs(expected).max()
    # z follows Student's t with nine degrees of freedom: its variance is 9/7.
    assert np.mean(z**2) == pytest.approx(9 / 7, rel=0.5)
    assert abs(z.mean()) < 4 * np.sqrt(9 / 7 / z.size)
    floor, error = result.noise_floor
    assert floor == pytest.approx(slope**2 * thermal_energy(temperature) / curvature, rel=0.05)
    assert error is not None
    assert error < 0.05 * floor


def test_beads_stay_where_they_are_and_rigid_bonds_hold_also_across_beads():
    system = assemble({"methanol": 1}, known("methanol").positions())
    oxygen_alone = by_mass(system.topology, [[0, 3, 4, 5], [1]])
    frames = Frames(system.positions[None])
    sampling = HeldSampling(300.0, samples=10, every=5, equilibration=20)
    context = Thermostat(300.0, 2.0, 0.002).context(system, REFERENCE, 1)
    held = _Held(system, oxygen_alone, np.arange(6))
    assert held.is_crossed
    held.start(context, frames.positions[0], None, 300.0, 1)
    held.sample(context, sampling)
    positions = np.array(context.getState(positions=True).getPositions(asNumpy=True)._value)
    C = oxygen_alone.position_weights
    np.testing.assert_allclose(C @ positions, C @ frames.positions[0], atol=2e-6)
    i, j = system.topology.constraints.T
    lengths = np.linalg.norm(positions[i] - positions[j], axis=1)
    np.testing.assert_allclose(lengths, system.topology.constraint_lengths, atol=2e-6)
    assert np.abs(positions - frames.positions[0]).max() > 0.01


def test_a_dimer_of_four_site_water_has_opposite_mean_forces():
    short = Interactions(cutoff=0.1)
    box = lattice_box({"tip4p2005": 2}, seed=1, interactions=short)
    system = assemble({"tip4p2005": 2}, box.positions)
    mapping = by_mass(system.written, [[0, 1, 2], [3, 4, 5]])
    frames = Frames(system.positions[None, [0, 1, 2, 4, 5, 6]])
    sampling = HeldSampling(400.0, samples=40, every=5, equilibration=50)
    result = averaged_forces(system, mapping, frames, sampling, hardware=REFERENCE)
    first, second = result.frames.forces[0]
    np.testing.assert_allclose(first, -second, atol=1e-6)
    assert result.noise_floor[0] > 100
    assert result.noise_floor[1] is None


def test_what_does_not_belong_together_is_refused():
    system = two_wells(2)
    mapping = by_mass(system.topology, [[0, 1], [2, 3]])
    sampling = HeldSampling(300.0, samples=10)
    with pytest.raises(ValueError, match="the system has 4 atoms, the mapping 4 and the frames 3"):
        averaged_forces(system, mapping, Frames(np.zeros((1, 3, 3))), sampling)
    boxed = Frames(np.zeros((1, 4, 3)), box=np.eye(3)[None])
    with pytest.raises(ValueError, match="both have a periodic box, or neither"):
        averaged_forces(system, mapping, boxed, sampling)
    with pytest.raises(ValueError, match="5 samples give no error bar"):
        HeldSampling(300.0, samples=5)
