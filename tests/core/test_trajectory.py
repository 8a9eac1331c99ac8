"""Trajectories are lazy: a counting source sees what is read."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory

TOPOLOGY = Topology.build(["A", "B"], masses=[1, 1])


@dataclass
class CountingSource:
    """Frame k has its number as every coordinate; reads are noted."""

    n_frames: int = 100
    fields: frozenset = frozenset({"positions", "times"})
    reads: list = field(default_factory=list)

    def read(self, frames: range) -> Frames:
        numbers = np.asarray(frames, dtype=float)
        self.reads.append(len(numbers))
        return Frames(np.tile(numbers[:, None, None], (1, 2, 3)), times=numbers)


@pytest.fixture
def source():
    return CountingSource()


@pytest.fixture
def trajectory(source):
    return Trajectory(TOPOLOGY, source)


def test_slices_read_nothing(trajectory, source):
    part = trajectory[10:90:2][5:][::3]
    assert len(part) == 12
    assert source.reads == []
    assert part[1].times.tolist() == [26.0]
    assert source.reads == [1]


@pytest.mark.parametrize(
    "cut",
    [
        lambda a: a[::-1],
        lambda a: a[::-1][::-1],
        lambda a: a[80:10:-7][1:5],
        lambda a: a[3:][::2][::-1][-4:],
        lambda a: a[50:50],
    ],
)
def test_nested_slices_are_those_of_a_list(trajectory, cut):
    part = cut(trajectory)
    expected = cut(list(range(100)))
    read = [t for block in part.chunks(3) for t in block.times]
    assert read == expected


def test_chunks_never_load_all(trajectory, source):
    starts = [block.times[0] for block in trajectory.chunks(30)]
    assert starts == [0, 30, 60, 90]
    assert source.reads == [30, 30, 30, 10]
    assert len(trajectory.load()) == 100


def test_chunk_length_follows_the_bytes(trajectory):
    assert trajectory.chunk_length(480) == 10
    assert trajectory.chunk_length(1) == 1


def test_map_is_lazy_and_composes(trajectory, source):
    doubled = trajectory.map(lambda block: block.replace(positions=2 * block.positions))
    assert source.reads == []
    assert doubled[4:][3].positions[0, 0, 0] == 14.0
    assert doubled.fields == trajectory.fields


def test_integers(trajectory):
    assert trajectory[-1].times.tolist() == [99.0]
    with pytest.raises(IndexError, match="frame 100 does not exist"):
        trajectory[100]


def test_frames_in_memory():
    frames = Frames(np.arange(18.0).reshape(3, 2, 3), times=np.arange(3.0))
    trajectory = Trajectory.from_frames(TOPOLOGY, frames, name="mine")
    assert trajectory.fields == {"positions", "times"}
    assert isinstance(trajectory.source, ArraySource)
    np.testing.assert_array_equal(trajectory[::-1].load().positions, frames.positions[::-1])
    with pytest.raises(ValueError, match="2 particles, the frames have 1"):
        Trajectory.from_frames(TOPOLOGY, frames.particles(np.array([0])))
