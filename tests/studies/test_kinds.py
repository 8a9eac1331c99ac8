import inspect

import pytest

from molscape.studies.blocks.head import RecipeHead
from molscape.studies.kinds import KINDS, StudyKind, kind_of


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_recipe_says_the_name_of_its_kind(kind):
    assert kind_of(kind.name) is kind
    assert kind.recipe_class().model_fields["kind"].annotation.__args__ == (kind.name,)


def test_a_recipe_that_names_no_kind_is_of_the_first():
    assert not KINDS[0].recipe_class().model_fields["kind"].is_required()
    assert all(kind.recipe_class().model_fields["kind"].is_required() for kind in KINDS[1:])


def test_an_unknown_kind_is_refused_with_those_there_are():
    told = "a study of kind 'series': this molscape has coarse_graining, mapping_series, "
    with pytest.raises(ValueError, match=told):
        kind_of("series")


def test_modules_are_named_below_studies_or_in_full():
    below = StudyKind("mine", "blocks.head:RecipeHead", "", "")
    full = StudyKind("mine", "molscape.studies.blocks.head:RecipeHead", "", "")
    assert below.recipe_class() is full.recipe_class() is RecipeHead
    with pytest.raises(ModuleNotFoundError, match=r"molscape\.studies\.none"):
        StudyKind("mine", "none:Recipe", "", "").recipe_class()


def test_a_check_is_not_begun_before_its_lines_are_read(tmp_path):
    recipe = kind_of("analytic_toy").recipe_class()(
        molscape=1, kind="analytic_toy", title="t", models={"r": {"kind": "regression"}}
    )
    lines = kind_of("analytic_toy").check_lines(recipe, tmp_path)
    assert inspect.getgeneratorstate(lines) == inspect.GEN_CREATED
    assert next(lines) == "recipe: t"
