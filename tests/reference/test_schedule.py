import pytest

from molscape.reference.schedule import SamplingSchedule


def test_parts_add_up_and_keep_the_frames_asked_for():
    schedule = SamplingSchedule(
        frames=7, interval=5.0, pressure_equilibration=30.0, volume_equilibration=3.0
    )
    parts = schedule.parts(pressure=True)
    steps = {kind: sum(p.steps for p in parts if p.kind == kind) for kind in ("pressure", "volume")}
    assert steps == {"pressure": 15000, "volume": 1500}
    kept = [p for p in parts if p.kind == "kept"]
    assert sum(p.steps // p.every for p in kept) == 7
    assert [p.steps for p in kept] == [5000, 5000, 5000, 2500]
    assert [p.kind for p in schedule.parts(pressure=False)] == ["volume"] + 4 * ["kept"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 0}, "frames must be positive"),
        ({"interval": 0.0051}, "no multiple of the time step"),
        ({"pressure_equilibration": -1.0}, "cannot be negative"),
    ],
)
def test_impossible_schedules_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        SamplingSchedule(**{"frames": 2, **change})
