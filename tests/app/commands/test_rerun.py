"""`molscape rerun`: options reach the force field, and what to do next is said."""

from pathlib import Path

import pytest

from molscape.app.commands.rerun import rerun_trajectory
from molscape.io import open as open_files

LIQUID = Path(__file__).parents[2] / "io" / "data" / "methanol_water.trr"
FIELD = LIQUID.with_suffix(".prmtop")

pytest.importorskip("openmm", reason="OpenMM is not installed")


def test_forces_are_written_and_the_folder_is_said(tmp_path, capsys):
    out = tmp_path / "out"
    rerun_trajectory([LIQUID], FIELD, out, None, None, 0.5, "Reference")
    made = open_files(out / "conf.gro", out / "traj.trr")
    assert "forces" in made.fields
    said = " ".join(capsys.readouterr().out.split())
    assert f"{len(made)} frames with forces in" in said
    assert "in a recipe: reference: {folder:" in said


def test_a_cutoff_that_the_box_has_no_room_for_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"cutoff 0\.9 nm exceeds half the box"):
        rerun_trajectory([LIQUID], FIELD, tmp_path / "out", None, None, 0.9, "Reference")
