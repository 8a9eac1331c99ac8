from pathlib import Path

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.atoms import Atoms


def atoms(molecules, box=None):
    topology = Topology.build(["A", "B"], masses=[1.0, 1.0], molecules=molecules)
    x = np.arange(60.0).reshape(10, 2, 3)
    trajectory = Trajectory.from_frames(topology, Frames(positions=x, box=box, whole=True))
    return Atoms(trajectory, State(300.0), (Path("conf.gro"), Path("traj.trr")), {"phase": "gas"})


@pytest.mark.parametrize(("frames", "count"), [(":", 10), ("::3", 4), ("-2:", 2), ("2:8:2", 3)])
def test_frames_are_selected_by_a_slice(frames, count):
    found = atoms([0, 0]).selected(frames)
    assert len(found.trajectory) == count
    assert found.about == {"phase": "gas"}


def test_no_frame_is_refused():
    with pytest.raises(ValueError, match=r"reference.frames '10:' selects none of the 10 frames"):
        atoms([0, 0]).selected("10:")


def test_several_molecules_need_their_box():
    with pytest.raises(ValueError, match=r"traj.trr: 2 molecules without a box"):
        atoms([0, 1]).selected(":")
    box = np.broadcast_to(np.eye(3), (10, 3, 3)).copy()
    assert len(atoms([0, 1], box).selected(":").trajectory) == 10
