"""Frames in memory: what is checked, chosen, dealt into folds, and known again."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.fit.samples import Samples, check_forces, chosen, finite, fold_of, load_all

TOPOLOGY = Topology.build(["A", "A", "B"], masses=np.ones(3))
STATE = State(temperature=300.0)
X = np.random.default_rng(0).uniform(0, 1, (6, 3, 3))


def frames(**changes):
    values = {"forces": 2 * X, "box": np.tile(2.0 * np.eye(3), (6, 1, 1)), **changes}
    return Frames(X, **values)


def loaded(given=None, state=STATE, reach=0.8):
    own = frames() if given is None else given
    return Samples.load(Trajectory.from_frames(TOPOLOGY, own, name="made"), state, reach)


def test_folds_are_contiguous_blocks_dealt_in_turn():
    folds = fold_of(100, 2)
    assert folds[:10].tolist() == [0] * 10
    assert folds[10:20].tolist() == [1] * 10
    assert np.bincount(folds).tolist() == [50, 50]
    assert np.bincount(fold_of(103, 5)).min() >= 20
    assert fold_of(3, 3).tolist() == [0, 1, 2]
    for count in (1, 4):
        with pytest.raises(ValueError, match=f"{count} folds of 3 frames: use between 2 and 3"):
            fold_of(3, count)


def test_a_trajectory_without_forces_or_frames_is_refused_with_a_remedy():
    bare = Trajectory.from_frames(TOPOLOGY, Frames(X), name="made")
    with pytest.raises(ValueError, match=r"needs forces, made carries .*`molscape rerun`"):
        check_forces(bare)
    with pytest.raises(ValueError, match="no frames: check the selection of frames"):
        check_forces(Trajectory.from_frames(TOPOLOGY, frames())[:0])


@pytest.mark.parametrize("field", ["positions", "forces"])
def test_the_first_frame_with_no_number_is_named(field):
    bad = X.copy()
    bad[4, 1, 2] = np.nan
    chunks = [frames()[:3], frames().replace(**{field: bad})[3:]]
    passed = finite(chunks, 10, "made")
    assert len(next(passed)) == 3
    with pytest.raises(ValueError, match=f"frame 14 of made has {field} that are infinite or not"):
        next(passed)


def test_all_frames_are_one_batch_in_a_precision():
    samples = loaded(frames(energies=np.arange(6.0)))
    assert len(samples) == 6
    batch = samples.whole(np.dtype(np.float32))
    assert batch.positions.dtype == batch.box.dtype == batch.energies.dtype == jnp.float32
    assert batch.system.masses.dtype == jnp.float32
    np.testing.assert_allclose(batch.forces, 2 * X, rtol=1e-6)
    assert batch.weight.tolist() == [1.0] * 6
    assert loaded(frames(box=None)).whole(np.dtype(np.float64)).box is None


def test_the_search_has_room_for_every_frame():
    crowded = X.copy()
    crowded[:5] *= 100.0
    samples = loaded(Frames(crowded, forces=X), reach=0.8)
    batch = samples.whole(np.dtype(np.float64))
    for x in batch.positions:
        assert not samples.search.overflowed(samples.search(batch.system, x, None))


def test_a_reach_beyond_half_the_box_is_refused():
    with pytest.raises(ValueError, match="half"):
        loaded(reach=1.1)


def test_chosen_frames_keep_their_rows_and_take_their_weights():
    batch = loaded(frames(energies=np.arange(6.0))).whole(np.dtype(np.float64))
    some = chosen(batch, jnp.asarray([4, 1, 1]), jnp.asarray([1.0, 1.0, 0.0]))
    np.testing.assert_array_equal(some.positions, batch.positions[jnp.asarray([4, 1, 1])])
    assert some.energies.tolist() == [4.0, 1.0, 1.0]
    assert some.weight.tolist() == [1.0, 1.0, 0.0]
    assert some.box.shape == (3, 3, 3)


def test_the_identity_is_that_of_everything_a_fit_sees():
    same = [loaded().identity, loaded().identity]
    others = [
        loaded(frames(forces=3 * X)).identity,
        loaded(frames(energies=np.zeros(6))).identity,
        loaded(frames(box=None)).identity,
        loaded(state=State(temperature=310.0)).identity,
        loaded(frames()[:5]).identity,
    ]
    assert same[0] == same[1]
    assert len({same[0], *others}) == 6


def test_data_are_loaded_in_their_order():
    data = [(Trajectory.from_frames(TOPOLOGY, frames()[:k]), STATE) for k in (2, 5)]
    assert [len(samples) for samples in load_all(data, 0.5)] == [2, 5]
