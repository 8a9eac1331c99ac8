"""Energies of OPLS-AA, mixed systems and four-site water against closed forms."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from molscape.core.units import BOLTZMANN, COULOMB_CONSTANT
from molscape.reference.assembly import Interactions, assemble, lattice_box
from molscape.reference.molecules import MOLECULES, known
from support.fluids import SPCE

openmm = pytest.importorskip("openmm", reason="openmm is not installed")

KILOCALORIE = 4.184
OPLS = [name for name, molecule in MOLECULES.items() if molecule.file == "opls"]


def evaluate(system, positions=None):
    context = openmm.Context(
        system.openmm_system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName("Reference"),
    )
    context.setPositions(system.positions if positions is None else positions)
    context.computeVirtualSites()
    state = context.getState(energy=True, forces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def cluster(composition, seed=0, density=0.3):
    """A few molecules on a wide lattice, without a box."""
    short = Interactions(cutoff=0.1, constraints="none")
    box = lattice_box(composition, density=density, seed=seed, interactions=short)
    return assemble(composition, box.positions, None, Interactions(constraints="none"))


def pair_energy(positions, charges, sigma, epsilon, scales):
    """Coulomb and Lennard-Jones with geometric mixing (kcal/mol, angstrom), scaled by pair."""
    energy = 0.0
    for i in range(len(positions)):
        for j in range(i):
            scale = scales.get((j, i), 1.0)
            if not scale:
                continue
            r = np.linalg.norm(positions[i] - positions[j])
            energy += scale * COULOMB_CONSTANT * charges[i] * charges[j] / r
            s = np.sqrt(sigma[i] * sigma[j]) / 10
            depth = np.sqrt(epsilon[i] * epsilon[j]) * KILOCALORIE
            energy += scale * 4 * depth * ((s / r) ** 12 - (s / r) ** 6)
    return energy


# Methanol: C1, O1, H1, H11, H12, H13, constants as printed (JACS 118, 11225 (1996)).
METHANOL = {
    "charges": [0.145, -0.683, 0.418, 0.04, 0.04, 0.04],
    "sigma": [3.5, 3.12, 0.0, 2.5, 2.5, 2.5],
    "epsilon": [0.066, 0.17, 0.0, 0.03, 0.03, 0.03],
}
WATER = {
    "charges": SPCE["charges"],
    "sigma": [10 * SPCE["sigma"], 0.0, 0.0],
    "epsilon": [SPCE["epsilon"] / KILOCALORIE, 0.0, 0.0],
}


def methanol_scales(first):
    """1-2 and 1-3 pairs are left out, the three H-C-O-H pairs are halved."""
    scales = {(first + i, first + j): 0.0 for j in range(6) for i in range(j)}
    return scales | {(first + 2, first + k): 0.5 for k in (3, 4, 5)}


def bonded_methanol(p):
    """Bonds and angles with K in kcal/mol, V3 = 0.450 kcal/mol."""
    energy = 0.0
    bonds = [(0, 1, 320, 1.41), (1, 2, 553, 0.945), *((0, k, 340, 1.09) for k in (3, 4, 5))]
    for i, j, K, length in bonds:
        energy += K * (10 * np.linalg.norm(p[i] - p[j]) - length) ** 2
    angles = [(0, 1, 2, 55, 108.5)]
    angles += [(1, 0, k, 35, 109.5) for k in (3, 4, 5)]
    angles += [(i, 0, j, 33, 107.8) for i, j in ((3, 4), (3, 5), (4, 5))]
    for i, j, k, K, angle in angles:
        a, b = p[i] - p[j], p[k] - p[j]
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        energy += K * (np.arccos(cosine) - np.radians(angle)) ** 2
    for k in (3, 4, 5):
        b1, b2, b3 = p[0] - p[k], p[1] - p[0], p[2] - p[1]
        n1, n2 = np.cross(b1, b2), np.cross(b2, b3)
        cosine = n1 @ n2 / np.linalg.norm(n1) / np.linalg.norm(n2)
        energy += 0.450 / 2 * (1 + np.cos(3 * np.arccos(np.clip(cosine, -1, 1))))
    return energy * KILOCALORIE


def test_methanol_and_water_have_the_energy_of_the_published_formula():
    composition = {"methanol": 2, "spce": 2}
    system = cluster(composition, seed=3)
    positions = system.positions + np.random.default_rng(0).normal(scale=0.004, size=(18, 3))
    for first in (12, 15):
        positions[first : first + 3] = system.positions[first : first + 3]
    energy, forces = evaluate(system, positions)
    constants = {key: 2 * METHANOL[key] + 2 * WATER[key] for key in ("charges", "sigma", "epsilon")}
    scales = methanol_scales(0) | methanol_scales(6)
    for first in (12, 15):
        scales |= {(first + i, first + j): 0.0 for j in range(3) for i in range(j)}
    expected = pair_energy(positions, **constants, scales=scales)
    expected += bonded_methanol(positions[:6]) + bonded_methanol(positions[6:12])
    assert expected > 20
    assert energy == pytest.approx(expected, rel=2e-6)
    np.testing.assert_allclose(forces.sum(axis=0), 0.0, atol=1e-6)


@pytest.mark.parametrize("name", OPLS)
def test_molecules_are_neutral_and_near_their_minimum(name):
    """The shape drawn is that of the force field's bonds and angles: little energy is in them."""
    free = assemble({name: 1}, known(name).positions(), None, Interactions(constraints="none"))
    assert free.topology.charges.sum() == pytest.approx(0.0, abs=1e-12)
    strain = 0.0
    for force in free.openmm_system.getForces():
        kept = type(force).__name__ in ("HarmonicBondForce", "HarmonicAngleForce")
        force.setForceGroup(0 if kept else 1)
    context = openmm.Context(
        free.openmm_system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName("Reference"),
    )
    context.setPositions(free.positions)
    strain = context.getState(energy=True, groups=1).getPotentialEnergy()._value
    assert strain < 3.0 * len(free.topology)
    held = assemble({name: 1}, known(name).positions())
    hydrogens = int(np.sum(held.topology.elements == "H"))
    assert len(held.topology.constraints) == hydrogens
    assert len(free.topology.constraints) == 0


def test_aromatic_rings_stay_flat_and_ethane_turns_over_its_published_barrier():
    benzene = assemble({"benzene": 1}, known("benzene").positions())
    assert np.linalg.svd(benzene.positions)[1][2] < 1e-9
    lifted = benzene.positions.copy()
    lifted[6, 2] += 0.02
    assert evaluate(benzene, lifted)[0] - evaluate(benzene)[0] > 0.5
    ethane = assemble({"ethane": 1}, known("ethane").positions())
    turned = ethane.positions.copy()
    axis = turned[1] - turned[0]
    axis /= np.linalg.norm(axis)
    cross = np.cross(np.eye(3), axis)
    turn = np.eye(3) - np.sin(np.pi / 3) * cross + (1 - np.cos(np.pi / 3)) * cross @ cross
    turned[5:] = (turned[5:] - turned[1]) @ turn.T + turned[1]
    barrier = evaluate(ethane, turned)[0] - evaluate(ethane)[0]
    # Nine H-H torsions of 0.318 kcal/mol, and the scaled H-H pairs: 2.9 kcal/mol measured.
    assert 2.6 < barrier / KILOCALORIE < 3.2


def test_ions_mix_by_lorentz_and_berthelot():
    composition = {"sodium": 1, "chloride": 1}
    positions = np.array([[0.0, 0, 0], [0.28, 0, 0]])
    energy, _ = evaluate(assemble(composition, positions))
    sigma = (1.212 + 2.711) / 10 / 2 ** (1 / 6)
    depth = np.sqrt(0.3526418 * 0.0127850) * KILOCALORIE
    expected = -COULOMB_CONSTANT / 0.28
    expected += 4 * depth * ((sigma / 0.28) ** 12 - (sigma / 0.28) ** 6)
    assert energy == pytest.approx(expected, rel=2e-6)


def test_four_site_water_keeps_charge_dipole_and_net_force_without_its_site():
    system = cluster({"tip4p2005": 4}, density=0.9)
    numbers = system.constants
    assert numbers["tip4p2005-O epsilon"].value == pytest.approx(93.2 * BOLTZMANN, rel=1e-8)
    _, forces = evaluate(system)
    written = system.written
    assert len(system.topology) == 16
    assert (len(written), written.virtual_sites) == (12, None)
    assert written.names[:3].tolist() == ["OW", "HW1", "HW2"]
    assert written.constraints[-1].tolist() == [10, 11]
    sites = system.topology.virtual_sites.sites
    atoms = np.setdiff1d(np.arange(16), sites)
    np.testing.assert_allclose(forces[atoms].sum(axis=0), 0.0, atol=1e-6)
    assert np.abs(forces.sum(axis=0)).max() > 100
    assert written.charges.sum() == pytest.approx(0.0, abs=1e-12)
    positions = system.positions
    M = positions[sites[0]] - positions[0]
    assert np.linalg.norm(M) == pytest.approx(0.01546, rel=1e-4)
    whole = system.topology.charges[:4] @ positions[:4]
    np.testing.assert_allclose(written.charges[:3] @ positions[:3], whole, atol=1e-6)


def test_heavy_hydrogens_keep_the_mass_of_molecules_and_the_topology():
    interactions = Interactions(cutoff=0.1, hydrogen_mass=3.0)
    system = lattice_box({"methanol": 2, "spce": 1}, interactions=interactions)
    masses = [system.openmm_system.getParticleMass(k)._value for k in range(15)]
    assert sum(masses[:6]) == pytest.approx(32.042)
    assert masses[2:6] == 4 * [3.0]
    assert masses[12:] == [15.9994, 1.008, 1.008]
    assert system.topology.masses[2] == 1.008
    with pytest.raises(ValueError, match="leaves an atom without mass"):
        lattice_box({"methanol": 1}, interactions=Interactions(cutoff=0.1, hydrogen_mass=6.0))


def test_a_mixture_is_mixed_and_has_the_volume_of_its_liquids():
    system = lattice_box({"methanol": 60, "spce": 60})
    first = system.positions[system.topology.residue_names == "SOL"]
    assert np.ptp(first, axis=0).min() > 0.8 * system.box[0, 0]
    volume = 60 * (32.042 / 0.786 + 18.0154 / 0.997) / 602.214
    assert np.linalg.det(system.box) == pytest.approx(volume, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lattice_box({"tip9p": 10}), "no molecule 'tip9p' is known.*methanol"),
        (lambda: lattice_box({"spce": 10}), "cutoff 0.9 nm exceeds half the box"),
        (lambda: lattice_box({"spce": 0}), "0 molecules of spce"),
        (lambda: lattice_box({"spce": 300, "sodium": 2, "chloride": 1}), r"charge of \+1 e"),
        (lambda: lattice_box({"methanol": 99, "sodium": 1, "chloride": 1}), "do not mix"),
        (lambda: lattice_box({}), "no molecules were given"),
        (lambda: assemble({"spce": 2}, np.zeros((4, 3))), "4 positions were given.*have 6"),
    ],
)
def test_wrong_input_is_refused_with_the_remedy(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_bond_inside_a_long_alkane_turns_by_its_published_torsion():
    chain = assemble({"tetracosane": 1}, known("tetracosane").positions())
    torsion = next(
        force
        for force in chain.openmm_system.getForces()
        if isinstance(force, openmm.PeriodicTorsionForce)
    )
    names = chain.topology.names.tolist()
    carbon = [int(name[1:] if name[0] == "C" else name[1:-1]) for name in names]
    pivot, end = (chain.positions[names.index(name)] for name in ("C12", "C13"))
    turn = Rotation.from_rotvec((end - pivot) / np.linalg.norm(end - pivot) * 2 * np.pi / 3)
    beyond = np.array(carbon) > 12
    turned = chain.positions.copy()
    turned[beyond] = pivot + turn.apply(turned[beyond] - pivot)
    energies = []
    for positions in (chain.positions, turned):
        context = openmm.Context(
            _alone(chain.openmm_system, torsion),
            openmm.VerletIntegrator(0.001),
            openmm.Platform.getPlatformByName("Reference"),
        )
        context.setPositions(positions)
        energies.append(context.getState(energy=True).getPotentialEnergy()._value)
    # Three-fold terms do not see a turn by 120 degrees: V1 and V2 of C-C-C-C alone are left.
    expected = KILOCALORIE * 0.75 * (1.740 - 0.157)
    assert energies[1] - energies[0] == pytest.approx(expected, abs=1e-4)


def _alone(system, force):
    """A system of the same particles with one of its forces."""
    alone = openmm.System()
    for k in range(system.getNumParticles()):
        alone.addParticle(system.getParticleMass(k))
    alone.addForce(openmm.XmlSerializer.clone(force))
    return alone
