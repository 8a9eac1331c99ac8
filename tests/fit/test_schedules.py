"""Factors of the learning rate at the start, on the way and at the end."""

import pytest

from molscape.fit.schedules import Constant, Cosine, Exponential, ScheduleBlock, Steps


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
