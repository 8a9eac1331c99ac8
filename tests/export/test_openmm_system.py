import numpy as np
import pytest

from molscape.core import terms
from molscape.export.openmm_system import openmm_system, reduced_box
from molscape.potentials import LennardJones, StillingerWeber
from support.fluids import MONATOMIC_WATER
from support.lowered import Lowered, beads, energy_and_forces

openmm = pytest.importorskip("openmm")


def test_ewald_of_rock_salt_gives_the_madelung_constant():
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    charges = np.where(grid.sum(axis=1) % 2 == 0, 1.0, -1.0)
    topology = beads(["I"] * 216, charges=charges)
    term = terms.Coulomb(0.8, dielectric=4.0, method="ewald", accuracy=1e-6)
    u, _ = energy_and_forces([term], topology, grid * 0.3, 1.8 * np.eye(3))
    assert u / 108 * 0.3 * 4.0 / 138.93545764 == pytest.approx(-1.7475645946, rel=1e-5)
    with pytest.raises(ValueError, match="reaction field"):
        energy_and_forces([term], topology, grid * 0.3)


def test_a_skewed_box_is_reduced_without_moving_an_image():
    box = np.array([[2.0, 0, 0], [1.7, 2.1, 0], [-1.2, 1.9, 2.2]])
    other = reduced_box(box)
    change = other @ np.linalg.inv(box)
    np.testing.assert_allclose(change, np.round(change), atol=1e-12)
    assert round(np.linalg.det(change)) == 1
    assert abs(other[1, 0]) <= 1.0
    assert abs(other[2, 0]) <= 1.0
    assert abs(other[2, 1]) <= 1.05
    np.testing.assert_array_equal(np.diag(other), np.diag(box))


def test_a_tilted_box_meets_the_nearest_image():
    box = np.array([[2.0, 0, 0], [1.7, 2.1, 0], [-1.2, 1.9, 2.2]])
    potential = LennardJones(epsilon=[1.0], sigma=[0.3], pairs=(("A", "A"),), cutoff=0.9)
    system = openmm_system(potential, beads("AA"), box)
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatformByName("Reference")
    )
    context.setPositions([[0, 0, 0], [0.4, 0, 0]] + np.array([[0.0], [1.0]]) * (box[1] + box[2]))
    u = context.getState(getEnergy=True).getPotentialEnergy()._value

    def bare(r):
        return 4 * ((0.3 / r) ** 12 - (0.3 / r) ** 6)

    assert u == pytest.approx(bare(0.4) - bare(0.9), rel=1e-6)  # Parameters are single.


def test_what_openmm_cannot_have_is_refused():
    opaque = terms.Opaque("network", 0.5, "it is a neural network")
    with pytest.raises(ValueError, match=r"network.*neural network.*jax engine"):
        openmm_system(Lowered((opaque,)), beads("AA"))
    tersoff = terms.Tersoff(("A",), *([1.0] * 14))
    with pytest.raises(ValueError, match=r"Tersoff.*OpenMM"):
        openmm_system(Lowered((tersoff,)), beads("AA"))
    potential = LennardJones(epsilon=[1.0], sigma=[0.3], pairs=(("A", "A"),), cutoff=0.9)
    with pytest.raises(ValueError, match="half the box"):
        openmm_system(potential, beads("AA"), 1.7 * np.eye(3))
    with pytest.raises(ValueError, match="no mass"):
        openmm_system(potential, beads("AA").replace(masses=np.array([1.0, 0.0])))
    bonded = beads("AA", bonds=np.array([[0, 1]]))
    with pytest.raises(ValueError, match=r"excluded.*exclude_within=0"):
        openmm_system(StillingerWeber(type="A", **MONATOMIC_WATER), bonded)
