"""`molscape check`: a line for each part of a recipe, or an error."""

import pytest

from molscape.app.commands.check import check_recipe


def test_what_can_be_run_is_said_after_its_parts(fluid, capsys):
    check_recipe(str(fluid / "study.yaml"), None, False)
    out = " ".join(capsys.readouterr().out.split())
    assert "✓" in out
    assert "216 beads" in out
    assert out.endswith("can be run")


def test_a_file_that_is_missing_is_an_error(fluid, capsys):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        check_recipe(str(fluid / "study.yaml"), ["reference.topology=nowhere.gro"], False)
    assert "can be run" not in capsys.readouterr().out
