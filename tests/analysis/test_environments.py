"""Inputs stay, frames and forces turn, when configurations are turned, moved and renamed."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from molscape.analysis.environments import surroundings, whole_configuration
from molscape.core.topology import Topology


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_whole_configurations_turn_with_their_frame(count):
    random = np.random.default_rng(0)
    x = random.normal(size=(50, count, 3))
    rotation = Rotation.random(50, random_state=1).as_matrix()
    inputs, turn = whole_configuration(x)
    moved, turned = whole_configuration(np.einsum("sij,spj->spi", rotation, x) + 1.0)
    np.testing.assert_allclose(moved, inputs, atol=1e-12)
    unit = np.broadcast_to(np.eye(3), turn.shape)
    np.testing.assert_allclose(turn @ turn.swapaxes(-1, -2), unit, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turn), 1.0)
    axes = slice(0, 1) if count == 2 else slice(0, 3)
    np.testing.assert_allclose((turned @ rotation[:, None])[..., axes, :], turn[..., axes, :])
    assert inputs.shape[1] == (count - 1) + max(count - 2, 0) + 2 * max(count - 3, 0)


def test_mirror_images_differ():
    x = np.random.default_rng(0).normal(size=(1, 4, 3))
    mirrored = x * np.array([1.0, 1.0, -1.0])
    assert np.abs(whole_configuration(x)[0] - whole_configuration(mirrored)[0]).max() > 0.1
    with pytest.raises(ValueError, match="one particle by itself"):
        whole_configuration(x[:, :1])


def dimers(count=40):
    topology = Topology.build(
        ["A", "B"] * count, masses=np.ones(2 * count), molecules=np.repeat(np.arange(count), 2)
    )
    random = np.random.default_rng(4)
    x = random.uniform(0, 2, (count, 1, 3)) + random.normal(0, 0.1, (count, 2, 3))
    return topology, x.reshape(-1, 3)


def test_surroundings_by_hand():
    topology, x = dimers()
    box = 2.0 * np.eye(3)
    inputs, turn = surroundings(topology, x, box, np.array([6]), 3, 0.9)
    move = x - x[6]
    move -= 2 * np.round(move / 2)
    length = np.linalg.norm(move, axis=1)
    others = np.setdiff1d(np.argsort(length), [6, 7], assume_unique=True)[:3]
    near = move[[7, *others]] / length[[7, *others], None] ** 2
    first = near[0] / np.linalg.norm(near[0])
    np.testing.assert_allclose(turn[0, 0], first)
    expected = near @ turn[0].T
    assert inputs[0, 0] == pytest.approx(1 / length[7])
    np.testing.assert_allclose(inputs[0, 1:3], expected[1, :2])
    assert abs(expected[1, 2]) < 1e-12
    np.testing.assert_allclose(inputs[0, 3:9], expected[2:].ravel())
    kinds = {"A": 1.0, "B": 2.0}
    assert inputs[0, 9:].tolist() == [kinds[topology.types[k]] for k in (7, *others)]


def test_surroundings_turn_and_do_not_depend_on_order():
    topology, x = dimers()
    centres = np.flatnonzero(topology.types == "B")
    rotation = Rotation.random(random_state=2).as_matrix()
    inputs, turn = surroundings(topology, x, None, centres, 4, 0.9)
    moved, turned = surroundings(topology, x @ rotation.T - 3.0, None, centres, 4, 0.9)
    np.testing.assert_allclose(moved, inputs, atol=1e-9)
    np.testing.assert_allclose(turned @ rotation, turn, atol=1e-9)
    backward = np.arange(len(x)).reshape(-1, 2)[::-1].ravel()
    again, _ = surroundings(topology, x[backward], None, centres, 4, 0.9)
    np.testing.assert_allclose(again[::-1], inputs, atol=1e-9)


def test_missing_neighbours_are_zero():
    topology = Topology.build(["A"] * 3, masses=np.ones(3))
    x = np.array([[0.0, 0, 0], [0.3, 0, 0], [5.0, 0, 0]])
    inputs, turn = surroundings(topology, x, None, np.arange(3), 2, 0.9)
    np.testing.assert_allclose(inputs, [[1 / 0.3, 0, 0], [1 / 0.3, 0, 0], [0, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turn), 1.0)
