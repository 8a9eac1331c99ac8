"""Pressures of OpenMM, found by differences."""

import numpy as np
import pytest

from molscape.core.trajectory import Trajectory
from molscape.potentials import LennardJones
from molscape.simulate import OpenMM
from molscape.simulate.evaluation import evaluate
from support.lattices import small_fluid

pytest.importorskip("openmm")


def test_pressures_are_those_of_the_virial_in_single_precision_too():
    topology, start, potential = small_fluid()
    expected = evaluate(potential, Trajectory.from_frames(topology, start)).pressures
    for platform, tolerance in (("Reference", 1e-5), ("CPU", 2e-3)):
        pressure = OpenMM(platform=platform).evaluate(potential, topology, start).pressures
        np.testing.assert_allclose(pressure, expected, rtol=tolerance)


def test_the_pressure_needs_no_smaller_box():
    topology, start, _ = small_fluid()
    edge = float(start.box[0, 0, 0])
    potential = LennardJones(
        epsilon=[0.5], sigma=[0.3], pairs=(("W", "W"),), cutoff=edge / 2, smooth="force"
    )
    expected = evaluate(potential, Trajectory.from_frames(topology, start)).pressures
    pressure = OpenMM().evaluate(potential, topology, start).pressures
    np.testing.assert_allclose(pressure, expected, rtol=1e-5)
    jumps = LennardJones(epsilon=[0.5], sigma=[0.3], pairs=(("W", "W"),), cutoff=0.6, smooth="none")
    assert np.isnan(OpenMM().evaluate(jumps, topology, start).pressures[0])
