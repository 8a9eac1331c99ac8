import numpy as np

from molscape.analysis.observables import Member, Observable, Plan
from molscape.core.curve import Curve
from molscape.core.panels import Line


class Count(Observable):
    name = "count"
    words = "count"

    def plan(self, reference, options):
        return Plan({"all": len(reference.trajectory.topology)})

    def measure(self, sample, planned):
        return planned


def test_an_observable_that_only_measures_has_no_numbers_and_no_plot(walkers):
    count, sample = Count(), walkers()
    plan = count.plan(sample, {})
    result = count.measure(sample, plan.labels["all"])
    assert result == 125
    assert list(count.numbers("all", result, None)) == []
    assert list(count.compare("all", result, result, {})) == []
    assert list(count.draw(plan, [Member("x", "model", sample, {"all": result})])) == []


def test_its_keys_have_no_subject_yet():
    assert Count().key("all", "mean").text == "count.all.mean"
    x = np.arange(3.0)
    line = Line(Curve(x, x, x, "x", "", "y", ""), "x")
    assert Count().plot([line], "Count", "caption").caption == "caption"
