"""Sums over frames: streamed or not, the same."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory
from molscape.fit import normal_equations
from molscape.fit.normal_equations import accumulate
from molscape.potentials import PairSpline

LENGTH = 4 * 0.39

SPLINE = {"start": 0.3, "cutoff": 0.78, "spacing": 0.04, "pairs": (("A", "A"),)}


def total(sums):
    first, *others = sums
    for other in others:
        first = first + other
    return first


def test_chunks_and_blocks_make_no_difference(fluid, monkeypatch):
    potential = PairSpline(**SPLINE)
    blocks = accumulate(potential, fluid, 7)
    assert len(blocks) == 7
    monkeypatch.setattr(normal_equations, "CHUNK_FRAMES", 80)
    (whole,) = accumulate(potential, fluid, 1)
    streamed = total(blocks)
    scale = np.max(np.abs(whole.gram))
    np.testing.assert_allclose(streamed.gram, whole.gram, atol=1e-13 * scale)
    np.testing.assert_allclose(
        streamed.moment, whole.moment, atol=1e-13 * np.max(np.abs(whole.moment))
    )
    np.testing.assert_array_equal(streamed.samples[0], whole.samples[0])
    assert streamed.square == pytest.approx(whole.square, rel=1e-13)
    assert streamed.components == whole.components == 80 * 64 * 3
    back = streamed - blocks[0] - total(blocks[1:])
    assert np.max(np.abs(back.gram)) < 1e-10 * scale
    assert back.components == 0


def test_sums_are_those_of_the_plain_design_matrix(fluid, positions, forces):
    (sums,) = accumulate(PairSpline(**SPLINE), fluid, 1)
    size = 14
    design = np.zeros((size, *forces.shape))
    d = positions[:, :, None] - positions[:, None]
    d -= np.round(d / LENGTH) * LENGTH
    r = np.linalg.norm(d, axis=-1) + 9 * np.eye(64)
    near = (r < 0.78).nonzero()
    for p in range(size):
        unit = PairSpline(**SPLINE, parameters=np.eye(size)[[p]])
        force = np.zeros_like(r)
        force[near] = -np.asarray(unit.pair_slope(jnp.asarray(r[near]), 0)) / r[near]
        design[p] = np.einsum("fij,fijk->fik", force, d)
    flat = design.reshape(size, -1)
    np.testing.assert_allclose(sums.gram, flat @ flat.T, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(sums.moment, flat @ forces.ravel(), rtol=1e-7, atol=1e-7)
    theta = np.random.default_rng(0).normal(size=size)
    assert sums.loss(theta) == pytest.approx(np.mean((theta @ flat - forces.ravel()) ** 2))


def test_progress_counts_frames(fluid):
    seen = []
    accumulate(PairSpline(**SPLINE), fluid, 3, lambda what, done, of: seen.append((done, of)))
    assert seen[-1] == (80, 80)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize("name", ["positions", "forces"])
def test_a_frame_that_is_not_finite_is_named(positions, forces, make, name):
    data = {"positions": positions.copy(), "forces": forces.copy()}
    data[name][47, 3, 1] = np.nan
    trajectory = make.trajectory(data["positions"], data["forces"])
    with pytest.raises(ValueError, match=f"frame 47 of made has {name} that are infinite"):
        accumulate(PairSpline(**SPLINE), [(trajectory, make.state)], 4)


def test_what_is_missing_is_named(fluid, positions, make):
    ((trajectory, state),) = fluid
    bare = Trajectory.from_frames(trajectory.topology, Frames(positions), name="bare")
    with pytest.raises(ValueError, match=r"needs forces, bare carries \['positions'\]"):
        accumulate(PairSpline(**SPLINE), [(bare, state)], 2)
    with pytest.raises(ValueError, match="has no frames"):
        accumulate(PairSpline(**SPLINE), [(trajectory[5:5], state)], 2)
    far = PairSpline(**{**SPLINE, "cutoff": 0.82})
    with pytest.raises(ValueError, match=r"exceeds half the box \(0\.780 nm\)"):
        accumulate(far, fluid, 2)
