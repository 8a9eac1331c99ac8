"""A series of mappings of a chain: one reference, the studies of each, and what is compared."""

import json

import pytest
import yaml

from molscape.app.commands.backmap import backmap_run
from molscape.app.commands.run import RunOptions
from molscape.app.loading import load_recipe
from molscape.core.store import Store
from molscape.studies.blocks.keys import RecipeError
from molscape.studies.blocks.reference import FolderReference, MadeReference
from molscape.studies.coarse_graining.backmapping import Backmapping
from molscape.studies.coarse_graining.check import check_study
from molscape.studies.mapping_series.check import check_series
from molscape.studies.mapping_series.members import member_recipe
from molscape.studies.mapping_series.recipe import SeriesRecipe
from molscape.studies.mapping_series.run import run_series
from molscape.studies.parts.curves import read_curves

ATOMS = {"A": ["C1", "C2", "C3"], "B": ["C4", "C5", "C6"]}


def write(folder, **changes):
    plain = {
        "molscape": 1,
        "kind": "mapping_series",
        "title": "Chain",
        "reference": {
            "topology": "conf.gro",
            "trajectory": "traj.trr",
            "temperature": 300,
            "guess_bonds": True,
        },
        "mappings": {
            "three": {"graph": {"beads": 3}},
            "two": {"beads": {end: {"molecule": "CHN", "atoms": ATOMS[end]} for end in ATOMS}},
        },
        "models": {
            "forces": {
                "potential": [{"kind": "bonded_splines", "intervals": 8}],
                "fit": {
                    "objective": "force_matching",
                    "method": {"kind": "linear", "minimum_samples": 5},
                },
            }
        },
        "simulate": {
            "timestep": 0.002,
            "steps": 2000,
            "every": 40,
            "equilibration": 200,
            "replicas": 4,
            "thermostat": {"kind": "langevin", "friction": 5.0},
        },
        "observables": ["bonds", "gyration"],
        "noise_floor": "none",
        "tolerances": {"gyration": 0.5},
        **changes,
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    return load_recipe(str(folder / "study.yaml"))


def test_every_mapping_has_a_study_and_they_are_held_against_one_another(chain, display):
    recipe, base = write(chain)
    lines = "\n".join(check_series(recipe, base))
    assert lines.count("model forces: ") == 2
    record = run_series(recipe, base, chain / "run", display)
    for name in ("three", "two"):
        own = json.loads((chain / "run/mappings" / name / "record.json").read_text())
        value = next(n for n in own["numbers"] if n["name"] == "forces.gyration.CHN.mean")
        number = record[f"{name}.forces.gyration.CHN.mean"]
        # Bonds and angles made these forces: their splines nearly keep the size of the chain.
        assert number.value == pytest.approx(number.reference, rel=0.08)
        assert number.value == value["value"]
        judged = record[f"{name}.forces.gyration.CHN.distance"]
        assert judged.verdict == ("pass" if judged.value <= judged.reference else "fail")
    assert not any(".bonds." in number.name for number in record.numbers)
    plots = read_curves(chain / "run/curves.json")
    assert {key: plot.title for key, plot in plots.items()} == {
        "gyration.CHN": "Radius of gyration CHN",
        "beads.gyration.CHN.distance": "Radius of gyration CHN: distance over the number of beads",
    }
    drawn = plots["gyration.CHN"].curves
    assert set(drawn) == {"all-atom", "all-atom, two", "three, forces", "two, forces"}
    over = plots["beads.gyration.CHN.distance"].curves["forces"]
    assert over.x.tolist() == [2, 3]
    assert "Models of all mappings" in (chain / "run/report.html").read_text()
    # The members are there, each with a lock of its own.
    held = Store(chain / "run/mappings/two").locked()
    with held, pytest.raises(RuntimeError, match="two is in use by process"):
        run_series(recipe, base, chain / "run", display)
    held = Store(chain / "run").locked()
    with held, pytest.raises(RuntimeError, match="run is in use by process"):
        run_series(recipe, base, chain / "run", display)
    changed = recipe.model_copy(update={"seed": 3})
    with pytest.raises(ValueError, match=r"three holds another study \(seed differ\)"):
        run_series(changed, base, chain / "run", display)
    # A study of a series is a study: it can be taken up by itself.
    alone, own = load_recipe(str(chain / "run/mappings/three/recipe.yaml"))
    assert any("3 beads from 6 atoms" in line for line in check_study(alone, own))


def test_what_is_made_is_made_once_and_paths_are_found_from_a_mapping(chain, tmp_path):
    recipe, _ = write(chain)
    study = member_recipe(recipe, "three", chain, chain / "run")
    assert study.reference.topology == "../../../conf.gro"
    made = recipe.model_copy(update={"reference": MadeReference(make={"molecules": {"ethane": 9}})})
    study = member_recipe(made, "three", tmp_path, tmp_path / "run")
    assert study.reference == FolderReference(folder="../../reference")
    table = {"potential": [{"kind": "tabulated_pair", "file": "pair.txt"}]}
    tabled = SeriesRecipe.model_validate({**recipe.model_dump(), "models": {"table": table}})
    study = member_recipe(tabled, "two", chain, chain / "run")
    assert study.models["table"].potential[0].file == "../../../pair.txt"


def test_what_a_series_cannot_do_is_told(chain):
    with pytest.raises(RecipeError, match="name 'all-atom' means the reference"):
        write(chain, mappings={"all-atom": {"preset": "com"}})
    write(chain)
    with pytest.raises(ValueError, match="one of its mappings, such as RUN/mappings/three"):
        backmap_run(str(chain / "study.yaml"), Backmapping("forces", chain), RunOptions())
