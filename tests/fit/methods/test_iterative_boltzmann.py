from dataclasses import replace

import pytest

from molscape.core.units import BAR
from molscape.fit.methods import method_of

PLAIN = {"kind": "iterative_boltzmann", "iterations": 2, "scale": 0.5, "mixing": 0}


def block(**changes):
    return method_of("iterative_boltzmann").model_validate({**PLAIN, **changes})


def test_the_block_iterates_with_its_options(task, error):
    found = block().fit(task)
    assert error(found) < 0.1
    assert found.method == block().name
    assert (found.settings["scale"], found.settings["mixing"]) == (0.5, 0.0)
    assert found.settings["pressure"] == 0.0
    assert task.folder.exists()


def test_a_pressure_in_bar_is_the_target_of_the_correction(task, gas):
    gas.pressure = lambda energies: 3.0 * BAR
    ramps = [
        block(pressure=target).fit(replace(task, folder=None)).history[0].numbers["ramp"]
        for target in (2.0, 3.0, 4.0)
    ]
    assert ramps[0] < 0 < ramps[2] or ramps[2] < 0 < ramps[0]
    assert ramps[1] == pytest.approx(0.0, abs=1e-12)


def test_it_needs_a_sampler(task):
    with pytest.raises(ValueError, match="pair: this method runs models"):
        block().fit(replace(task, sampler=None))
