import json
import multiprocessing
import shutil

import numpy as np
import pytest
import yaml
from pydantic import Field

from molscape.app.loading import load_recipe
from molscape.core.identity import absent
from molscape.core.store import Store
from molscape.report import compare_runs, read_record
from molscape.simulate import ENGINES
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts.curves import read_curves
from molscape.studies.parts.models import load_model
from support.peptide import MAKE, write_peptide
from support.studies import FLUID, write_recipe


def test_the_known_potential_comes_back(finished):
    folder, _ = finished
    model = load_model(folder / "run" / "models" / "pair")
    r = np.arange(0.33, 0.84, 0.005)
    _, force = model.potential.tabulate(r, ("AR", "AR"))
    _, exact = FLUID.tabulate(r, ("AR", "AR"))
    assert np.sqrt(np.mean((force - exact) ** 2)) < 0.01 * np.sqrt(np.mean(exact**2))


def test_numbers_carry_units_errors_and_verdicts(finished):
    folder, record = finished
    read = read_record(folder / "run")
    assert [number.name for number in read.numbers] == [number.name for number in record.numbers]
    assert record["pair.force_loss.explained"].value > 0.999
    assert record["pair.temperature"].verdict == "pass"
    distance = record["pair.rdf.AR-AR.distance"]
    assert distance.verdict == "pass"
    assert distance.floor > 0
    assert distance.error > 0
    assert record["pair.run.completed"].value == 1
    assert record["pair.diffusion"].unit == "cm²/s"
    assert record.stages[0]["name"] == "reference"
    assert all(len(entry["sha256"]) == 64 for entry in record.inputs)


def test_the_run_folder_holds_what_a_user_needs(finished):
    folder, _ = finished
    run = folder / "run"
    for name in (
        "recipe.yaml",
        "record.json",
        "report.html",
        "curves.json",
        "mapping/beads.trr",
        "models/pair/model.json",
        "models/pair/model.npz",
        "models/pair/trajectory.trr",
        "exports/pair/lammps/in.lammps",
    ):
        assert (run / name).stat().st_size > 0, name
    drawn = read_curves(run / "curves.json")["rdf.AR-AR"]
    assert drawn.title == "Radial distribution AR-AR"
    assert set(drawn.curves) == {"all-atom", "pair"}


def test_mdanalysis_reads_the_trajectory(finished):
    mdanalysis = pytest.importorskip("MDAnalysis")
    folder, _ = finished
    model = folder / "run" / "models" / "pair"
    universe = mdanalysis.Universe(str(model / "trajectory.gro"), str(model / "trajectory.trr"))
    assert len(universe.trajectory) == 100
    assert len(universe.atoms) == 216
    assert np.allclose(universe.dimensions[:3], 20.0)


@pytest.mark.parametrize(
    "lost", [["record.json", "report.html"], ["models/pair/checkpoint/chunk-0007.npz"], ["models"]]
)
def test_a_stopped_study_goes_on_to_the_same_numbers(finished, tmp_path, display, lost):
    folder, _ = finished
    copy = tmp_path / "run"
    shutil.copytree(folder / "run", copy)
    for name in lost:
        target = copy / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    recipe, base = load_recipe(str(folder / "study.yaml"))
    run_study(recipe, base, copy, display)
    comparison = compare_runs(folder / "run", copy)
    assert comparison.same, comparison.lines()


def test_a_folder_of_another_study_is_refused(finished, display):
    folder, _ = finished
    recipe, base = load_recipe(str(folder / "study.yaml"), ["seed=5"])
    with pytest.raises(ValueError, match=r"holds another study \(seed differ\): .* with --out"):
        run_study(recipe, base, folder / "run", display)
    changes = ["models.pair.potential.0.cutoff=0.81", "simulate.timestep=0.002"]
    recipe, base = load_recipe(str(folder / "study.yaml"), changes)
    told = r"\(models\.pair\.potential\.0\.cutoff, simulate\.timestep differ\)"
    with pytest.raises(ValueError, match=told):
        run_study(recipe, base, folder / "run", display)


def test_a_folder_without_models_is_taken_over(fluid, display):
    recipe, base = load_recipe(str(fluid / "study.yaml"))
    run_study(recipe, base, fluid / "run", display, until="map")
    recipe, base = load_recipe(str(fluid / "study.yaml"), ["seed=5"])
    record = run_study(recipe, base, fluid / "run", display, until="map")
    assert record.seed == 5
    assert yaml.safe_load((fluid / "run" / "recipe.yaml").read_text())["seed"] == 5


def test_a_folder_of_an_earlier_version_is_refused_but_read(finished, tmp_path, display):
    folder, _ = finished
    old = tmp_path / "run"
    shutil.copytree(folder / "run", old)
    for file in old.rglob("store.json"):
        file.unlink()
    recipe, base = load_recipe(str(folder / "study.yaml"))
    with pytest.raises(ValueError, match="written by an earlier version: give a new folder"):
        run_study(recipe, base, old, display)
    assert load_model(old / "models" / "pair").name == "pair"


@pytest.fixture
def unfitted(monkeypatch):
    """Make every fit an error."""
    monkeypatch.setattr("molscape.studies.coarse_graining.run.fit_potential", None)


def made_at(run):
    return [(run / name).stat().st_mtime_ns for name in MADE]


MADE = ("mapping/beads.trr", "models/pair/model.json", "models/pair/model.npz")


@pytest.mark.usefixtures("unfitted")
def test_a_study_that_was_moved_or_has_another_title_goes_on(finished, tmp_path, display):
    folder, _ = finished
    run = tmp_path / "moved" / "run"
    shutil.copytree(folder / "run", run)
    for name in ("conf.gro", "traj.trr"):
        shutil.copy(folder / name, tmp_path / f"of-{name}")
    changes = ["title=Argon", "description=again"]
    changes += ["reference.topology=../of-conf.gro", "reference.trajectory=../of-traj.trr"]
    shutil.copy(folder / "study.yaml", tmp_path / "moved")
    recipe, base = load_recipe(str(tmp_path / "moved" / "study.yaml"), changes)
    before = made_at(run)
    run_study(recipe, base, run, display, until="fit")
    assert made_at(run) == before
    assert yaml.safe_load((run / "recipe.yaml").read_text())["title"] == "Argon"


class LaterModel(ModelBlock):
    """A model with a key that an earlier version had not."""

    stages: int = Field(default=1, json_schema_extra=absent(1))


@pytest.mark.usefixtures("unfitted")
def test_a_key_that_is_added_refits_nothing(finished, tmp_path, display):
    folder, _ = finished
    run = tmp_path / "run"
    shutil.copytree(folder / "run", run)
    recipe, base = load_recipe(str(folder / "study.yaml"))
    plain = recipe.models["pair"].model_dump()
    later = recipe.model_copy(update={"models": {"pair": LaterModel.model_validate(plain)}})
    before = made_at(run)
    run_study(later, base, run, display, until="fit")
    assert made_at(run) == before
    changed = LaterModel.model_validate({**plain, "stages": 2})
    later = recipe.model_copy(update={"models": {"pair": changed}})
    with pytest.raises(ValueError, match=r"\(models\.pair\.stages differ\)"):
        run_study(later, base, run, display, until="fit")


def hold(folder, ready, done):
    with Store(folder).locked():
        ready.set()
        done.wait(20)


def test_a_second_process_is_refused(fluid, display):
    recipe, base = load_recipe(str(fluid / "study.yaml"))
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    first = context.Process(target=hold, args=(fluid / "run", ready, done))
    first.start()
    try:
        assert ready.wait(20)
        with pytest.raises(RuntimeError, match=rf"run is in use by process {first.pid} "):
            run_study(recipe, base, fluid / "run", display, until="map")
        assert not (fluid / "run" / "recipe.yaml").exists()
    finally:
        done.set()
        first.join()
    run_study(recipe, base, fluid / "run", display, until="map")


def test_a_table_that_changed_is_read_again(fluid, display):
    r = np.linspace(0.25, 0.85, 200)
    model = {"potential": [{"kind": "tabulated_pair", "file": "table.txt"}]}
    write_recipe(fluid, models={"table": model}, observables=[], export=[])
    recipe, base = load_recipe(str(fluid / "study.yaml"), ["simulate.steps=200"])
    for strength in (1.0, 2.0):
        energy, force = FLUID.tabulate(r, ("AR", "AR"))
        np.savetxt(fluid / "table.txt", np.column_stack([r, strength * energy, strength * force]))
        shutil.rmtree(fluid / "run" / "models" / "table" / "checkpoint", ignore_errors=True)
        record = run_study(recipe, base, fluid / "run", display)
        model = load_model(fluid / "run" / "models" / "table")
        drawn, _ = model.potential.tabulate(np.array([0.4]), ("AR", "AR"))
        exact, _ = FLUID.tabulate(np.array([0.4]), ("AR", "AR"))
        assert drawn[0] == pytest.approx(strength * exact[0], rel=1e-4)
    assert "table.txt" in [entry["file"] for entry in record.inputs]


def test_constant_energy_is_judged_by_its_drift(fluid, display):
    changes = ["simulate.thermostat={kind: none}", "simulate.precision=double"]
    recipe, base = load_recipe(str(fluid / "study.yaml"), [*changes, "simulate.steps=2000"])
    record = run_study(recipe, base, fluid / "run", display)
    assert record["pair.temperature"].verdict == "none"
    drift = record["pair.energy_drift"]
    assert abs(drift.value) < max(5 * drift.error, 0.1)


def test_a_peptide_without_a_box_goes_from_recipe_to_report(tmp_path, display, monkeypatch):
    pytest.importorskip("openmm", reason="openmm is not installed")

    def absent(*_):
        raise ImportError("left out")

    for engine in ("lammps", "openmm"):
        monkeypatch.setattr(ENGINES[engine], "evaluate", absent)
    make = {**MAKE, "frames": 40, "interval": 0.1, "seed": 4, "friction": 5.0}
    recipe, base = write_peptide(tmp_path, make)
    record = run_study(recipe, base, tmp_path / "run", display)
    about = json.loads((tmp_path / "run" / "reference" / "reference.json").read_text())
    assert about["system"] == "alanine-dipeptide-implicit"
    assert (about["seed"], about["platform"]) == (4, "Reference")
    assert (tmp_path / "run" / "report.html").exists()
    for engine in ("lammps", "openmm"):
        assert f"bonded was not compared in {engine}: left out" in record.notes
    numbers = {number.name: number.value for number in record.numbers}
    assert numbers["bonded.run.completed"] == 1
    bonds = [
        value
        for name, value in numbers.items()
        if name.startswith("bonded.bonds.") and name.endswith(".distance")
    ]
    # Two sets of 20 and 40 samples each: distributions that share nothing are 2 apart.
    assert len(bonds) == 4
    assert max(bonds) < 1.6
