import pytest

from molscape.studies.blocks.keys import RecipeError
from support.comparisons import write_comparison


def test_every_number_of_a_list_is_a_mapping(chain):
    learned = {"autoencoder": {"molecule": "CHN", "beads": [2, 4], "epochs": 50}}
    recipe, _ = write_comparison(chain, mappings={"learned": learned, "one": {"preset": "com"}})
    assert list(recipe.mappings) == ["learned-2", "learned-4", "one"]
    assert recipe.mappings["learned-4"].autoencoder.beads == 4
    with pytest.raises(RecipeError, match="several mappings are called learned-2"):
        write_comparison(chain, mappings={"learned": learned, "learned-2": {"preset": "com"}})
    with pytest.raises(RecipeError, match="the list is empty"):
        write_comparison(chain, mappings={"graph": {"graph": {"beads": []}}})


def test_names_and_keys_that_confuse_are_refused(tmp_path):
    with pytest.raises(RecipeError, match="means the reference"):
        write_comparison(tmp_path, mappings={"all-atom": {"preset": "com"}})
    with pytest.raises(RecipeError, match=r"mappings\.one: give one of"):
        write_comparison(tmp_path, mappings={"one": {}})
    with pytest.raises(RecipeError, match=r"graph\.levle: unknown key; did you mean 'level'"):
        write_comparison(tmp_path, mappings={"one": {"graph": {"levle": 1}}})
