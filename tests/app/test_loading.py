import pytest
import yaml

from molscape.app.loading import RecipeError, gallery, load_recipe, simulate_block


def test_every_gallery_recipe_is_valid_and_described():
    for name, plain in gallery().items():
        recipe, _ = load_recipe(name)
        assert recipe.title == plain["title"]
        assert len(recipe.description) > 40
        load_recipe(name, quick=True)


def test_overrides_reach_lists_and_blocks():
    recipe, _ = load_recipe(
        "water", ["models.forces.potential.0.spacing=0.03", "simulate.engine=lammps", "seed=7"]
    )
    assert recipe.models["forces"].potential[0].spacing == 0.03
    assert recipe.simulate.engine == "lammps"
    assert recipe.seed == 7


@pytest.mark.parametrize("bad", ["seed", "=3", "models.forces.potential.9.start=1", "title.x=1"])
def test_an_override_that_leads_nowhere_is_refused(bad):
    with pytest.raises(RecipeError, match="--set"):
        load_recipe("water", [bad])


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(RecipeError, match="did you mean 'water'"):
        load_recipe("watr")
    with pytest.raises(RecipeError, match="no recipe file"):
        load_recipe("nowhere.yaml")


def test_a_file_is_read_relative_to_itself(tmp_path):
    plain = gallery()["water"]
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(plain))
    _, base = load_recipe(str(tmp_path / "mine.yaml"))
    assert base == tmp_path
    (tmp_path / "broken.yaml").write_text("a: [1")
    with pytest.raises(RecipeError, match="not valid YAML"):
        load_recipe(str(tmp_path / "broken.yaml"))
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(RecipeError, match="not a recipe"):
        load_recipe(str(tmp_path / "list.yaml"))


def test_simulate_block_takes_overrides():
    block = simulate_block({"engine": "jax", "steps": 1000}, ["timestep=0.002"])
    assert block.timestep == 0.002
    with pytest.raises(RecipeError, match=r"simulate\.tmestep"):
        simulate_block({"engine": "jax", "steps": 1000}, ["tmestep=0.002"])


def test_a_key_that_comes_twice_or_is_no_text_is_refused(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("molscape: 1\nmodels:\n  a: {x: 1}\n  a: {x: 2}\n")
    with pytest.raises(RecipeError, match=r"the key 'a' comes twice(.|\n)*line 4"):
        load_recipe(str(file))
    file.write_text("molscape: 1\nmodels:\n  no: {x: 1}\n")
    with pytest.raises(RecipeError, match="the key 'no' is no text for YAML: put it in quotes"):
        load_recipe(str(file))


def test_blocks_can_be_merged_into_others(tmp_path):
    spline = "[{kind: pair_spline, start: 0.24, cutoff: %s, spacing: 0.02}]"
    lines = [
        "molscape: 1",
        "title: merged",
        "reference: {data_set: water-ab-initio}",
        "mapping: {preset: com}",
        "models:",
        f"  a: &a {{potential: {spline % 0.5}, fit: {{objective: force_matching}}}}",
        f"  b: &b {{<<: *a, potential: {spline % 0.54}}}",
        f"  c: {{<<: *b, potential: {spline % 0.58}}}",
    ]
    file = tmp_path / "study.yaml"
    file.write_text("\n".join(lines))
    models = load_recipe(str(file))[0].models
    assert models["a"].fit == models["b"].fit == models["c"].fit
    assert [models[name].potential[0].cutoff for name in "abc"] == [0.5, 0.54, 0.58]
