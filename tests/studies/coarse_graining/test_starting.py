import pytest

from molscape.studies.coarse_graining.starting import starting_frames


def test_replicas_are_spread_over_the_reference(made_study, point, boxes):
    beads = boxes([2.0] * 7)
    study = made_study([point(beads)], replicas=3)
    moved = beads.map(lambda frames: frames.replace(times=frames.positions[:, 0, 0]))
    start = starting_frames(study, point(moved))
    assert len(start) == 3
    assert (start.times, start.velocities, start.forces) == (None, None, None)
    more = made_study([point(beads)], replicas=20)
    assert len(starting_frames(more, more.main)) == 20
    assert study.record.notes == []


def test_where_the_box_varies_all_start_from_the_mean_volume(made_study, point, boxes):
    # Volumes 8, 9.261, 27 nm^3: the mean is 14.8 and the second nearest to it.
    study = made_study([point(boxes([2.0, 2.1, 3.0]))], replicas=2)
    for _ in range(2):
        start = starting_frames(study, study.main)
    assert start.box[:, 0, 0] == pytest.approx([2.1, 2.1])
    (note,) = study.record.notes
    assert "models run in that of frame 1, whose volume is nearest to the mean" in note
