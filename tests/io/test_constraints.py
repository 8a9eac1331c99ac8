import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.constraints import (
    constraints_of,
    copies,
    describe_constraints,
    infer_constraints,
    resolution,
)


def waters(rigid_angle, stretch, bonded=True, frames=30, seed=0):
    """Fifty turning waters in a box of 3 nm; lengths 0.1 nm, stretching by a share."""
    rng = np.random.default_rng(seed)
    shape = (frames, 50)
    half = np.radians(109.47 / 2) + (0 if rigid_angle else 0.05 * rng.normal(size=shape))
    lengths = 0.1 * (1 + stretch * rng.normal(size=(2, *shape)))
    along, across = np.cos(half), np.sin(half)
    local = np.zeros((*shape, 3, 3))
    local[..., 1, 0], local[..., 1, 1] = lengths[0] * along, lengths[0] * across
    local[..., 2, 0], local[..., 2, 1] = lengths[1] * along, -lengths[1] * across
    turn = np.linalg.qr(rng.normal(size=(*shape, 3, 3)))[0]
    positions = rng.uniform(0, 3, (*shape, 1, 3)) + local @ turn
    positions -= 3 * np.floor(positions / 3)
    first = 3 * np.arange(50)
    bonds = np.concatenate([np.stack([first, first + k], 1) for k in (1, 2)])
    topology = Topology.build(
        ["OW", "HW1", "HW2"] * 50,
        masses=[16.0, 1, 1] * 50,
        molecules=np.repeat(np.arange(50), 3),
        molecule_names=["SOL"] * 50,
        **({"bonds": bonds} if bonded else {}),
    )
    box = np.tile(3 * np.eye(3), (frames, 1, 1))
    return topology, Frames(positions.reshape(frames, 150, 3), box=box)


ROUNDING = {
    "double": lambda x: x,
    "single": lambda x: x.astype(np.float32).astype(np.float64),
    "text of 6 digits in Å": lambda x: (
        np.array([float(f"{v:g}") for v in (10 * x).flat]).reshape(x.shape) / 10
    ),
    "gro": lambda x: np.round(x, 3),
}


@pytest.mark.parametrize("rounding", ROUNDING)
@pytest.mark.parametrize("bonded", [True, False])
def test_rigid_water(bonded, rounding):
    topology, frames = waters(True, 0.0, bonded)
    frames = frames.replace(positions=ROUNDING[rounding](frames.positions))
    found = infer_constraints(Trajectory.from_frames(topology, frames))
    assert len(found.constraints) == 150
    kinds = {tuple(sorted(found.names[pair])) for pair in found.constraints}
    assert kinds == {("HW1", "OW"), ("HW2", "OW"), ("HW1", "HW2")}
    expected = np.where((found.constraints % 3 == 0).any(axis=1), 0.1, 0.16330)
    np.testing.assert_allclose(found.constraint_lengths, expected, rtol=3e-4)
    assert "HW1-OW 0.1000 nm (x 50)" in describe_constraints(found)


def test_rigid_bonds_and_a_free_angle():
    topology, frames = waters(False, 0.0)
    found = infer_constraints(Trajectory.from_frames(topology, frames))
    assert len(found.constraints) == 100
    assert (found.constraints % 3 == 0).any(axis=1).all()


@pytest.mark.parametrize("stretch", [0.002, 0.02])
def test_flexible_water_has_none(stretch):
    topology, frames = waters(False, stretch)
    found = infer_constraints(Trajectory.from_frames(topology, frames))
    assert len(found.constraints) == 0


def test_too_few_frames_or_copies_say_nothing():
    topology, frames = waters(True, 0.0)
    for few in (frames[:3], Frames.concatenate([frames[0]] * 10)):
        found = infer_constraints(Trajectory.from_frames(topology, few))
        assert found is topology


def test_resolution():
    positions = np.random.default_rng(0).uniform(0, 3, (4, 100, 3))
    assert resolution(np.round(positions, 3)) == 1e-3
    assert resolution(np.round(positions, 5)) == 1e-5
    assert resolution(positions) == pytest.approx(2.4e-7, rel=0.01)


def test_a_frame_that_comes_twice_hides_no_rigid_bond():
    topology, frames = waters(True, 0.0)
    doubled = Frames.concatenate([frames, frames[3], frames[3:5]])
    assert copies(doubled).sum() == 3
    found = constraints_of(topology, doubled)
    np.testing.assert_array_equal(found.constraints, constraints_of(topology, frames).constraints)
    assert len(found.constraints) > 0
