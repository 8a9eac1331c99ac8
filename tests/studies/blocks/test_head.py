import pytest

from molscape.core.identity import settings_of
from molscape.studies.blocks.head import RecipeHead, checked_names


def test_titles_decide_no_result():
    one = RecipeHead(molscape=1, kind="any", title="a", description="b", seed=3)
    assert settings_of(one) == {"molscape": 1, "kind": "any", "seed": 3}
    assert one.undecoded == "is a study of kind any, which has no beads to decode"


def test_names_that_files_can_carry_pass_as_they_are():
    named = {"ibi-2": 1, "two_beads": 2}
    assert checked_names(named) is named


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", ""])
def test_other_characters_are_refused(name):
    with pytest.raises(ValueError, match="use letters, digits, - and _ only"):
        checked_names({name: 1})


def test_names_that_are_taken_are_refused_with_their_meaning():
    with pytest.raises(ValueError, match="name 'all-atom' means the reference: choose another"):
        checked_names({"all-atom": 1})
    with pytest.raises(ValueError, match="name 'data' means what was drawn"):
        checked_names({"data": 1}, ("data",), "what was drawn")
