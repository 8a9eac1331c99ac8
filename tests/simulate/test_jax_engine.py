from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from molscape.core.trajectory import Trajectory
from molscape.simulate import Jax, evaluate
from support.lattices import small_fluid


def test_settings_are_a_value():
    assert Jax() == Jax(precision="single", replicas=None, tempering=None)
    assert Jax().available() is None
    assert Jax().describe() == "jax"
    with pytest.raises(FrozenInstanceError):
        Jax().precision = "double"
    with pytest.raises(ValueError, match="precision 'half': use 'single' or 'double'"):
        Jax(precision="half")


def test_frames_are_evaluated_in_double_precision():
    topology, start, potential = small_fluid()
    expected = evaluate(potential, Trajectory.from_frames(topology, start))
    found = Jax(precision="single").evaluate(potential, topology, start)
    np.testing.assert_array_equal(found.energies, expected.energies)
    np.testing.assert_array_equal(found.forces, expected.forces)
    np.testing.assert_array_equal(found.pressures, expected.pressures)
    assert found.forces.dtype == np.float64
