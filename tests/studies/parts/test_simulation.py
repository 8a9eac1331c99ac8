import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.core.ensemble import NVE, Brownian, Langevin
from molscape.simulate.tempering import Tempering
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts.simulation import ensemble_of, schedule_of, tempering_of
from support.studies import TEMPERATURE, write_recipe


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({}, Langevin(290.0, 1.0)),
        ({"temperature": 310.0}, Langevin(310.0, 1.0)),
        ({"thermostat": {"kind": "langevin", "friction": 5.0}}, Langevin(290.0, 5.0)),
        ({"thermostat": {"kind": "brownian", "friction": 80.0}}, Brownian(290.0, 80.0)),
        ({"thermostat": {"kind": "none"}}, NVE(290.0)),
    ],
)
def test_the_ensemble_follows_the_recipe(block, expected):
    assert ensemble_of(SimulateBlock(**block), 290.0) == expected


def test_temperatures_are_listed_or_a_ladder_from_the_model_s_own():
    listed = SimulateBlock(tempering={"temperatures": [300, 350, 410], "every": 20})
    assert tempering_of(listed, 300.0) == Tempering((300.0, 350.0, 410.0), 20)
    ladder = SimulateBlock(tempering={"ladder": {"highest": 400, "count": 3}})
    assert tempering_of(ladder, 100.0) == Tempering((100.0, 200.0, 400.0), 500)
    assert tempering_of(SimulateBlock(), 300.0) is None


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"tempering": {}}, "give either `temperatures` or `ladder`"),
        ({"engine": "lammps", "tempering": {"temperatures": [300, 350]}}, "use engine: jax"),
        (
            {"thermostat": {"kind": "nose_hoover"}, "tempering": {"temperatures": [300, 350]}},
            "langevin or brownian",
        ),
        ({"pressure": 1.0, "tempering": {"temperatures": [300, 350]}}, "constant volume"),
    ],
)
def test_a_tempering_that_cannot_be_is_refused(block, words):
    with pytest.raises(ValueError, match=words):
        SimulateBlock(**block)


def test_the_share_that_stops_a_run_reaches_the_schedule():
    assert schedule_of(SimulateBlock(outside_stop=0.2), 3).outside_stop == 0.2


def test_a_tempered_brownian_study_reports_its_exchanges_and_no_temperature(fluid, display):
    simulate = {
        "steps": 2000,
        "every": 100,
        "equilibration": 200,
        "timestep": 0.005,
        "thermostat": {"kind": "brownian", "friction": 20.0},
        "tempering": {"temperatures": [TEMPERATURE, 1.03 * TEMPERATURE], "every": 20},
    }
    write_recipe(fluid, simulate=simulate, export=[], observables=["rdf", "pressure"])
    recipe, base = load_recipe(str(fluid / "study.yaml"), [])
    record = run_study(recipe, base, fluid / "run", display)
    numbers = {number.name: number for number in record.numbers}
    assert "pair.temperature" not in numbers
    accepted = numbers["pair.tempering.acceptance.130-133.9"]
    assert 0.05 < accepted.value < 0.95
    assert "of 110 attempts" in accepted.note
    assert numbers["pair.run.completed"].value == 1.0
    assert np.isfinite(numbers["pair.pressure"].value)
