from molscape.analysis.observables import observable
from molscape.analysis.regions import Population


def test_the_options_are_the_regions(chains):
    regions = observable("regions")
    ranges = {"half": {"A-A-A-A": (0.0, 180.0)}}
    plan = regions.plan(chains, ranges)
    assert plan.labels == ranges
    found = regions.measure(chains, plan.labels["half"])
    assert 0 <= found.share <= 1


def test_few_visits_are_told():
    regions = observable("regions")
    (number,) = regions.numbers("half", Population(0.5, 0.1, 3), Population(0.4, 0.1, 30))
    assert (number.name, number.value, number.reference) == ("regions.half.population", 0.5, 0.4)
    assert number.note == "share of the time, in 3 visits; too few for a verdict"
    (number,) = regions.numbers("half", Population(0.5, 0.1, 20), None)
    assert number.note == "share of the time, in 20 visits"
