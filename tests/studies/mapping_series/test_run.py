"""A series of mappings of a chain: one reference, and the studies of each."""

import json

import pytest

from molscape.app.loading import load_recipe
from molscape.core.store import Store
from molscape.studies.coarse_graining.check import check_study
from molscape.studies.mapping_series.run import run_series


def test_every_mapping_has_a_study_and_its_numbers_are_taken(series):
    _, _, folder, record = series
    for name in ("three", "two"):
        own = json.loads((folder / "mappings" / name / "record.json").read_text())
        value = next(n for n in own["numbers"] if n["name"] == "forces.gyration.CHN.mean")
        number = record[f"{name}.forces.gyration.CHN.mean"]
        # Bonds and angles made these forces: their splines nearly keep the size of the chain.
        assert number.value == pytest.approx(number.reference, rel=0.15)
        assert number.value == value["value"]
        judged = record[f"{name}.forces.gyration.CHN.distance"]
        assert judged.verdict == ("pass" if judged.value <= judged.reference else "fail")
    assert not any(".bonds." in number.name for number in record.numbers)
    stages = [stage["name"] for stage in record.stages]
    assert stages == ["reference", "mapping three", "mapping two", "report"]


def test_members_have_locks_of_their_own(series, display):
    recipe, base, folder, _ = series
    held = Store(folder / "mappings/two").locked()
    with held, pytest.raises(RuntimeError, match="two is in use by process"):
        run_series(recipe, base, folder, display)
    held = Store(folder).locked()
    with held, pytest.raises(RuntimeError, match="run is in use by process"):
        run_series(recipe, base, folder, display)


def test_another_series_is_refused(series, display):
    recipe, base, folder, _ = series
    changed = recipe.model_copy(update={"seed": 3})
    with pytest.raises(ValueError, match=r"three holds another study \(seed differ\)"):
        run_series(changed, base, folder, display)


def test_a_study_of_a_series_is_a_study(series):
    alone, own = load_recipe(str(series[2] / "mappings/three/recipe.yaml"))
    assert any("3 beads from 6 atoms" in line for line in check_study(alone, own))
