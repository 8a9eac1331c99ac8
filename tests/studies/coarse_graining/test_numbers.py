"""Numbers of fits and runs that are made by hand."""

from pathlib import Path

import numpy as np
import pytest

from molscape.analysis.survey import Measured
from molscape.core.sample import Sample
from molscape.fit.result import Fit, Step
from molscape.potentials import PairSpline
from molscape.simulate.run import Ladder, Run
from molscape.studies.coarse_graining.numbers import (
    fit_numbers,
    reference_numbers,
    run_numbers,
    speed_numbers,
)
from molscape.studies.parts.models import Model

SPLINE = PairSpline(start=0.2, cutoff=0.8, spacing=0.1, pairs=(("W", "W"),))


def model(beads, **fit):
    told = Fit(method="train", potential=SPLINE, frames=1, **fit)
    return Model("pair", SPLINE, beads.topology, 300.0, told)


def run(beads, blow_up=None, **more):
    heat = {"temperature": np.full((len(beads), 1), 301.0), "pressure": np.zeros((len(beads), 1))}
    observables = {**heat, **more.pop("observables", {})}
    return Run("jax", beads, observables, 1000, 0.005, 2.0, blow_up, Path(), **more)


def test_the_reference_weighs_what_its_atoms_do(made_study, point, boxes):
    beads = boxes([2.0, 2.0])
    study = made_study([point(beads, "hot", 400.0)])
    reference_numbers(study, study.main, Measured(Sample(beads)))
    record = study.record
    assert record["reference.hot.frames"].value == 2
    assert (record["reference.hot.temperature"].value, record.numbers[1].unit) == (400.0, "K")
    # Eight beads of 18 u in 8 nm^3.
    assert record["reference.hot.density"].value == pytest.approx(18 * 1.66054e-3, rel=1e-4)


def test_what_a_fit_chose_and_cost_is_told(made_study, point, boxes):
    beads = boxes([2.0])
    study = made_study([point(beads)])
    history = (Step(1, {}, {}, 4.0, 1.0), Step(2, {}, {}, 4.0, 3.0))
    settings = {"iteration": 1.0, "search.1.a=2": 9.0, "search.1.a=2.error": 0.5}
    fit_numbers(study, model(beads, history=history, stopped="it is enough", settings=settings))
    record = study.record
    assert record["pair.fit.iterations"].value == 2
    assert record["pair.fit.iterations"].note == "it is enough; the model is that of iteration 1"
    assert (record["pair.search.1.a=2"].value, record["pair.search.1.a=2"].error) == (9.0, 0.5)
    assert record["pair.fit.overhead"].value == 0.5
    assert len(record.numbers) == 3


def test_a_run_that_broke_fails_and_a_short_one_measures_nothing(made_study, point, boxes):
    beads = boxes([2.0] * 3)
    study = made_study([point(beads)], steps=80, every=10, equilibration=20)
    run_numbers(study, study.main, "pair", run(beads, "bead 3 flew away"))
    (number,) = study.record.numbers
    assert (number.name, number.value, number.verdict) == ("pair.run.completed", 3 / 8, "fail")
    assert study.record.notes == ["the run of pair broke down: bead 3 flew away"]


def test_exchanges_and_frames_outside_are_told(made_study, point, boxes):
    beads = boxes([2.0] * 8)
    study = made_study([point(beads, "hot", 300.0)], steps=80, every=10, equilibration=20)
    ladder = Ladder((300.0, 330.0), np.array([0.25]), np.array([40]), 3, ())
    outside = {"outside": np.array([[1.0]] * 2 + [[0.0]] * 6)}
    run_numbers(study, study.main, "pair", run(beads, ladder=ladder, observables=outside))
    record = study.record
    assert record["pair.hot.run.completed"].verdict == "pass"
    assert record["pair.hot.run.completed"].note == "100 steps"
    accepted = record["pair.hot.tempering.acceptance.300-330"]
    assert (accepted.value, accepted.note[:14]) == (0.25, "of 40 attempts")
    assert record["pair.hot.tempering.round_trips"].value == 3
    assert record["pair.hot.run.outside"].value == 0.25


def test_speed_is_that_of_all_replicas_together(made_study, point, boxes):
    beads = boxes([2.0])
    study = made_study([point(beads)], replicas=4)
    speed_numbers(study, {"pair": run(beads)})
    number = study.record["pair.speed.coarse_grained"]
    # 500 steps of 0.005 ps a second.
    assert number.value == pytest.approx(500 * 0.005e-3 * 86400)
    assert number.note.endswith("4 replicas together")
    # The making of these atoms is not known, so their speed is not measured.
    assert len(study.record.numbers) == 1
