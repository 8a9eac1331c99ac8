import pytest

from molscape.simulate.schedule import Schedule


@pytest.mark.parametrize(
    ("steps", "every", "chunks"), [(1000, 100, 10), (1000, 100, 3), (700, 100, 10), (100, 100, 1)]
)
def test_parts_cover_the_steps_in_whole_frames(steps, every, chunks):
    parts = Schedule(steps, every=every, chunks=chunks).parts()
    assert sum(size for size, _ in parts) == steps
    assert len(parts) == min(chunks, steps // every)
    assert all(keep and size % every == 0 for size, keep in parts)
    sizes = [size for size, _ in parts]
    assert max(sizes) - min(sizes) <= every


def test_equilibration_comes_first_and_is_not_kept():
    parts = Schedule(200, every=100, equilibration=77).parts()
    assert parts == [(77, False), (100, True), (100, True)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be positive, got 0"),
        ({"steps": 100, "timestep": 0.0}, "timestep must be positive"),
        ({"steps": 100, "every": 0}, "every must be positive"),
        ({"steps": 100, "chunks": 0}, "chunks must be positive"),
        ({"steps": 100, "every": 50, "equilibration": -1}, "equilibration cannot be negative"),
        ({"steps": 1010, "every": 100}, r"not a multiple of every \(100\).*use 1000"),
        ({"steps": 50, "every": 100}, "use 100"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**options)


def test_pieces_reach_from_frame_to_frame():
    schedule = Schedule(steps=100, every=20)
    assert schedule.pieces(60) == [20, 20, 20]
    assert schedule.pieces(50) == [20, 20, 10]
    assert schedule.pieces(5) == [5]
