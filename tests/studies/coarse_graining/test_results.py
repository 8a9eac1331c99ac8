from molscape.analysis.survey import Measured
from molscape.core.sample import Sample
from molscape.studies.coarse_graining.results import PointEvaluation


def test_the_main_state_comes_first(made_study, point, boxes):
    main, hot = point(boxes([2.0])), point(boxes([2.0]), "hot", 400.0)
    assert made_study([main, hot]).main is main


def test_evaluations_share_nothing(point, boxes):
    beads = boxes([2.0])
    one, other = (PointEvaluation(point(beads), {}, Measured(Sample(beads))) for _ in range(2))
    one.measured["pair"] = one.reference
    assert (other.measured, other.runs, other.shared) == ({}, {}, False)
