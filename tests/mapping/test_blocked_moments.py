import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.blocked_moments import BlockedMoments, value_with_error
from molscape.mapping.moments import SecondMoments

TOPOLOGY = Topology.build(
    ["A", "B", "C"],
    masses=[1.0] * 3,
    residues=np.zeros(3, int),
    molecules=np.zeros(3, int),
    molecule_names=["M"],
)


def walk(frames, seed=0):
    random = np.random.default_rng(seed)
    positions, forces = random.normal(size=(2, frames, 3, 3))
    return Trajectory.from_frames(TOPOLOGY, Frames(positions=positions, forces=forces))


def test_blocks_add_up_to_the_whole():
    trajectory = walk(53)
    whole, found = SecondMoments.of(trajectory, "M"), BlockedMoments.of(trajectory, "M")
    assert found.total.positions == pytest.approx(whole.positions)
    assert found.total.forces == pytest.approx(whole.forces)
    assert len(found.without) == 10
    rest = SecondMoments.of(trajectory[5:], "M")
    assert found.without[0].positions == pytest.approx(rest.positions)


def test_the_jackknife_error_of_a_mean_is_its_standard_error():
    """Of the mean square of 20,000 frames of 6 free components: 3 <x^2>/3 (n-1)/n = 2/3."""
    found = BlockedMoments.of(walk(20000), "M", blocks=40)
    value, error = value_with_error(lambda m: np.array([m[0].spread]), [found])
    exact = np.sqrt(2 / (6 * 20000)) * 2 / 3
    assert abs(value[0] - 2 / 3) < 4 * exact
    assert error[0] == pytest.approx(exact, rel=0.35)


def test_a_single_frame_has_no_error():
    found = BlockedMoments.of(walk(1), "M")
    value, error = value_with_error(lambda m: np.array([m[0].spread]), [found])
    assert value[0] > 0
    assert np.isnan(error[0])
