"""The pages on adding things: one new file each is found by recipes, records, reports, exports."""

import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import molscape.analysis.observables
import molscape.io
import molscape.potentials
import molscape.studies
from molscape.app.commands.check import check_recipe
from molscape.app.commands.run import RunOptions, run_recipe
from molscape.report import read_record
from molscape.studies.kinds import KINDS, StudyKind
from support.studies import write_recipe

ADDED = ("soft_repulsion", "end_to_end", "element_table", "size_of_reference")
PAGES = Path(__file__).parents[2] / "docs" / "adding"


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Put the files of a page into a folder that the room of each looks into."""
    before = set(sys.modules)

    def add(page):
        text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        found = re.findall(r"<!-- file: (\S+) -->\n\n```python\n(.*?)```", text, re.S)
        for place, code in found:
            file = tmp_path / "added" / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
            rooms = Path(place).parent.parts if page != "study-kind" else ("studies",)
            room = importlib.import_module(".".join(("molscape", *rooms)))
            own = str(tmp_path / "added" / Path(*rooms))
            if own not in room.__path__:
                monkeypatch.setattr(room, "__path__", [*room.__path__, own])
        return [place for place, _ in found]

    yield add
    for name in set(sys.modules) - before:
        if any(
            part in name for part in ("soft_repulsion", "end_to_end", "element_table", "size_of")
        ):
            package, _, last = name.rpartition(".")
            if package in sys.modules and hasattr(sys.modules[package], last):
                delattr(sys.modules[package], last)
            del sys.modules[name]


def run(file, **options):
    folder = file.parent / "run"
    run_recipe(str(file), RunOptions(out=folder, **options))
    return folder


def test_a_potential_runs_is_compared_in_engines_and_exported(added, fluid):
    pytest.importorskip("openmm")
    added("potential")
    soft = {"kind": "soft_repulsion", "height": 20.0, "cutoff": 0.5}
    file = write_recipe(
        fluid,
        models={"soft": {"potential": [soft]}},
        simulate={"steps": 400, "every": 20, "equilibration": 100, "timestep": 0.002},
        tolerances={},
        observables=["rdf"],
        export=["lammps", "openmm", "gromacs"],
    )
    folder = run(file)
    record = read_record(folder)
    assert record["soft.run.completed"].value == 1
    assert record["soft.engines.openmm"].verdict == "pass"
    written = {path.parent.name for path in (folder / "exports" / "soft").rglob("*.*")}
    assert {"lammps", "openmm", "gromacs"} <= written
    model = json.loads((folder / "models" / "soft" / "model.json").read_text())
    assert (model["kind"], model["settings"]["cutoff"]) == ("soft_repulsion", 0.5)


def test_an_observable_is_measured_on_reference_and_run(added, chain):
    added("observable")
    plain = {
        "molscape": 1,
        "title": "Chain",
        "reference": {
            "topology": "conf.gro",
            "trajectory": "traj.trr",
            "temperature": 300.0,
            "guess_bonds": True,
        },
        "mapping": {
            "beads": {
                "A": {"molecule": "CHN", "atoms": ["C1", "C2"]},
                "B": {"molecule": "CHN", "atoms": ["C3", "C4"]},
                "C": {"molecule": "CHN", "atoms": ["C5", "C6"]},
            }
        },
        "models": {
            "springs": {"potential": [{"kind": "harmonic_bonds"}, {"kind": "harmonic_angles"}]}
        },
        "simulate": {"steps": 400, "every": 20, "equilibration": 100, "timestep": 0.002},
        "observables": ["end_to_end"],
        "noise_floor": "none",
    }
    file = chain / "study.yaml"
    file.write_text(yaml.safe_dump(plain))
    folder = run(file)
    record = read_record(folder)
    own = record["reference.end_to_end.CHN.mean"]
    model = record["springs.end_to_end.CHN.mean"]
    assert 0.3 < own.value < 0.8
    assert own.unit == "nm"
    assert model.reference == pytest.approx(own.value)
    assert "end-to-end distance" in (folder / "report.html").read_text(encoding="utf-8").lower()


def test_a_format_is_opened_and_inspected(added, tmp_path):
    added("format")
    file = tmp_path / "water.table"
    rows = np.arange(18.0).reshape(2, 3, 3) / 10
    lines = [
        f"{e} {x} {y} {z}" for frame in rows for e, (x, y, z) in zip("OHH", frame, strict=True)
    ]
    file.write_text("TABLE 3\n" + "\n".join(lines) + "\n")
    opened = molscape.io.open(file)
    np.testing.assert_allclose(opened.load().positions, rows, atol=1e-12)
    assert molscape.io.inspect(file).formats == ("element_table",)
    (tmp_path / "cut.table").write_text("TABLE 3\n" + "\n".join(lines[:4]) + "\n")
    with pytest.raises(ValueError, match="ends within a frame"):
        molscape.io.open(tmp_path / "cut.table")


def test_a_kind_of_study_is_checked_and_run(added, fluid, monkeypatch, capsys):
    places = added("study-kind")
    assert [Path(place).name for place in places] == ["recipe.py", "check.py", "run.py"]
    text = (PAGES / "study-kind.md").read_text(encoding="utf-8")
    line = re.search(r"```python\n(StudyKind\(.*?\))\n```", text, re.S).group(1)
    monkeypatch.setattr(
        "molscape.studies.kinds.KINDS", [*KINDS, eval(line, {"StudyKind": StudyKind})]
    )
    file = fluid / "size.yaml"
    reference = {"topology": "conf.gro", "trajectory": "traj.trr", "temperature": 130.0}
    plain = {
        "molscape": 1,
        "kind": "size_of_reference",
        "title": "How large",
        "reference": reference,
    }
    file.write_text(yaml.safe_dump(plain))
    check_recipe(str(file), None, False)
    assert "recipe: How large" in capsys.readouterr().out
    folder = run(file)
    assert read_record(folder)["reference.atoms"].value == 216
    assert (folder / "report.html").exists()
