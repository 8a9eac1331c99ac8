"""`molscape simulate`: frames of a fitted model, and nothing for other beads."""

import pytest

from molscape.app.commands.simulate import simulate_model


def test_a_fitted_model_is_run(finished, tmp_path, capsys):
    folder, _ = finished
    model, start = folder / "run" / "models" / "pair", folder / "run" / "mapping" / "beads.gro"
    changes = ["every=50", "equilibration=0", "timestep=0.004"]
    simulate_model(model, start, tmp_path / "sim", {"engine": "jax", "steps": 200}, changes)
    assert (tmp_path / "sim" / "trajectory.trr").stat().st_size > 0
    assert "4 frames" in capsys.readouterr().out


def test_other_beads_are_refused(finished, tmp_path):
    folder, _ = finished
    model = folder / "run" / "models" / "pair"
    other = tmp_path / "other.gro"
    other.write_text("one\n1\n    1AR     AR    1   0.100   0.100   0.100\n 2.0 2.0 2.0\n")
    with pytest.raises(ValueError, match="216"):
        simulate_model(model, other, tmp_path / "sim", {"steps": 200}, None)
