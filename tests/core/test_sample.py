import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def sample(**more):
    edges = np.array([2.0, 1.6, 1.8])
    frames = Frames(positions=np.zeros((3, 1, 3)), box=edges[:, None, None] * np.eye(3))
    return Sample(Trajectory.from_frames(Topology.build(["A"], masses=[1.0]), frames), **more)


def test_a_sample_that_was_read_is_the_input():
    found = sample()
    assert (found.made, found.state, dict(found.series)) == ("input", None, {})
    assert found.periodic
    assert found.pressure is None


def test_the_largest_cutoff_is_that_of_the_smallest_box():
    assert sample().largest_cutoff == pytest.approx(0.8)


def test_the_pressure_is_that_of_the_barostat():
    assert sample(ensemble=Langevin(300.0, barostat=Barostat(60.0))).pressure == 60.0
    assert sample(ensemble=Langevin(300.0)).pressure is None
    assert sample(ensemble=NVE(300.0)).pressure is None
