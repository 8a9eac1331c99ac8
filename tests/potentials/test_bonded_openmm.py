"""Bonded energies and forces against OpenMM's, in double precision on its Reference platform."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import (
    AngleSpline,
    BondSpline,
    DihedralSpline,
    HarmonicAngles,
    HarmonicBonds,
    PeriodicDihedrals,
    Sum,
)

openmm = pytest.importorskip("openmm")

BEADS = 40
CHAIN = np.arange(BEADS)
LENGTH = 2.4


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def chain():
    """A crumpled chain of A and B that crosses the boundary."""
    x = np.cumsum(np.random.default_rng(2).normal(size=(BEADS, 3)) * 0.2, axis=0)
    topology = Topology.build(
        np.where(CHAIN % 3 == 0, "A", "B"),
        masses=np.ones(BEADS),
        bonds=np.stack([CHAIN[:-1], CHAIN[1:]], axis=1),
        angles=np.stack([CHAIN[:-2], CHAIN[1:-1], CHAIN[2:]], axis=1),
        dihedrals=np.stack([CHAIN[k : BEADS - 3 + k] for k in range(4)], axis=1),
    )
    return topology, x


def own(potential, topology, x, length=LENGTH):
    system, box, positions = System.build(topology, 300.0), jnp.eye(3) * length, jnp.asarray(x)
    _, neighbours = allocate(system, positions, box, 0.1)
    energy, forces = evaluate(potential, system, positions, box, neighbours)
    return float(energy), np.asarray(forces)


@eqx.filter_jit
def evaluate(potential, *where):
    return potential(*where), potential.forces(*where)


def theirs(force, x):
    system = openmm.System()
    system.setDefaultPeriodicBoxVectors(*(np.eye(3) * LENGTH))
    for _ in x:
        system.addParticle(1.0)
    force.setUsesPeriodicBoundaryConditions(True)
    system.addForce(force)
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(x)
    state = context.getState(getEnergy=True, getForces=True)
    forces = state.getForces(asNumpy=True)._value
    return state.getPotentialEnergy()._value, forces


def compare(potential, force):
    topology, x = chain()
    energy, forces = own(potential, topology, x)
    expected, expected_forces = theirs(force, x)
    assert energy == pytest.approx(expected, rel=1e-11)
    scale = np.sqrt(np.mean(expected_forces**2))
    assert scale > 1
    np.testing.assert_allclose(forces, expected_forces, atol=1e-9 * scale, rtol=1e-7)


def key(members):
    names = ["A" if i % 3 == 0 else "B" for i in members]
    return "-".join(min(names, names[::-1]))


def test_harmonic_bonds():
    stiffness, length = {"A-B": 700.0, "B-B": 900.0}, {"A-B": 0.3, "B-B": 0.25}
    force = openmm.HarmonicBondForce()
    for pair in chain()[0].bonds:
        force.addBond(*map(int, pair), length[key(pair)], stiffness[key(pair)])
    potential = HarmonicBonds(
        types=tuple(stiffness), stiffness=[*stiffness.values()], length=[*length.values()]
    )
    compare(potential, force)


def test_harmonic_angles():
    stiffness = {"A-B-B": 60.0, "B-A-B": 40.0}
    angle = {"A-B-B": 2.1, "B-A-B": np.pi}
    force = openmm.HarmonicAngleForce()
    for triple in chain()[0].angles:
        force.addAngle(*map(int, triple), angle[key(triple)], stiffness[key(triple)])
    potential = HarmonicAngles(
        types=("B-B-A", "B-A-B"), stiffness=[*stiffness.values()], angle=[*angle.values()]
    )
    compare(potential, force)


def test_periodic_dihedrals_with_several_multiplicities():
    rows = [("A-B-B-A", 5.0, 1, 0.4), ("A-B-B-A", 3.0, 3, -1.0), ("B-A-B-B", 2.0, 2, 1.3)]
    force = openmm.PeriodicTorsionForce()
    count = 0
    for members in chain()[0].dihedrals:
        for name, k, n, phase in rows:
            if key(members) == "-".join(min(name.split("-"), name.split("-")[::-1])):
                force.addTorsion(*map(int, members), n, phase, k)
                count += 1
    assert count > 40
    names, k, n, phase = zip(*rows, strict=True)
    potential = PeriodicDihedrals(types=names, stiffness=k, multiplicity=n, phase=phase)
    compare(potential, force)


@pytest.mark.parametrize(
    ("spline", "variable"),
    [
        (BondSpline(types=("A-B", "B-B"), start=0.02, end=0.7, intervals=9), "distance(p1, p2)"),
        (AngleSpline(types=("A-B-B", "B-A-B"), intervals=11), "angle(p1, p2, p3)"),
        (
            DihedralSpline(types=("A-B-B-A", "B-A-B-B"), intervals=14),
            "dihedral(p1, p2, p3, p4)",
        ),
    ],
)
def test_splines_and_their_tables(spline, variable):
    topology, x = chain()
    random = np.random.default_rng(1)
    spline = spline.with_parameters(random.normal(size=spline.parameters.size) * 20)
    lists = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}
    expected, expected_forces = 0.0, np.zeros_like(x)
    for term in spline.lower():
        assert len(term.coordinate) > 2000
        slope = np.gradient(term.energy, term.coordinate)
        size = np.max(np.abs(term.force))
        np.testing.assert_allclose(term.force[1:-1], -slope[1:-1], atol=1e-4 * size)
        # OpenMM makes a natural cubic spline of its own of the table's energies.
        force = openmm.CustomCompoundBondForce(len(term.types), f"table({variable})")
        ends = float(term.coordinate[0]), float(term.coordinate[-1])
        force.addTabulatedFunction("table", openmm.Continuous1DFunction(term.energy, *ends))
        for members in lists[len(term.types)]:
            if key(members) == "-".join(term.types):
                force.addBond([int(i) for i in members], [])
        energy, forces = theirs(force, x)
        expected, expected_forces = expected + energy, expected_forces + forces
    energy, forces = own(spline, topology, x)
    assert energy == pytest.approx(expected, rel=1e-5)
    scale = np.sqrt(np.mean(expected_forces**2))
    np.testing.assert_allclose(forces, expected_forces, atol=1e-5 * scale)


def test_sum_of_all():
    topology, x = chain()
    parts = (
        HarmonicBonds(types=("A-B",), stiffness=9.0, length=0.3),
        HarmonicAngles(types=("A-B-B",), stiffness=7.0, angle=2.0),
        PeriodicDihedrals(types=("A-B-B-A",), stiffness=3.0, multiplicity=2, phase=0.0),
    )
    energy, forces = own(Sum(*parts), topology, x)
    each = [own(part, topology, x) for part in parts]
    assert energy == pytest.approx(sum(e for e, _ in each))
    np.testing.assert_allclose(forces, sum(f for _, f in each), rtol=1e-6)
