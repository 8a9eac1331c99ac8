import pytest
import typer

from molscape.app import commands


def test_simulate_and_export_a_fitted_model(finished, tmp_path, capsys):
    folder, _ = finished
    model, start = folder / "run" / "models" / "pair", folder / "run" / "mapping" / "beads.gro"
    plain = {"engine": "jax", "steps": 200}
    commands.simulate_model(
        model, start, tmp_path / "sim", plain, ["every=50", "equilibration=0", "timestep=0.004"]
    )
    assert (tmp_path / "sim" / "trajectory.trr").stat().st_size > 0
    assert "4 frames" in capsys.readouterr().out
    commands.export_model(model, start, tmp_path / "lammps", "lammps")
    assert (tmp_path / "lammps" / "in.lammps").exists()
    commands.export_model(model, start, tmp_path / "gromacs", "gromacs")
    assert (tmp_path / "gromacs" / "topol.top").exists()
    with pytest.raises(ValueError, match="writes lammps, gromacs, openmm"):
        commands.export_model(model, start, tmp_path / "namd", "namd")


def test_simulate_refuses_other_beads(finished, tmp_path):
    folder, _ = finished
    model = folder / "run" / "models" / "pair"
    other = tmp_path / "other.gro"
    other.write_text("one\n1\n    1AR     AR    1   0.100   0.100   0.100\n 2.0 2.0 2.0\n")
    with pytest.raises(ValueError, match="216"):
        commands.simulate_model(model, other, tmp_path / "sim", {"steps": 200}, None)


def test_compare_exits_with_one_if_runs_differ(finished, tmp_path, capsys):
    folder, _ = finished
    commands.compare_folders(folder / "run", folder / "run", 0.0)
    other = tmp_path / "other"
    other.mkdir()
    record = (folder / "run" / "record.json").read_text()
    (other / "record.json").write_text(record.replace('"title"', '"title"', 1))
    with pytest.raises(typer.Exit):
        commands.compare_folders(folder / "run", other, 0.0)


def test_gallery_and_check_print_what_they_found(fluid, capsys):
    commands.list_gallery()
    assert "molscape run NAME" in capsys.readouterr().out
    commands.check_recipe(str(fluid / "study.yaml"), None, False)
    assert "can be run" in " ".join(capsys.readouterr().out.split())


def test_inspect_prints_facts_and_notes(fluid, capsys):
    commands.inspect_files([fluid / "conf.gro", fluid / "traj.trr"], None, None)
    out = capsys.readouterr().out
    assert "216" in out
    assert "60" in out
    assert "nm" in out
