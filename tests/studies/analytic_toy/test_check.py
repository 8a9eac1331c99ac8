from pathlib import Path

from molscape.app.commands.check import check_recipe
from molscape.studies.analytic_toy.check import check_toy


def test_points_and_trainings_are_counted(small):
    lines = list(check_toy(small, Path()))
    assert lines[1:3] == ["engine: jax", "data: 40000 points of 400 replicas are made"]
    assert "model net: a network of [8] on x, 2 times cross-validated" in lines
    assert any(line.startswith("model regression: regression on x, x^2") for line in lines)
    # Two bounds, each of two folds and all the frames: six trainings of 2 x 4000 forces.
    assert lines[-1] == "training: 6 networks, 0 million forces in all"


def test_the_command_says_that_a_toy_can_be_run(capsys):
    check_recipe("toy-2d", None, True)
    assert "can be run" in " ".join(capsys.readouterr().out.split())
