"""Files of chunks: what is in them, and that those of earlier versions are still read."""

import numpy as np
import pytest

from molscape.simulate.chunks import (
    Chunk,
    ChunkSource,
    EngineState,
    chunk_arrays,
    image_shift,
    load_chunk,
)

BOX = np.diag([2.0, 3.0, 4.0])
MOLECULES = np.array([0, 0, 1])


@pytest.mark.parametrize("boxes", [None, BOX * np.ones((5, 2, 1, 1))])
def test_arrays_of_a_chunk_are_read_back(tmp_path, boxes):
    random = np.random.default_rng(0)
    state = EngineState(
        random.normal(size=(2, 3, 3)),
        random.normal(size=(2, 3, 3)),
        np.stack([BOX, BOX]),
        step=70,
        sizes=(8, 0),
        extra={"chain": np.arange(3.0)},
    )
    seen = {"time": random.normal(size=(5, 2)), "its own": random.normal(size=(5, 2))}
    positions = random.normal(size=(5, 2, 3, 3)) * 10
    chunk = Chunk(positions, seen, state, seconds=0.25, blow_up="it got hot", boxes=boxes)
    file = tmp_path / "chunk.npz"
    np.savez(file, **chunk_arrays(chunk, MOLECULES))
    end, outline = load_chunk(file)
    np.testing.assert_array_equal(end.positions, state.positions)
    np.testing.assert_array_equal(end.velocities, state.velocities)
    np.testing.assert_array_equal(end.box, state.box)
    np.testing.assert_array_equal(end.extra["chain"], state.extra["chain"])
    assert (end.step, end.sizes) == (70, (8, 0))
    assert (outline.count, outline.seconds, outline.blow_up) == (10, 0.25, "it got hot")
    for name, values in seen.items():
        np.testing.assert_array_equal(outline.observables[name], values)
    frames = ChunkSource((file,), (10,), periodic=True, molecules=MOLECULES).read(range(10))
    if boxes is None:
        np.testing.assert_allclose(frames.positions, positions.reshape(10, 3, 3), atol=1e-6)
    assert (frames.whole, frames.unwrapped) == (True, boxes is None)


def test_a_file_of_format_2_is_read(tmp_path):
    file = tmp_path / "chunk-0000.npz"
    np.savez(
        file,
        state_positions=np.ones((1, 3, 3)),
        state_velocities=np.zeros((1, 3, 3)),
        step=20,
        sizes=np.asarray((), dtype=np.int64),
        count=2,
        seconds=0.5,
        blow_up="",
        box=BOX[None],
        positions=np.ones((2, 1, 3, 3), dtype=np.float32),
        images=np.array([[[[0, 0, 0], [1, 0, -1]]], [[[0, 1, 0], [0, 0, 0]]]], dtype=np.int8),
        **{"observable.time": np.array([[0.1], [0.2]])},
    )
    state, outline = load_chunk(file)
    assert (state.step, state.sizes, state.extra) == (20, (), {})
    assert (outline.count, outline.seconds, outline.blow_up) == (2, 0.5, None)
    frames = ChunkSource((file,), (2,), periodic=True, molecules=MOLECULES).read(range(2))
    np.testing.assert_array_equal(frames.positions[0], [[1, 1, 1], [1, 1, 1], [3, 1, -3]])
    np.testing.assert_array_equal(frames.positions[1], [[1, 4, 1], [1, 4, 1], [1, 1, 1]])
    np.testing.assert_array_equal(frames.times, [0.1, 0.2])


def test_image_shift_brings_positions_back_into_a_triclinic_box():
    box = np.array([[2.0, 0, 0], [0.5, 2.0, 0], [0.3, -0.4, 2.0]])
    inside = np.random.default_rng(0).uniform(0, 1, (20, 3))
    positions = (inside + np.random.default_rng(1).integers(-3, 4, (20, 3))) @ box
    assert np.allclose(positions - image_shift(positions, box), inside @ box)
    assert np.all(image_shift(positions, None) == 0)
