import numpy as np
import pytest
from scipy.sparse import csr_matrix

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

ATOMS = Topology.build(list("abc"), masses=[1.0, 3.0, 2.0])
BEADS = Topology.build(["X"], masses=[4.0])
MAPPING = Mapping(
    csr_matrix([[0.25, 0.75, 0.0]]), csr_matrix([[1.0, 1.0, 0.0]]), BEADS, notes=("said",)
)


@pytest.fixture
def frames():
    random = np.random.default_rng(0)
    x, v, f = random.normal(size=(3, 4, 3, 3))
    return Frames(x, velocities=v, forces=f, energies=np.zeros(4), times=np.arange(4.0))


def test_weights_are_applied(frames):
    beads = MAPPING.map_frames(frames)
    for name, weights in (("positions", (0.25, 0.75)), ("velocities", (0.25, 0.75))):
        atoms = getattr(frames, name)
        expected = weights[0] * atoms[:, 0] + weights[1] * atoms[:, 1]
        np.testing.assert_allclose(getattr(beads, name)[:, 0], expected)
    np.testing.assert_allclose(beads.forces[:, 0], frames.forces[:, 0] + frames.forces[:, 1])
    assert beads.energies is None
    assert beads.times.tolist() == [0, 1, 2, 3]


def test_trajectory_is_mapped_lazily(frames):
    beads = MAPPING(Trajectory.from_frames(ATOMS, frames))
    assert beads.topology is BEADS
    assert "energies" not in beads.fields
    np.testing.assert_allclose(
        beads[1:3].load().positions, MAPPING.map_frames(frames[1:3]).positions
    )


def test_wrong_number_of_atoms(frames):
    with pytest.raises(ValueError, match="for 3 atoms, the frames have 2"):
        MAPPING.map_frames(frames.particles(np.array([0, 1])))


def test_cut_molecules_are_refused(frames):
    periodic = frames.replace(box=np.repeat(np.eye(3)[None], 4, axis=0))
    with pytest.raises(ValueError, match="cut by the periodic boundary"):
        MAPPING.map_frames(periodic)
    assert len(MAPPING.map_frames(periodic.replace(whole=True))) == 4
