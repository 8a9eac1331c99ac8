"""What is wrong with a recipe is said by its key, with the nearest valid one."""

import pytest
from pydantic import ValidationError

from molscape.app.explaining import VARIANTS, explain
from molscape.app.loading import load_recipe
from molscape.studies.blocks import reference
from molscape.studies.blocks.head import RecipeHead
from molscape.studies.blocks.keys import RecipeError


@pytest.mark.parametrize(
    ("change", "where", "hint"),
    [
        ("simulate.stepss=3", "simulate.stepss", "'steps'"),
        ("models.forces.potential.0.spacng=1", "models.forces.potential.0.spacng", "'spacing'"),
        ("reference.shippd=3", "reference.shippd", "'shipped'"),
        ("mapping.beads.W.atom=[A]", "mapping.beads.W.atom", "'atoms'"),
        ("simulate.thermostat.frction=2", "simulate.thermostat.frction", "'friction'"),
        ("models.forces.fit.method.rdge=2", "models.forces.fit.method.rdge", "'ridge'"),
        ("tite=water", "tite", "'title'"),
    ],
)
def test_an_unknown_key_names_itself_and_the_nearest_valid_one(change, where, hint):
    with pytest.raises(RecipeError) as error:
        load_recipe("water", [change])
    assert f"{where}: unknown key; did you mean {hint}" in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("simulate.steps=333", "multiple of every"),
        ("simulate.timestep=-1", "simulate.timestep"),
        ("reference={topology: a.gro}", "reference.temperature: missing"),
        ("mapping={}", "give one of `beads`, `preset`, `graph`, `autoencoder`"),
        ("models={}", "models"),
        ("models.forces.potential.0.kind=pair_splin", "pair_spline"),
        ("models={'a b': {potential: [{kind: pair_splin}]}}", "models"),
    ],
)
def test_a_wrong_value_says_where(change, words):
    with pytest.raises(RecipeError, match="water: "):
        load_recipe("water", [change])
    with pytest.raises(RecipeError) as error:
        load_recipe("water", [change])
    assert words in str(error.value)


def test_each_problem_is_a_line_and_long_values_are_cut():
    plain = {"kind": "k", "seed": "x" * 100, "tite": 1}
    with pytest.raises(ValidationError) as error:
        RecipeHead.model_validate(plain)
    head, *lines = explain(error.value, plain, "mine.yaml", RecipeHead).splitlines()
    assert head == "mine.yaml: 4 problems"
    assert "  molscape: missing, it is needed" in lines
    assert "  title: missing, it is needed" in lines
    unknown = "unknown key; did you mean 'title'? Valid here: description, kind, molscape, seed"
    assert any(line.startswith(f"  tite: {unknown}") for line in lines)
    (seed,) = (line for line in lines if line.startswith("  seed:"))
    assert seed.endswith(f"(got '{'x' * 76}...)")


@pytest.mark.parametrize("name", VARIANTS)
def test_references_are_told_apart_by_keys_that_they_have(name):
    assert VARIANTS[name] in getattr(reference, name).model_fields
