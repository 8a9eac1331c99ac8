"""`molscape backmap`: which study and which run folder it takes."""

import pytest

from molscape.app.commands.backmap import backmap_run
from molscape.app.commands.run import RunOptions
from molscape.studies.coarse_graining.backmapping import Backmapping


def test_a_study_without_beads_is_refused(tmp_path):
    with pytest.raises(ValueError, match="toy-2d is a study of kind analytic_toy, which has no"):
        backmap_run("toy-2d", Backmapping("net", tmp_path / "a.trr"), RunOptions(out=tmp_path))


def test_a_run_folder_is_taken_with_its_own_recipe(finished, tmp_path):
    run = finished[0] / "run"
    with pytest.raises(FileNotFoundError, match=f"{run} has no run of a model 'x'; it has pair"):
        backmap_run(str(run), Backmapping("x", tmp_path / "a.trr"), RunOptions())
    with pytest.raises(FileNotFoundError, match="it has none: run the recipe first"):
        backmap_run(str(run), Backmapping("x", tmp_path / "a.trr"), RunOptions(out=tmp_path))
