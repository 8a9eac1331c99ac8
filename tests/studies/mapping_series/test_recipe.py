import pytest

from molscape.app.commands.backmap import backmap_run
from molscape.app.commands.run import RunOptions
from molscape.studies.blocks.keys import RecipeError
from molscape.studies.coarse_graining.backmapping import Backmapping
from support.series import write_series


def test_names_that_mean_the_reference_are_refused(tmp_path):
    with pytest.raises(RecipeError, match="name 'all-atom' means the reference"):
        write_series(tmp_path, mappings={"all-atom": {"preset": "com"}})
    with pytest.raises(RecipeError, match=r"mappings: .*at least 1"):
        write_series(tmp_path, mappings={})


def test_a_series_says_what_to_decode_instead(tmp_path):
    recipe, _ = write_series(tmp_path)
    assert recipe.undecoded.endswith("such as RUN/mappings/three")
    with pytest.raises(ValueError, match="one of its mappings, such as RUN/mappings/three"):
        backmap_run(str(tmp_path / "study.yaml"), Backmapping("forces", tmp_path), RunOptions())
