"""Coulomb energies against lattice sums known to many digits, closed forms and LAMMPS' limits."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.potential import virial
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import COULOMB_CONSTANT
from molscape.potentials import Coulomb, LennardJones, Sum, rebuild
from molscape.potentials.coulomb import check_coulomb, check_neutral

TRICLINIC = np.array([[1.2, 0, 0], [0.3, 1.1, 0], [-0.2, 0.25, 1.3]])


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


@eqx.filter_jit
def numbers(potential, system, x, box, near):
    energy, forces = potential(system, x, box, near), potential.forces(system, x, box, near)
    return energy, forces, 0.0 if box is None else virial(potential, system, x, box, near)


def evaluate(potential, topology, positions, box, system=None):
    system = System.build(topology, 300.0) if system is None else system
    x, box = jnp.asarray(positions), None if box is None else jnp.asarray(box)
    _, near = allocate(system, x, box, potential.reach)
    return tuple(np.asarray(value) for value in numbers(potential, system, x, box, near))


def ions(charges):
    return Topology.build(["A"] * len(charges), masses=np.ones(len(charges)), charges=charges)


def random_ions():
    random = np.random.default_rng(0)
    charges = random.normal(size=20)
    return random.uniform(size=(20, 3)) @ TRICLINIC, charges - charges.mean()


def test_rock_salt_has_its_madelung_constant_and_pressure():
    # Crandall and Delord, J. Phys. A 20, 2279 (1987): M = 1.747564594633.
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    edge, box = 0.282, 4 * 0.282 * np.eye(3)
    topology = ions(np.where(grid.sum(axis=1) % 2, 1.0, -1.0))
    potential = Coulomb(cutoff=0.5, method="ewald", accuracy=1e-12, box=box)
    energy, forces, tensor = evaluate(potential, topology, grid * edge, box)
    assert -2 * energy / 64 * edge / COULOMB_CONSTANT == pytest.approx(1.747564594633, abs=1e-11)
    np.testing.assert_allclose(forces, 0, atol=1e-7)
    # A sum of 1/r scales as the inverse length: the trace of the virial is the energy.
    assert np.trace(tensor) == pytest.approx(energy, rel=1e-10)


def test_the_sum_depends_on_its_accuracy_only_as_it_says():
    positions, charges = random_ions()
    topology = ions(charges).replace(bonds=np.array([[0, 1], [1, 2]]))
    found = []
    for accuracy, cutoff in ((1e-12, 0.5), (1e-12, 0.4), (1e-5, 0.5)):
        potential = Coulomb(cutoff=cutoff, method="ewald", accuracy=accuracy, box=TRICLINIC)
        found.append(evaluate(potential, topology, positions, TRICLINIC))
    exact, other, rough = found
    scale = np.sqrt(np.mean(exact[1] ** 2))
    for k in range(3):
        np.testing.assert_allclose(other[k], exact[k], atol=1e-9 * abs(exact[0]))
    assert np.sqrt(np.mean((rough[1] - exact[1]) ** 2)) < 1e-5 * scale
    assert rough[0] == pytest.approx(exact[0], rel=1e-5)


def test_excluded_pairs_are_the_sum_without_their_nearest_images():
    positions, charges = random_ions()
    potential = Coulomb(cutoff=0.5, method="ewald", accuracy=1e-11, box=TRICLINIC)
    positions[1] = positions[0] + [0.1, 0.05, -0.2]
    free, forces, _ = evaluate(potential, ions(charges), positions, TRICLINIC)
    bonded = ions(charges).replace(bonds=np.array([[0, 1]]))
    energy, excluded, _ = evaluate(potential, bonded, positions, TRICLINIC)
    d = positions[1] - positions[0]
    r = np.linalg.norm(d)
    pair = COULOMB_CONSTANT * charges[0] * charges[1]
    assert free - energy == pytest.approx(pair / r, rel=1e-7)
    np.testing.assert_allclose(forces[1] - excluded[1], pair * d / r**3, rtol=1e-6)


def test_padding_carries_no_charge():
    positions, charges = random_ions()
    potential = Coulomb(cutoff=0.5, method="ewald", box=TRICLINIC)
    system = System.build(ions(np.append(charges, 3.0)), 300.0)
    system = eqx.tree_at(lambda s: s.mask, system, jnp.arange(21) < 20)
    padded = evaluate(potential, None, np.vstack([positions, positions[3]]), TRICLINIC, system)
    alone = evaluate(potential, ions(charges), positions, TRICLINIC)
    assert padded[0] == pytest.approx(alone[0], rel=1e-12)
    assert np.all(padded[1][20] == 0)


@pytest.mark.parametrize(("dielectric", "outside"), [(1.0, float("inf")), (15.0, 4.0)])
def test_reaction_field_of_one_pair(dielectric, outside):
    potential = Coulomb(cutoff=1.2, dielectric=dielectric, reaction_field_dielectric=outside)
    share = 0.5 if np.isinf(outside) else (outside - 1) / (2 * outside + 1)
    pair = COULOMB_CONSTANT * 0.4 * -0.7 / dielectric
    for r in (0.3, 1.0, 1.2 - 1e-9):
        positions = np.array([[0.0, 0.0, 0.0], [0.0, 0.6 * r, -0.8 * r]])
        energy, forces, _ = evaluate(potential, ions([0.4, -0.7]), positions, None)
        expected = pair * (1 / r + share * r**2 / 1.2**3 - (1 + share) / 1.2)
        assert energy == pytest.approx(expected, abs=1e-12)
        slope = pair * (-1 / r**2 + 2 * share * r / 1.2**3)
        assert forces[1] @ positions[1] / r == pytest.approx(-slope, abs=1e-9)
    assert abs(energy) < 1e-6
    assert potential.smoothness == (1 if np.isinf(outside) else 0)
    bonded = ions([0.4, -0.7]).replace(bonds=np.array([[0, 1]]))
    assert evaluate(potential, bonded, positions, None)[0] == 0


def test_round_trip_and_lowering():
    potential = Coulomb(cutoff=0.9, method="ewald", dielectric=2.5, box=3 * np.eye(3))
    settings = json.loads(json.dumps(potential.settings()))
    assert rebuild("coulomb", settings, potential.arrays()) == potential
    (term,) = potential.lower()
    assert (term.method, term.cutoff, term.dielectric) == ("ewald", 0.9, 2.5)
    assert (term.accuracy, term.reaction_field_dielectric) == (1e-5, float("inf"))


def test_a_box_too_long_for_the_wave_vectors_is_not_a_number_and_named():
    positions, charges = random_ions()
    topology = ions(charges)
    potential = Coulomb(cutoff=0.3, method="ewald", box=0.5 * TRICLINIC)
    assert np.isnan(evaluate(potential, topology, positions, TRICLINIC)[0])
    pair = LennardJones(epsilon=1.0, sigma=0.3, pairs=(("A", "A"),), cutoff=0.5)
    with pytest.raises(ValueError, match=r"box edges of \[1.2, 1.14, 1.339\] nm need k_max"):
        check_coulomb(Sum(pair, potential), topology, TRICLINIC[None])
    check_coulomb(Sum(pair, potential), topology, np.stack([0.5 * TRICLINIC, 0.54 * TRICLINIC]))
    with pytest.raises(ValueError, match="needs a periodic box"):
        check_coulomb(potential, topology, None)
    with pytest.raises(ValueError, match="needs a periodic box"):
        evaluate(potential, topology, positions, None)


def test_net_charge_and_options():
    check_neutral(ions([1.0, -1.0001]))
    with pytest.raises(ValueError, match=r"a net charge of 0\.5 e"):
        check_neutral(ions([1.0, -0.5]))
    potential = Coulomb(cutoff=0.3, method="ewald", k_max=(3, 3, 3))
    with pytest.raises(ValueError, match="add counter-ions"):
        check_coulomb(potential, ions([1.0]), np.eye(3))
    check_coulomb(Coulomb(cutoff=0.3), ions([1.0]), None)
    with pytest.raises(ValueError, match="give `box`"):
        Coulomb(cutoff=0.3, method="ewald")
    with pytest.raises(ValueError, match="'pme' of Coulomb"):
        Coulomb(cutoff=0.3, method="pme")
    with pytest.raises(ValueError, match="use positive numbers"):
        Coulomb(cutoff=0.3, dielectric=0.0)
