import numpy as np
import pytest

from molscape.analysis import rdf_blocks
from molscape.analysis.observables import observable


def test_every_pair_is_measured_up_to_half_the_box(walkers):
    rdf, sample = observable("rdf"), walkers()
    plan = rdf.plan(sample, {})
    assert list(plan.labels) == ["A-A", "A-B", "B-B"]
    assert all(one.maximum == pytest.approx(1.0) for one in plan.labels.values())
    found = rdf.measure(sample, plan.labels["A-B"]).curve()
    assert np.array_equal(found.y, rdf_blocks(sample.trajectory, ("A", "B"), maximum=1.0).curve().y)


@pytest.mark.parametrize("name", ["rdf", "centres", "angles", "coordination"])
def test_without_a_box_there_is_no_density(name, walkers):
    plan = observable(name).plan(walkers(box=False), {})
    assert (plan.labels, list(plan.impossible)) == ({}, [""])
    assert "no box" in plan.impossible[""]
