"""How errors of models go with their cutoff: the line against numpy's, and who takes part."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from molscape.core.record import NumberKey, Record
from molscape.core.topology import Topology
from molscape.potentials import Committee, DeePCG, PairSpline
from molscape.studies.coarse_graining.trends import add_trends, cutoffs_of, fitted_slope, trends
from molscape.studies.parts.models import Model


def test_the_slope_is_that_of_a_weighted_line():
    x, y = np.array([0.37, 0.45, 0.53, 0.62]), np.array([0.30, 0.24, 0.21, 0.10])
    error = np.array([0.01, 0.02, 0.01, 0.03])
    slope, own = fitted_slope(x, y, error)
    line, covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
    rest = np.sum(((y - np.polyval(line, x)) / error) ** 2) / 2
    assert slope == pytest.approx(line[0])
    assert own == pytest.approx(np.sqrt(covariance[0, 0] * max(1.0, rest)))


def test_the_error_of_the_slope_is_its_scatter():
    random = np.random.default_rng(0)
    x, error = np.linspace(0.3, 0.6, 6), np.full(6, 0.02)
    found = [fitted_slope(x, -0.5 * x + random.normal(scale=error), error) for _ in range(500)]
    slopes, errors = np.array(found).T
    assert slopes.mean() == pytest.approx(-0.5, abs=4 * slopes.std() / np.sqrt(500))
    # Never below the given errors, so a little above the scatter.
    assert slopes.std() < errors.mean() < 1.3 * slopes.std()


def test_models_of_several_cutoffs_make_a_trend():
    cutoffs = {"c": 0.6, "a": 0.3, "b": 0.5}
    names = [("rdf", "W-W"), ("angles", "W-W-W")]
    record = Record("x", 0)
    for name, value in (("a", 0.4), ("b", 0.2), ("c", 0.1), ("pairs", 9.0)):
        key = NumberKey(name, "angles", "W-W-W", "distance")
        record.add(key, value, error=0.01)
        record.add(replace(key, state="hot"), value + 1, error=0.01)
    found = trends(record, cutoffs, {"": names, "hot": names})
    assert [one.key.text for one in found] == [
        "cutoff.angles.W-W-W.slope",
        "cutoff.hot.angles.W-W-W.slope",
    ]
    assert found[0].cutoffs.tolist() == [0.3, 0.5, 0.6]
    assert found[0].distances.tolist() == [0.4, 0.2, 0.1]
    assert found[0].slope == pytest.approx(-1.0, abs=0.01)
    add_trends(record, found)
    assert record["cutoff.hot.angles.W-W-W.slope"].value == pytest.approx(found[1].slope)
    assert "95 % interval" in record["cutoff.angles.W-W-W.slope"].note
    assert trends(record, {"a": 0.3, "b": 0.5}, {"": names}) == []


def test_cutoffs_are_those_of_deepcg_models_and_of_committees_of_them():
    def model(potential):
        return Model("x", potential, Topology.build(["W"], masses=[18.0]), 300.0, None)

    def network(cutoff, seed):
        return DeePCG.draw(types=("W",), cutoff=cutoff, key=jax.random.key(seed))

    models = {
        "one": model(network(0.4, 0)),
        "three": model(Committee([network(0.5, k) for k in range(2)])),
        "pairs": model(PairSpline(start=0.2, cutoff=0.9, spacing=0.1, pairs=(("W", "W"),))),
    }
    assert cutoffs_of(models) == {"one": 0.4, "three": 0.5}
