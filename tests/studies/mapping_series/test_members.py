from molscape.studies.blocks.reference import FolderReference, MadeReference
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.mapping_series.members import member_recipe
from molscape.studies.mapping_series.recipe import SeriesRecipe
from support.series import write_series


def test_a_member_is_a_study_of_one_mapping(tmp_path):
    recipe, base = write_series(tmp_path)
    study = member_recipe(recipe, "three", base, base / "run")
    assert isinstance(study, Recipe)
    assert study.title == "Chain: three"
    assert study.mapping == recipe.mappings["three"]
    shared = ("models", "simulate", "observables", "noise_floor", "tolerances", "export", "seed")
    for key in shared:
        assert getattr(study, key) == getattr(recipe, key), key


def test_what_is_made_is_made_once_and_paths_are_found_from_a_mapping(tmp_path):
    recipe, base = write_series(tmp_path)
    study = member_recipe(recipe, "three", base, base / "run")
    assert study.reference.topology == "../../../conf.gro"
    made = recipe.model_copy(update={"reference": MadeReference(make={"molecules": {"ethane": 9}})})
    study = member_recipe(made, "three", tmp_path, tmp_path / "run")
    assert study.reference == FolderReference(folder="../../reference")
    table = {"potential": [{"kind": "tabulated_pair", "file": "pair.txt"}]}
    tabled = SeriesRecipe.model_validate({**recipe.model_dump(), "models": {"table": table}})
    study = member_recipe(tabled, "two", base, base / "run")
    assert study.models["table"].potential[0].file == "../../../pair.txt"
