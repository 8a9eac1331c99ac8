from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.observables import Member, Plan, observable


@pytest.fixture
def run(walkers):
    """A sample with a series of two replicas."""
    time = np.repeat(np.arange(40.0)[:, None], 2, axis=1)
    return replace(walkers(), series={"time": time, "temperature": time + 300.0})


def test_a_series_is_drawn_as_its_mean_over_replicas(run):
    temperature = observable("temperature")
    broken = replace(run, series={}, trajectory=run.trajectory[:0])
    hot = replace(run, series={**run.series, "temperature": run.series["time"] * np.nan})
    members = [
        Member(name, "model", sample, {})
        for name, sample in (("whole", run), ("broken", broken), ("hot", hot))
    ]
    (plot,) = temperature.draw(Plan(), members)
    assert {line.label for line in plot.lines} == {"whole"}
    assert (plot.title, plot.key) == ("Temperature", "temperature")
    assert plot.caption.startswith("Mean over replicas.")
    assert np.array_equal(plot.lines[0].curve.y, np.arange(40.0) + 300.0)
    assert not list(temperature.draw(Plan(), members[1:]))
