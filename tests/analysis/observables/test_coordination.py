import numpy as np
import pytest

from molscape.analysis.observables import observable


def test_neighbours_are_counted_both_ways_up_to_the_first_minimum(walkers):
    coordination, sample = observable("coordination"), walkers(step=0.002)
    plan = coordination.plan(sample, {})
    assert list(plan.labels) == ["A-A", "A-B", "B-A", "B-B"]
    found = {k: coordination.measure(sample, one) for k, one in plan.labels.items()}
    frames, types = sample.trajectory.load(), sample.trajectory.topology.types
    for label, one in plan.labels.items():
        a, b = one.types
        count = 0
        for x in frames.positions:
            move = x[types == a][:, None] - x[types == b][None]
            move -= 2 * np.round(move / 2)
            count += np.sum(np.linalg.norm(move, axis=-1) < one.maximum)
        count = count / 40 / np.sum(types == a) - (a == b)
        assert found[label][0] == pytest.approx(count, abs=0.05)
    assert 65 * found["A-B"][0] == pytest.approx(60 * found["B-A"][0])
    (number,) = coordination.numbers("A-B", found["A-B"], found["B-A"])
    assert (number.name, number.reference) == ("coordination.A-B", found["B-A"][0])
