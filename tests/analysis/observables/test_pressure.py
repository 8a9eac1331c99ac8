from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.observables import observable
from molscape.core.ensemble import Barostat, Langevin
from molscape.core.units import BAR


@pytest.fixture
def run(walkers):
    """A sample whose pressure scatters about 100 bar."""
    noise = np.random.default_rng(0).normal(100.0, 5.0, (40, 1)) * BAR
    return replace(walkers(), series={"pressure": noise}, made="jax", ensemble=Langevin(300.0))


def test_a_box_has_a_pressure(run, walkers):
    pressure = observable("pressure")
    assert list(pressure.plan(run, {}).labels) == [""]
    assert not pressure.plan(walkers(box=False), {}).labels
    (number,) = pressure.numbers("", pressure.measure(run, None), None)
    assert (number.name, number.unit, number.reference) == ("pressure", "bar", None)
    assert number.value == pytest.approx(100, abs=5)


@pytest.mark.parametrize("asked", [1.0, 1.01325, 0.1, 137.0, -3.7])
def test_the_barostats_pressure_is_the_reference_as_it_was_given(run, asked):
    pressure = observable("pressure")
    held = replace(run, ensemble=Langevin(300.0, barostat=Barostat(asked * BAR)))
    (number,) = pressure.numbers("", pressure.measure(held, None), None)
    assert (number.reference, number.source) == (asked, "recipe")


def test_an_engine_that_cannot_record_it_says_so(run):
    broken = replace(run, series={"pressure": run.series["pressure"] * np.nan})
    with pytest.raises(ValueError, match="the jax engine strains the box"):
        observable("pressure").measure(broken, None)
