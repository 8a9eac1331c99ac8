import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.studies.coarse_graining.run import run_study
from support.studies import write_recipe


def test_every_number_names_its_source(finished):
    _, record = finished
    assert all(number.source for number in record.numbers)
    assert all(np.isfinite(number.value) for number in record.numbers)


def test_engines_are_compared_where_lammps_is_installed(finished):
    from molscape.simulate.lammps_process import find_lammps

    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    _, record = finished
    number = record["pair.engines.lammps"]
    assert number.value < 1e-5
    assert number.verdict == "pass"


def test_the_verdict_is_no_stricter_than_twice_the_floor(finished):
    _, record = finished
    number = record["pair.rdf.AR-AR.distance"]
    assert number.reference == pytest.approx(max(0.03, 2 * number.floor))


def test_runs_at_an_equal_state_serve_both_references(fluid, display):
    again = {"topology": "conf.gro", "trajectory": "traj.trr", "temperature": 130, "frames": "30:"}
    warm = {**again, "temperature": 140}
    states = {
        "again": {"reference": again, "fit": False},
        "warm": {"reference": warm, "fit": False},
    }
    simulate = {"steps": 400, "every": 20, "timestep": 0.005, "equilibration": 100}
    file = write_recipe(fluid, states=states, simulate=simulate, observables=["rdf"], export=[])
    recipe, base = load_recipe(str(file))
    record = run_study(recipe, base, fluid / "run", display)
    names = {number.name for number in record.numbers}
    assert {"pair.rdf.AR-AR.distance", "pair.again.rdf.AR-AR.distance"} < names
    assert "pair.temperature" in names
    assert "pair.warm.temperature" in names
    assert "pair.again.temperature" not in names
    assert not (fluid / "run" / "models" / "pair" / "states" / "again").exists()
    assert (fluid / "run" / "models" / "pair" / "states" / "warm" / "trajectory.trr").exists()
