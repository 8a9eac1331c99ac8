from dataclasses import replace

import numpy as np
import pytest

from molscape.analysis.observables import observable
from molscape.core.ensemble import NVE, Brownian, Langevin
from molscape.core.state import State


@pytest.fixture
def run(walkers):
    """A sample at 300 K whose temperature scatters about it."""
    noise = np.random.default_rng(0).normal(300.0, 5.0, (40, 1))
    sample = replace(walkers(), series={"temperature": noise}, state=State(300.0), made="jax")
    return replace(sample, ensemble=Langevin(300.0))


def test_a_thermostat_is_held_to_its_temperature(run):
    temperature = observable("temperature")
    assert list(temperature.plan(run, {}).labels) == [""]
    (number,) = temperature.numbers("", temperature.measure(run, None), None)
    assert (number.name, number.reference, number.verdict) == ("temperature", 300.0, "pass")
    cold = replace(run, state=State(200.0))
    (number,) = temperature.numbers("", temperature.measure(cold, None), None)
    assert number.verdict == "fail"


def test_at_constant_energy_nothing_is_judged(run):
    temperature = observable("temperature")
    free = temperature.measure(replace(run, ensemble=NVE(300.0)), None)
    (number,) = temperature.numbers("", free, None)
    assert (number.reference, number.verdict) == (None, "none")
    assert number.note.startswith("at constant energy")


def test_brownian_dynamics_has_none(run):
    assert not observable("temperature").plan(replace(run, ensemble=Brownian(300.0)), {}).labels
    assert not observable("temperature").plan(replace(run, ensemble=None), {}).labels
