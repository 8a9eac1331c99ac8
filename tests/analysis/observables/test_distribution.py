import numpy as np
import pytest

from molscape.analysis.observables import Member, observable


def test_a_distribution_is_no_distance_from_itself(walkers):
    rdf, sample = observable("rdf"), walkers()
    blocks = rdf.measure(sample, rdf.plan(sample, {}).labels["A-B"])
    (number,) = rdf.compare("A-B", blocks, blocks, {"rdf": 0.0})
    assert (number.value, number.unit, number.verdict) == (0.0, "nm", "pass")
    assert number.reference == pytest.approx(2 * number.floor)
    assert number.about("pair", "hot").name == "pair.hot.rdf.A-B.distance"
    (number,) = rdf.compare("A-B", blocks, blocks, {})
    assert (number.verdict, number.reference) == ("none", None)


def test_a_mean_is_judged_as_a_share_of_the_references(chains):
    bonds = observable("bonds")
    blocks = bonds.measure(chains, "A-A")
    _, mean = bonds.compare("A-A", blocks, blocks, {"bond_means": 0.01})
    assert (mean.name, mean.verdict, mean.unit) == ("bonds.A-A.mean", "pass", "nm")
    assert mean.value == mean.reference == pytest.approx(blocks.mean()[0])


def test_members_are_drawn_over_one_another(walkers):
    rdf, sample = observable("rdf"), walkers()
    plan = rdf.plan(sample, {})
    found = {label: rdf.measure(sample, one) for label, one in plan.labels.items()}
    members = [
        Member("all-atom", "reference", sample, {"A-A": found["A-A"]}),
        Member("pair", "model", sample, found),
    ]
    plots = list(rdf.draw(plan, members))
    assert [plot.key for plot in plots] == ["rdf.A-A", "rdf.A-B", "rdf.B-B"]
    assert [(line.label, line.role) for line in plots[0].lines] == [
        ("all-atom", "reference"),
        ("pair", "model"),
    ]
    assert [line.label for line in plots[1].lines] == ["pair"]
    assert plots[0].title == "Radial distribution A-A"
    assert np.all(plots[0].lines[0].curve.y == plots[0].lines[1].curve.y)
