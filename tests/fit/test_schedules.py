"""Schedules begin at one, end where they say, and never rise."""

import numpy as np
import pytest

from molscape.fit import Cosine, Exponential, Steps
from molscape.fit.schedules import Constant, ScheduleBlock


@pytest.mark.parametrize(
    ("schedule", "middle", "end"),
    [
        (Constant(), 1.0, 1.0),
        (Steps(0.5, 4), 0.25, 0.125),
        (Exponential(0.04), 0.2, 0.04),
        (Cosine(), 0.5, 0.0),
        (Cosine(end=0.2), 0.6, 0.2),
    ],
    ids=lambda own: getattr(own, "kind", None),
)
def test_end_points_and_middle(schedule, middle, end):
    assert schedule(0.0) == 1.0
    assert schedule(0.5) == pytest.approx(middle)
    assert schedule(1.0) == pytest.approx(end)
    values = [schedule(done) for done in np.linspace(0, 1, 50)]
    assert values == sorted(values, reverse=True)
    assert all(type(value) is float for value in values)


def test_steps_are_equal_parts_of_the_training():
    steps = Steps(0.1, 5)
    assert [steps(done) for done in (0.0, 0.19, 0.2, 0.39, 0.4)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01]
    )
    # The end of the training is in its last part.
    assert steps(1.0) == steps(0.81)


def test_the_cosine_is_flat_at_both_ends():
    step = 1e-4
    assert (Cosine(0.1)(0.0) - Cosine(0.1)(step)) / step < 1e-3
    assert (Cosine(0.1)(1 - step) - Cosine(0.1)(1.0)) / step < 1e-3


@pytest.mark.parametrize(
    ("plain", "schedule", "factors"),
    [
        ({"kind": "constant"}, Constant(), (1.0, 1.0, 1.0)),
        ({}, Steps(0.3, 5), (1.0, 0.3**2, 0.3**4)),
        ({"kind": "steps", "factor": 0.5, "steps": 2}, Steps(0.5, 2), (1.0, 0.5, 0.5)),
        ({"kind": "exponential"}, Exponential(0.01), (1.0, 0.1, 0.01)),
        ({"kind": "exponential", "end": 0}, Exponential(1e-6), (1.0, 1e-3, 1e-6)),
        ({"kind": "cosine", "end": 0.2}, Cosine(0.2), (1.0, 0.6, 0.2)),
    ],
)
def test_a_block_builds_its_schedule(plain, schedule, factors):
    built = ScheduleBlock.model_validate(plain).build()
    assert built == schedule
    assert [built(done) for done in (0.0, 0.5, 1.0)] == pytest.approx(factors)
