"""A study's folder, record and stages, without anything that is computed."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console

from molscape.app.display import Terminal
from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.store import Store
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.atoms import Atoms
from molscape.studies.blocks.head import RecipeHead
from molscape.studies.study import Study, claim


def study(folder: Path, seed: int = 0, title: str = "T") -> Study:
    recipe = RecipeHead(molscape=1, kind="any", title=title, seed=seed)
    display = Terminal(Console(file=io.StringIO()))
    return Study(recipe, folder, folder / "run", display)


def atoms(*files: Path) -> Atoms:
    topology = Topology.build(["A"], masses=[1.0])
    trajectory = Trajectory.from_frames(topology, Frames(positions=np.zeros((1, 1, 3))))
    return Atoms(trajectory, State(300.0), files, {})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_record_says_what_ran(tmp_path):
    record = study(tmp_path, seed=4).record
    assert (record.title, record.seed, record.recipe["kind"]) == ("T", 4, "any")
    assert {"python", "molscape", "jax", "numpy"} <= set(record.versions)
    assert record.machine["cpus"] > 0


def test_a_stage_is_timed_and_told(tmp_path):
    one = study(tmp_path)
    with one.stage("reference"):
        pass
    with pytest.raises(ValueError, match="stop"), one.stage("mapping"):
        raise ValueError("stop")
    (stage,) = one.record.stages
    assert stage["name"] == "reference"
    assert 0 <= stage["seconds"] < 5
    assert "✓ reference 0.0 s" in one.display.console.file.getvalue()


def test_inputs_are_files_and_all_arrays_of_a_folder(tmp_path):
    conf, data = tmp_path / "conf.gro", tmp_path / "set"
    conf.write_text("abc")
    (data / "b").mkdir(parents=True)
    for name in ("b/x.npy", "a.raw", "notes.txt"):
        (data / name).write_text(name)
    one = study(tmp_path)
    found = one.add_inputs(atoms(conf, data))
    assert [entry["file"] for entry in one.record.inputs] == ["conf.gro", "a.raw", "x.npy"]
    assert one.record.inputs[0] == {"file": "conf.gro", "sha256": digest("abc"), "bytes": 3}
    assert found == one.checksums == [digest("abc"), digest("a.raw"), digest("b/x.npy")]


def test_the_topology_beside_a_reference_decides_too(tmp_path):
    for name, text in (("conf.gro", "c"), ("reference.json", "{}"), ("topology.json", "t")):
        (tmp_path / name).write_text(text)
    one = study(tmp_path)
    assert one.add_inputs(atoms(tmp_path / "conf.gro")) == [digest("c"), digest("t")]
    assert [entry["file"] for entry in one.record.inputs] == ["conf.gro"]


def test_a_folder_is_held_with_its_recipe_while_the_study_runs(tmp_path):
    one = study(tmp_path)
    with claim(one):
        second = Store(one.folder).locked()
        with pytest.raises(RuntimeError, match="in use by process"), second:
            pass
        assert yaml.safe_load((one.folder / "recipe.yaml").read_text())["title"] == "T"
    with claim(study(tmp_path, title="Other")):
        assert yaml.safe_load((one.folder / "recipe.yaml").read_text())["title"] == "Other"


def test_a_folder_of_another_study_is_taken_over_unless_it_has_models(tmp_path):
    with claim(study(tmp_path)):
        pass
    with claim(study(tmp_path, seed=1)):
        pass
    model = tmp_path / "run" / "models" / "pair" / "model.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}")
    told = r"holds another study \(seed differ\): give a new folder with --out"
    with pytest.raises(ValueError, match=told), claim(study(tmp_path, seed=2)):
        pass
    with claim(study(tmp_path, seed=1)):
        pass
