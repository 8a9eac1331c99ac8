"""The closed form as a model of itself: deviations are none, errors are those put in."""

from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.profiles import profile
from molscape.potentials.rippled_quartic import quartic_force
from molscape.studies.analytic_toy.numbers import EDGES, OUTSIDE, error_over_folds, filled
from support.toys import exact_model


def test_the_closed_form_deviates_from_itself_by_nothing(known):
    record = known[0].record
    assert record["terms.free_energy.deviation"].value < 1e-5
    assert record["terms.mean_force.deviation"].value < 1e-5
    deviation = record["terms.run.free_energy.deviation"]
    assert 0 < deviation.value < 0.2
    assert deviation.error > 0
    assert deviation.reference == max(0.2, 2 * deviation.floor)
    assert deviation.verdict == "pass"
    assert record["terms.run.outside"].value == 0.0
    assert record["reference.points"].value == 20_000


def test_the_jackknife_error_of_two_tilted_replicas(known):
    study = known[0]
    # Forces at every x differ by +-0.5 kT/nm between the two: sqrt((2 - 1) 0.5^2).
    for place in OUTSIDE:
        number = study.record[f"net.force_at.x={place:g}"]
        assert number.error == pytest.approx(0.5, rel=1e-5)
        assert number.reference == pytest.approx(float(quartic_force(place)))
        assert number.value == pytest.approx(number.reference, rel=1e-5)
    model = exact_model(study, "one")
    alone = replace(model, fit=replace(model.fit, replicas=model.fit.replicas[:1]))
    assert np.isnan(error_over_folds(alone, lambda _: 1.0))


def test_a_force_that_does_not_fade_passes(known):
    record = known[0].record
    sides = quartic_force(-8.0) / quartic_force(-6.0), quartic_force(8.0) / quartic_force(6.0)
    assert record["net.outside.growth"].value == pytest.approx(min(sides), rel=1e-5)
    assert record["net.outside.growth"].verdict == "pass"
    height = record["net.outside.energy"]
    assert height.value == pytest.approx(height.reference, rel=1e-5)


def test_losses_are_those_of_the_one_coordinate(known):
    study, _, results = known
    square = study.kT**2
    assert study.record["net.force_loss.validation"].value == pytest.approx(9 * square)
    assert study.record["net.force_loss.noise_floor"].value == pytest.approx(results.floor * square)
    assert study.record["net.spectral_bound"].value == 4.0


def test_bins_that_nothing_visited_are_as_high_as_half_a_visit():
    seen = profile(np.full((2, 50), 0.05), EDGES)
    found = filled(seen)
    here = np.flatnonzero(seen.samples)
    assert found[here] == pytest.approx([-np.log(1 / 0.1)])
    assert np.delete(found, here) == pytest.approx(-np.log(0.005 / 0.1))
