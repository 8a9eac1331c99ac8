import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.whole import MoleculeTrees, make_whole

BOXES = {
    "orthorhombic": np.array([[1.9, 0, 0], [0, 2.0, 0], [0, 0, 2.1]]),
    "triclinic": np.array([[1.9, 0, 0], [0.7, 2.0, 0], [-0.6, 0.8, 2.1]]),
}


def chains(bonded=True, interleaved=False):
    """Twelve chains of five, 0.15 nm between neighbours, whole."""
    rng = np.random.default_rng(6)
    steps = rng.normal(size=(3, 12, 5, 3))
    steps *= 0.15 / np.linalg.norm(steps, axis=-1, keepdims=True)
    positions = rng.uniform(0, 2, (3, 12, 1, 3)) + np.cumsum(steps, axis=2)
    molecules = np.repeat(np.arange(12), 5).reshape(12, 5)
    index = np.arange(60).reshape(12, 5)
    if interleaved:
        positions, molecules = positions.swapaxes(1, 2), molecules.T
        index = np.arange(60).reshape(5, 12).T
    bonds = np.concatenate([index[:, k : k + 2] for k in (2, 0, 3, 1)])
    topology = Topology.build(
        ["A"] * 60,
        masses=[1.0] * 60,
        molecules=molecules.ravel(),
        **({"bonds": bonds} if bonded else {}),
    )
    return topology, np.ascontiguousarray(positions.reshape(3, 60, 3))


def wrap(positions, box):
    fractions = positions @ np.linalg.inv(box)
    return (fractions - np.floor(fractions)) @ box


@pytest.mark.parametrize("interleaved", [True, False])
@pytest.mark.parametrize("bonded", [True, False])
@pytest.mark.parametrize("shape", BOXES)
def test_wrapped_molecules_are_restored(shape, bonded, interleaved):
    box = BOXES[shape]
    topology, positions = chains(bonded, interleaved)
    wrapped = Frames(wrap(positions, box), box=np.tile(box, (3, 1, 1)))
    whole = make_whole(topology, wrapped)
    assert whole.whole
    for members in topology.members("A"):
        inside = whole.positions[:, members] - whole.positions[:, members[:1]]
        expected = positions[:, members] - positions[:, members[:1]]
        np.testing.assert_allclose(inside, expected, atol=1e-12)
        np.testing.assert_array_equal(
            whole.positions[:, members[0]], wrapped.positions[:, members[0]]
        )
    lattice = (whole.positions - wrapped.positions) @ np.linalg.inv(box)
    np.testing.assert_allclose(lattice, np.round(lattice), atol=1e-12)
    assert np.abs(lattice).max() > 0.5


def test_whole_frames_are_left_as_they_are():
    topology, positions = chains()
    frames = Frames(positions, box=np.tile(BOXES["triclinic"], (3, 1, 1)))
    assert make_whole(topology, frames).positions is frames.positions


def test_chained_particles_are_counted():
    assert MoleculeTrees.build(chains(bonded=True)[0]).chained == 0
    assert MoleculeTrees.build(chains(bonded=False)[0]).chained == 48


def test_a_ring_is_whole_and_a_molecule_bonded_to_its_image_is_refused():
    angles = np.arange(6) * np.pi / 3
    ring = 0.2 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    bonds = np.array([[k, (k + 1) % 6] for k in range(6)])
    topology = Topology.build(["C"] * 6, masses=[12.0] * 6, molecules=[0] * 6, bonds=bonds)
    assert len(MoleculeTrees.build(topology).closures) == 1
    box = np.eye(3)[None]
    whole = make_whole(topology, Frames(wrap(ring, np.eye(3))[None], box=box))
    inside = whole.positions[0] - whole.positions[0, 0]
    np.testing.assert_allclose(inside, ring - ring[0], atol=1e-12)
    endless = np.stack([np.arange(6) / 6, np.zeros(6), np.zeros(6)], axis=1)
    with pytest.raises(ValueError, match=r"more than half the box \(0.500 nm\).*whole=False"):
        make_whole(topology, Frames(endless[None], box=box))


def test_without_a_box_there_is_nothing_to_do():
    topology, positions = chains()
    whole = make_whole(topology, Frames(positions))
    assert whole.whole
    assert whole.positions is positions
