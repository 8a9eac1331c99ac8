"""`molscape init`: what it writes can be loaded and checked, and nothing is overwritten."""

from itertools import islice

import pytest

from molscape.app.commands.init import init_recipe, write_proposal
from molscape.app.loading import load_recipe
from molscape.io.formats import Options
from molscape.studies.coarse_graining.check import check_study


def test_files_are_made_a_recipe_that_names_them_from_where_it_stands(fluid, capsys):
    out = fluid / "proposed" / "mine.yaml"
    out.parent.mkdir()
    init_recipe([fluid / "conf.gro", fluid / "traj.trr"], 130.0, out, Options())
    recipe, _ = load_recipe(str(out))
    assert recipe.title == "Coarse-grained AR"
    assert recipe.reference.topology == "../conf.gro"
    assert recipe.reference.trajectory == "../traj.trr"
    assert recipe.reference.temperature == 130.0
    assert "look through it, then: molscape check" in " ".join(capsys.readouterr().out.split())


def test_the_folder_of_a_reference_is_made_a_recipe(fluid):
    (fluid / "reference.json").write_text('{"temperature": 130.0}')
    out = fluid / "proposed" / "mine.yaml"
    out.parent.mkdir()
    init_recipe([fluid], None, out, Options())
    recipe, base = load_recipe(str(out))
    assert (base / recipe.reference.folder).resolve() == fluid.resolve()
    assert recipe.reference.temperature is None
    assert recipe.mapping.beads["AR"].molecule == "AR"
    told = list(islice(check_study(recipe, base), 3))
    assert told[2] == "reference: a folder, 216 atoms, 60 frames, box, forces, positions, times"
    out = out.with_name("told.yaml")
    init_recipe([fluid], 310.0, out, Options())
    assert load_recipe(str(out))[0].reference.temperature == 310.0
    (fluid / "reference.json").write_text("{}")
    out = out.with_name("untold.yaml")
    init_recipe([fluid], None, out, Options())
    assert load_recipe(str(out))[0].reference.temperature == 300.0


def test_another_recipe_is_left_alone(tmp_path):
    file = tmp_path / "mine.yaml"
    write_proposal("title: first\n", file)
    with pytest.raises(FileExistsError, match="give another name"):
        write_proposal("title: second\n", file)
    assert file.read_text() == "title: first\n"
