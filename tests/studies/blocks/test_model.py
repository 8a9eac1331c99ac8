import pytest
from pydantic import ValidationError

from molscape.app.loading import load_recipe
from molscape.studies.blocks.model import ModelBlock, ModelsRecipe

SPLINE = {"kind": "pair_spline", "start": 0.3, "cutoff": 0.8, "spacing": 0.1}


def test_a_model_needs_a_term_and_may_need_no_fit():
    block = ModelBlock(potential=[SPLINE])
    assert (block.fit, block.search) == (None, [])
    with pytest.raises(ValidationError, match="at least 1 item"):
        ModelBlock(potential=[])
    with pytest.raises(ValidationError, match="pair_splin"):
        ModelBlock(potential=[{**SPLINE, "kind": "pair_splin"}])
    with pytest.raises(ValidationError, match="length without stiffness, types"):
        ModelBlock(potential=[{"kind": "harmonic_bonds", "length": [0.3]}])


def test_files_of_all_terms_are_inputs_and_move_together():
    tables = [{"kind": "tabulated_pair", "file": name} for name in ("a.txt", "b.txt")]
    block = ModelBlock(potential=[tables[0], SPLINE, tables[1]])
    assert block.files() == ("a.txt", "b.txt")
    assert block.moved(lambda path: f"../{path}").files() == ("../a.txt", "../b.txt")


def test_recipes_of_models_are_told_from_others():
    assert isinstance(load_recipe("water")[0], ModelsRecipe)
    assert not isinstance(load_recipe("toy-2d")[0], ModelsRecipe)
