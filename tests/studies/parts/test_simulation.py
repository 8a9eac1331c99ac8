import numpy as np

from molscape.app.loading import load_recipe
from molscape.studies.coarse_graining.run import run_study
from support.studies import TEMPERATURE, write_recipe


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
