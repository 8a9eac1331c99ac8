"""The analytic toy: its data against the closed form, its models, its numbers and its pages."""

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from molscape.app.commands.check import check_recipe
from molscape.app.display import Display
from molscape.app.loading import load_recipe
from molscape.core.record import Record
from molscape.core.store import Store
from molscape.potentials.rippled_quartic import quartic, quartic_force
from molscape.studies.analytic_toy.check import check_toy
from molscape.studies.analytic_toy.numbers import OUTSIDE
from molscape.studies.analytic_toy.run import run_toy
from molscape.studies.blocks.keys import RecipeError
from molscape.studies.parts.curves import read_curves

SMALL = [
    "data={replicas: 400, steps: 2500, every: 25, equilibration: 2500, timestep: 0.004}",
    "models={regression: {kind: regression}, "
    "net: {kind: cgnet, hidden: [8], prior: 1.25, spectral_bounds: [2, 9]}}",
    "training={frames: 4000, folds: 2, epochs: 2, batch: 200}",
    "simulate={replicas: 40, steps: 200, every: 20, equilibration: 20, timestep: 0.01}",
]


@pytest.fixture(scope="module")
def small():
    return load_recipe("toy-2d", SMALL)[0]


@pytest.fixture(scope="module")
def folder(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("toy")
    run_toy(small, path, path, Display(Console(quiet=True)))
    return path


@pytest.fixture(scope="module")
def record(folder):
    return Record.from_dict(json.loads((folder / "record.json").read_text()))


def test_density_and_mean_force_of_the_data_are_the_closed_form(folder, small):
    from molscape.analysis.profiles import profile
    from molscape.studies.analytic_toy.run import ToyStudy, make_data

    study = ToyStudy(small, folder, folder, Display(Console(quiet=True)))
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


def test_pages_and_curves(folder):
    page = (folder / "report.html").read_text()
    for title in ("Potential in two dimensions", "Free energy to 8 nm", "Spectral bounds"):
        assert title in page
    plots = read_curves(folder / "curves.json")
    assert {"exact", "regression", "net"} <= set(plots["Mean force to 8 nm"].curves)


def test_a_study_that_is_run_again_is_the_same(folder, small):
    before = json.loads((folder / "record.json").read_text())
    (folder / "record.json").unlink()
    run_toy(small, folder, folder, Display(Console(quiet=True)))
    after = json.loads((folder / "record.json").read_text())
    assert after["numbers"] == before["numbers"]


def test_another_study_is_refused(folder, small):
    other = small.model_copy(update={"seed": 7})
    with pytest.raises(ValueError, match=r"holds another study \(seed differ\)"):
        run_toy(other, folder, folder, Display(Console(quiet=True)))


def test_a_toy_that_runs_is_left_alone(small, tmp_path):
    held = Store(tmp_path).locked()
    with held, pytest.raises(RuntimeError, match="in use by process"):
        run_toy(small, tmp_path, tmp_path, Display(Console(quiet=True)))


def test_stages_alone(small, tmp_path):
    run_toy(small, tmp_path, tmp_path, Display(Console(quiet=True)), until="map")
    assert not (tmp_path / "models").exists()
    assert list((tmp_path / "mapping").glob("chunk-*.npz"))


def test_check_and_command(small, capsys):
    assert any("2 times cross-validated" in line for line in check_toy(small, Path()))
    check_recipe("toy-2d", None, True)
    assert "can be run" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("models.cgnet.priorr=1", "models.cgnet.priorr: unknown key; did you mean 'prior'"),
        ("models.regression.functions=[tan(x)]", "tan(x)"),
        ("models.regression.functions=[x, x]", "give each once"),
        ("training.frames=2000000", "more than the 1000000 points"),
        ("data.every=7", "multiple of every"),
        ("models.exact={kind: regression}", "choose another"),
        (
            "kind=digital_toy",
            "this molscape has coarse_graining, mapping_series, mapping_comparison, analytic_toy",
        ),
        ("simulate.engine=lammps", "simulate.engine: unknown key"),
    ],
)
def test_what_does_not_fit_is_told(change, words):
    with pytest.raises(RecipeError) as error:
        load_recipe("toy-2d", [change])
    assert words in str(error.value)
