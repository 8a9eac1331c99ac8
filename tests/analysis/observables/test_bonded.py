import pytest

from molscape.analysis.observables import observable


@pytest.mark.parametrize(
    ("name", "labels", "none"),
    [
        ("bonds", ["A-A", "B-B"], "the topology has no bonds"),
        ("bond_angles", ["A-A-A", "B-B-B"], "the topology has no angles"),
        ("dihedrals", ["A-A-A-A"], "the topology has no dihedrals"),
    ],
)
def test_types_of_a_connection_are_the_labels(name, labels, none, chains, walkers):
    each = observable(name)
    assert list(each.plan(chains, {}).labels) == labels
    for box in (True, False):
        plan = each.plan(walkers(box=box), {})
        assert (plan.labels, plan.impossible) == ({}, {"": none})
