"""`molscape compare`: exit code 1 for runs that differ."""

import pytest
import typer

from molscape.app.commands.compare import compare_folders


def test_a_run_agrees_with_itself(finished, capsys):
    folder, _ = finished
    compare_folders(folder / "run", folder / "run", 0.0)
    assert "The runs agree." in capsys.readouterr().out


def test_runs_that_differ_end_with_one(finished, tmp_path):
    folder, _ = finished
    (tmp_path / "record.json").write_text((folder / "run" / "record.json").read_text())
    with pytest.raises(typer.Exit) as end:
        compare_folders(folder / "run", tmp_path, 0.0)
    assert end.value.exit_code == 1
