import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core import terms
from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import HarmonicAngles, HarmonicBonds, PeriodicDihedrals


def make(types=("A-B", "B-B")):
    return HarmonicBonds(types=types, stiffness=[100.0, 300.0], length=[0.3, 0.4])


def test_closed_form_across_the_boundary():
    topology = Topology.build(
        ["A", "B", "B", "C"], masses=np.ones(4), bonds=np.array([[1, 0], [1, 2], [2, 3]])
    )
    x = np.array([[0.1, 0, 0], [1.75, 0, 0], [1.75, 0.45, 0], [1.75, 0.9, 0]])
    with jax.enable_x64(True):
        system, box = System.build(topology, 300.0), jnp.eye(3) * 2
        potential, positions = make(), jnp.asarray(x)
        _, neighbours = allocate(system, positions, box, 0.1)
        energy = float(potential(system, positions, box, neighbours))
        forces = np.asarray(potential.forces(system, positions, box, neighbours))
    # A-B is 0.35 nm long through the boundary, B-B 0.45 nm; B-C has no parameters.
    assert energy == pytest.approx(0.5 * 100 * 0.05**2 + 0.5 * 300 * 0.05**2)
    expected = [[-5, 0, 0], [5, 15, 0], [0, -15, 0], [0, 0, 0]]
    np.testing.assert_allclose(forces, expected, atol=1e-10)


def test_types_are_read_from_either_end():
    assert make(("B-A", "B-B")).types == ("A-B", "B-B")
    with jax.enable_x64(True):
        assert make().lower()[0] == terms.HarmonicBond(("A", "B"), 100.0, 0.3)
    assert make().reach == 0


def test_errors():
    with pytest.raises(ValueError, match=r"1 bond types but stiffness \(2,\)"):
        make(("A-B",))


def test_harmonic_bonds_are_named_once():
    with pytest.raises(ValueError, match="a bond type is named twice"):
        make(("A-B", "B-A"))
    with pytest.raises(ValueError, match=r"'A-B-C' names 3 bead types, a bond joins 2"):
        make(("A-B", "A-B-C"))


def test_lowered_terms_carry_types_and_numbers():
    angle = HarmonicAngles(types=("B-B-A",), stiffness=10.0, angle=2.0).lower()
    assert angle == (terms.HarmonicAngle(("A", "B", "B"), 10.0, 2.0),)
    dihedral = PeriodicDihedrals(
        types=("A-B-B-A",) * 2, stiffness=[1.0, 2.0], multiplicity=[1, 3], phase=[0.0, 0.5]
    ).lower()
    assert dihedral[1] == terms.PeriodicDihedral(("A", "B", "B", "A"), 2.0, 3, 0.5)
