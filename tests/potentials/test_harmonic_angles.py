import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.neighbours import allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.potentials import HarmonicAngles


def test_angles_are_checked():
    with pytest.raises(ValueError, match="give them in rad, from 0 to pi"):
        HarmonicAngles(types=("A-B-A",), stiffness=10.0, angle=109.5)


def test_a_straight_angle_has_no_force_and_beside_it_a_finite_one():
    topology = Topology.build(["A", "B", "A"], masses=np.ones(3), angles=np.array([[0, 1, 2]]))
    for rest in (np.pi, 2.0):
        with jax.enable_x64(True):
            potential = HarmonicAngles(types=("A-B-A",), stiffness=50.0, angle=rest)
        for bend in (0.0, 1e-8, 1e-4):
            x = np.array([[-0.2, 0, 0], [0, 0, 0], [0.2 * np.cos(bend), 0.2 * np.sin(bend), 0]])
            with jax.enable_x64(True):
                system, positions = System.build(topology, 300.0), jnp.asarray(x)
                _, neighbours = allocate(system, positions, None, 0.1)
                forces = np.asarray(potential.forces(system, positions, None, neighbours))
            # The ends feel |dU/dtheta| over their legs: nothing where the energy is lowest.
            expected = 50 * abs(np.pi - bend - rest) / 0.2 if bend else 0.0
            assert np.linalg.norm(forces[0]) == pytest.approx(expected, rel=1e-5, abs=1e-10)
