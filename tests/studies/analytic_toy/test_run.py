"""The analytic toy from recipe to report: its data against the closed form, and its models."""

import json

import numpy as np
import pytest
from rich.console import Console

from molscape.analysis.profiles import profile
from molscape.app.display import Terminal
from molscape.core.store import Store
from molscape.potentials.rippled_quartic import quartic, quartic_force
from molscape.studies.analytic_toy.numbers import OUTSIDE
from molscape.studies.analytic_toy.results import ToyStudy
from molscape.studies.analytic_toy.run import make_data, run_toy
from support.pages import Shown, shown


def test_density_and_mean_force_of_the_data_are_the_closed_form(folder, small):
    study = ToyStudy(small, folder, folder, Terminal(Console(quiet=True)))
    data = make_data(study)
    edges = np.linspace(-4, 4, 33)
    seen = profile(data.x, edges, data.force, groups=20)
    # The mean of the closed form over a bin, not its value in the middle.
    fine = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(50) + 0.5) / 50
    weight = np.exp(-quartic(fine))
    force = np.sum(weight * quartic_force(fine), axis=1) / weight.sum(axis=1)
    away = (seen.force - force) / seen.force_error
    assert np.sqrt(np.mean(away**2)) == pytest.approx(1.0, abs=0.35)
    everywhere = np.linspace(-7, 7, 20001)
    total = np.sum(np.exp(-quartic(everywhere))) * (everywhere[1] - everywhere[0])
    away = seen.free_energy + np.log(weight.mean(axis=1) / total)
    # Neighbouring bins err together: wells fill and empty as wholes.
    assert np.sqrt(np.mean((away / seen.free_energy_error) ** 2)) < 2.0
    assert np.max(np.abs(away)) < 0.2


def test_the_regression_finds_the_closed_form(record, folder):
    assert record["regression.free_energy.deviation"].value < 0.1
    plain = json.loads((folder / "models" / "regression" / "model.json").read_text())
    assert set(plain["settings"]["functions"]) >= {"x^2", "x^3", "x^4"}
    assert record["regression.force_loss.explained"].value == pytest.approx(1.0, abs=0.05)


def test_numbers_of_every_model(record):
    for name in ("regression", "net"):
        for place in OUTSIDE:
            number = record[f"{name}.force_at.x={place:g}"]
            assert number.reference == pytest.approx(float(quartic_force(place)))
        assert record[f"{name}.outside.growth"].verdict in ("pass", "fail")
        assert record[f"{name}.free_energy.deviation"].floor > 0
        assert record[f"{name}.run.free_energy.deviation"].error > 0
    # Two epochs of a small network on a stiff prior: the prior alone brings the particle back.
    assert record["net.outside.growth"].verdict == "pass"
    assert record["net.spectral_bound"].value in (2, 9)
    assert record["reference.points"].value == 40_000


def test_the_page_shows_the_models_and_their_training(folder):
    found = shown(folder)
    models = {"regression", "net"}
    assert Shown("x / nm", "F / kT", frozenset({"exact", *models})) in found
    assert Shown("epoch", "loss / (kT²/nm²)", frozenset({"net", "noise"})) in found


def test_a_study_that_is_run_again_is_the_same(folder, small):
    before = json.loads((folder / "record.json").read_text())
    (folder / "record.json").unlink()
    run_toy(small, folder, folder, Terminal(Console(quiet=True)))
    after = json.loads((folder / "record.json").read_text())
    assert after["numbers"] == before["numbers"]


def test_another_study_is_refused(folder, small):
    other = small.model_copy(update={"seed": 7})
    with pytest.raises(ValueError, match=r"holds another study \(seed differ\)"):
        run_toy(other, folder, folder, Terminal(Console(quiet=True)))


def test_a_toy_that_runs_is_left_alone(small, tmp_path):
    held = Store(tmp_path).locked()
    with held, pytest.raises(RuntimeError, match="in use by process"):
        run_toy(small, tmp_path, tmp_path, Terminal(Console(quiet=True)))


def test_stages_alone(small, tmp_path):
    run_toy(small, tmp_path, tmp_path, Terminal(Console(quiet=True)), until="map")
    assert not (tmp_path / "models").exists()
    assert list((tmp_path / "mapping").glob("chunk-*.npz"))
