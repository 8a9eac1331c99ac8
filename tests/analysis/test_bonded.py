"""Bonded distributions of chains whose statistics are known."""

import numpy as np
import pytest

from molscape.analysis import (
    angle_blocks,
    bond_blocks,
    bonded_types,
    dihedral_blocks,
    distance_with_error,
    distribution_distance,
    floor,
)
from molscape.analysis.bonded import bonded_rows
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

LENGTH, WIDTH = 0.3, 0.02
NAMES = ["A", "B", "C", "D"]


def chains(frames=400, count=20, seed=0, box=None, wrap=False, width=WIDTH):
    """Freely jointed chains A-B-C-D with bonds of gaussian length; bonds listed backwards too."""
    random = np.random.default_rng(seed)
    step = random.normal(size=(frames, count, 3, 3))
    step /= np.linalg.norm(step, axis=-1, keepdims=True)
    step *= random.normal(LENGTH, width, step.shape[:-1])[..., None]
    start = random.uniform(0, 2, (frames, count, 1, 3))
    positions = np.concatenate([start, start + np.cumsum(step, axis=2)], axis=2)
    positions = positions.reshape(frames, -1, 3)
    boxes = None if box is None else np.broadcast_to(box, (frames, 3, 3)).copy()
    if wrap:
        turns = positions @ np.linalg.inv(boxes)
        positions = (turns - np.floor(turns)) @ boxes
    first = 4 * np.arange(count)
    bonds = np.concatenate([np.stack([first + k, first + k + 1], 1) for k in range(3)])
    topology = Topology.build(
        NAMES * count,
        masses=np.ones(4 * count),
        molecules=np.repeat(np.arange(count), 4),
        bonds=np.concatenate([bonds[:7], bonds[7:, ::-1]]),
    ).with_connected_angles()
    return Trajectory.from_frames(topology, Frames(positions, boxes))


def normal(x, width=WIDTH):
    return np.exp(-(((x - LENGTH) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))


def agrees(curve, expected, sigmas=5.0):
    """Every bin within five standard errors, those of counting where the scatter is too small."""
    step = curve.x[1] - curve.x[0]
    counting = np.sqrt(np.maximum(expected / (curve.samples.sum() * step), 1e-12))
    assert np.max(np.abs(curve.y - expected) / counting) < sigmas
    assert np.sum(curve.y) * step == pytest.approx(1.0)
    occupied = expected > 0.2 * expected.max()
    ratio = curve.error[occupied] / counting[occupied]
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.15)


def test_lengths_are_gaussian():
    blocks = bond_blocks(chains(), "B-A", spacing=0.005)
    assert (blocks.x_unit, blocks.y_unit) == ("nm", "1/nm")
    from scipy.stats import norm

    edges = np.linspace(0, 1, 201)
    expected = np.diff(norm.cdf(edges, LENGTH, WIDTH)) / 0.005
    agrees(blocks.curve(), expected)
    assert blocks.samples.sum() == 400 * 20


def test_angles_of_free_joints_follow_a_sine():
    curve = angle_blocks(chains(), "C-B-A", bins=36).curve()
    agrees(curve, np.sin(curve.x) * np.sinc(np.pi / 72 / np.pi) / 2)


def test_dihedrals_of_free_joints_are_uniform():
    curve = dihedral_blocks(chains(), "A-B-C-D", bins=36).curve()
    assert curve.x[0] == pytest.approx(-np.pi + np.pi / 36)
    agrees(curve, np.full(36, 1 / (2 * np.pi)))


@pytest.mark.parametrize(
    "box", [2.0 * np.eye(3), [[2.0, 0, 0], [0.5, 1.8, 0], [-0.4, 0.3, 2.1]]], ids=["cube", "tilted"]
)
def test_cut_chains_measure_the_same(box):
    whole, cut = chains(20, box=box), chains(20, box=box, wrap=True)
    for analysis, label in (
        (bond_blocks, "A-B"),
        (angle_blocks, "A-B-C"),
        (dihedral_blocks, "A-B-C-D"),
    ):
        a, b = analysis(whole, label), analysis(cut, label)
        assert np.abs(a.numerator - b.numerator).sum() <= 4
        assert a.numerator.sum() == b.numerator.sum()


def test_streaming_and_replicas_do_not_matter(monkeypatch):
    trajectory = chains(40)
    frames = trajectory.load().replace(replicas=np.repeat([0, 1], 20))
    both = bond_blocks(Trajectory.from_frames(trajectory.topology, frames), "A-B", blocks=4)
    assert both.replica.tolist() == [0, 0, 1, 1]
    at_once = bond_blocks(trajectory, "A-B").numerator
    monkeypatch.setattr(Trajectory, "chunk_length", lambda self: 7)
    np.testing.assert_array_equal(at_once, bond_blocks(trajectory, "A-B").numerator)


def test_types_and_rows():
    topology = chains(1, 2).topology
    assert bonded_types(topology) == {
        "bonds": ("A-B", "B-C", "C-D"),
        "angles": ("A-B-C", "B-C-D"),
        "dihedrals": ("A-B-C-D",),
    }
    assert bonded_rows(topology, "D-C-B-A").tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert bonded_types(Topology.build(["A"], masses=[1.0]))["bonds"] == ()


def test_distances_between_distributions_have_floors():
    first, second = bond_blocks(chains(seed=0), "A-B"), bond_blocks(chains(seed=1), "A-B")
    least, _ = floor(first)
    value, error = distance_with_error(first, second)
    assert value == pytest.approx(least, abs=5 * error)
    # Two normal distributions of widths s and 2 s: the integral of |p - q| is 0.6453.
    wider, _ = distance_with_error(first, bond_blocks(chains(seed=2, width=2 * WIDTH), "A-B"))
    assert wider == pytest.approx(0.6453, abs=0.05)
    short = bond_blocks(chains(seed=1), "A-B", maximum=0.5)
    assert distribution_distance(first.curve(), short.curve()) == pytest.approx(value)
    fine = dihedral_blocks(chains(seed=1), "A-B-C-D", bins=72).curve()
    coarse = dihedral_blocks(chains(seed=1), "A-B-C-D", bins=36).curve()
    assert 0 < distribution_distance(fine, coarse) < 0.1
    shifted = dihedral_blocks(chains(seed=1), "A-B-C-D", bins=72).curve()
    assert distribution_distance(fine, shifted) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: bond_blocks(t, "A-D"), "no bonds of type A-D; of bonds it has: A-B, B-C, C-D"),
        (lambda t: bond_blocks(t, "A-B-C"), "'A-B-C' of bonds: write 2 names"),
        (lambda t: angle_blocks(t, "A-C-B"), "no angles of type A-C-B"),
        (lambda t: bond_blocks(t, "A-B", maximum=0.3), "measures 0.3.. nm, the range ends at 0.3"),
        (lambda t: bond_blocks(t, "A-B", spacing=2.0), "needs a bin"),
        (lambda t: bonded_rows(t.topology, "A"), "write two, three or four names"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(chains(10))


def test_broken_frames_are_refused():
    broken = chains(4).map(lambda frames: frames.replace(positions=frames.positions * np.nan))
    with pytest.raises(ValueError, match="not finite: leave out broken frames"):
        angle_blocks(broken, "A-B-C")
