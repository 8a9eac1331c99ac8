"""Fits that run models: through a recipe, stopped and taken up again, at two states."""

import io

import numpy as np
import pytest
from rich.console import Console

from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.report import compare_runs
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts.models import load_model
from support.studies import EPSILON, SIGMA, TEMPERATURE, write_recipe

METHOD = {
    "kind": "iterative_boltzmann",
    "iterations": 2,
    "steps": 400,
    "every": 20,
    "equilibration": 200,
}


def study(folder, **changes):
    potential = [{"kind": "pair_spline", "start": 0.28, "cutoff": 0.85, "spacing": 0.03}]
    models = {"pair": {"potential": potential, "fit": {"objective": "structure", "method": METHOD}}}
    simulate = {
        "steps": 800,
        "every": 40,
        "equilibration": 100,
        "thermostat": {"kind": "langevin", "friction": 5.0},
    }
    file = write_recipe(
        folder,
        **{"models": models, "simulate": simulate, "export": [], "observables": ["rdf"], **changes},
    )
    return load_recipe(str(file))


def run(recipe, base, out, until="run"):
    return run_study(recipe, base, out, Terminal(Console(file=io.StringIO())), until)


class StopHereError(Exception):
    """Raised in the middle of a fit."""


def test_an_iterative_fit_is_logged_and_goes_on_after_a_stop(fluid, monkeypatch):
    from molscape.studies.parts import fits

    recipe, base = study(fluid)
    whole = run(recipe, base, fluid / "whole")
    model = load_model(fluid / "whole" / "models" / "pair")
    assert model.fit.method == "iterative_boltzmann"
    assert 1 <= len(model.fit.history) <= 2
    for step in model.fit.history:
        assert step.distances["rdf.AR-AR"].value > 0
        assert step.sampling > 0
    assert whole["pair.fit.iterations"].value == len(model.fit.history)
    page = (fluid / "whole" / "report.html").read_text(encoding="utf-8")
    assert "Convergence of radial distribution AR–AR" in page

    real, calls = fits.run_model, []

    def stopped(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise StopHereError
        return real(*arguments, **options)

    monkeypatch.setattr(fits, "run_model", stopped)
    with pytest.raises(StopHereError):
        run(recipe, base, fluid / "stopped", until="fit")
    monkeypatch.setattr(fits, "run_model", real)
    run(recipe, base, fluid / "stopped")
    comparison = compare_runs(fluid / "whole", fluid / "stopped", 0.0)
    assert comparison.same, comparison.lines()


def test_a_model_is_fitted_to_two_states_and_run_at_a_third(fluid):
    states = {
        "again": {
            "reference": {
                "topology": "conf.gro",
                "trajectory": "traj.trr",
                "temperature": TEMPERATURE,
                "frames": "30:",
            }
        },
        "hot": {"temperature": 200.0},
    }
    potential = [{"kind": "pair_spline", "start": 0.29, "cutoff": 0.85, "spacing": 0.02}]
    models = {"pair": {"potential": potential, "fit": {"objective": "force_matching"}}}
    recipe, base = study(fluid, states=states, models=models)
    record = run(recipe, base, fluid / "run")
    model = load_model(fluid / "run" / "models" / "pair")
    assert model.fit.frames == 60 + 30
    assert record["pair.again.rdf.AR-AR.distance"].value > 0
    assert record["pair.hot.temperature"].reference == 200.0
    assert not any(number.name.startswith("pair.hot.rdf") for number in record.numbers)
    assert any("no model was fitted at hot (200 K)" in note for note in record.notes)
    page = (fluid / "run" / "report.html").read_text(encoding="utf-8")
    assert "Structure at hot (200 K)" in page


def test_stages_can_be_done_one_after_another(fluid):
    recipe, base = study(fluid)
    out = fluid / "run"
    run(recipe, base, out, until="map")
    assert (out / "mapping" / "beads.trr").exists()
    assert not (out / "models").exists()
    run(recipe, base, out, until="fit")
    assert (out / "models" / "pair" / "model.json").exists()
    assert not (out / "report.html").exists()


def test_forces_of_atoms_that_are_beads_have_no_noise(fluid, fluid_frames):
    from molscape.core.trajectory import Trajectory
    from molscape.objectives import noise_floor

    potential = [{"kind": "pair_spline", "start": 0.29, "cutoff": 0.85, "spacing": 0.02}]
    models = {"pair": {"potential": potential, "fit": {"objective": "force_matching"}}}
    recipe, base = study(fluid, models=models, noise_floor="neighbours")
    run(recipe, base, fluid / "run", until="fit")
    model = load_model(fluid / "run" / "models" / "pair")
    loss = model.fit.force_loss
    assert loss.floor == 0.0
    assert not loss.floor_is_bound
    assert loss.explained == 1 - loss.validation / loss.zero
    # The estimate from like surroundings, which knows nothing of that, finds next to none.
    estimate = noise_floor(Trajectory.from_frames(*fluid_frames), model.potential)
    assert estimate.value < 0.01 * loss.zero
    assert np.isfinite(estimate.error)


def test_few_parameters_go_through_a_recipe_too(fluid):
    potential = [
        {"kind": "lennard_jones", "epsilon": 0.8, "sigma": 0.36, "cutoff": 0.85, "smooth": "force"}
    ]
    method = {"kind": "least_squares", "blocks": 4}
    models = {
        "pair": {"potential": potential, "fit": {"objective": "force_matching", "method": method}}
    }
    recipe, base = study(fluid, models=models)
    record = run(recipe, base, fluid / "run")
    model = load_model(fluid / "run" / "models" / "pair")
    assert np.isclose(float(model.potential.epsilon[0]), EPSILON, rtol=1e-3)
    assert np.isclose(float(model.potential.sigma[0]), SIGMA, rtol=1e-3)
    assert record["pair.force_loss.explained"].value > 0.999


def test_an_iterative_fit_needs_a_thermostat(fluid):
    simulate = {"steps": 1000, "every": 100, "thermostat": {"kind": "none"}}
    recipe, base = study(fluid, simulate=simulate)
    with pytest.raises(ValueError, match="use langevin or nose_hoover"):
        run(recipe, base, fluid / "run", until="fit")
