"""`molscape export`: files of each engine."""

import pytest

from molscape.app.commands.export import export_model


@pytest.fixture
def fitted(finished):
    """Return the folder of a model, and the file of its beads."""
    run = finished[0] / "run"
    return run / "models" / "pair", run / "mapping" / "beads.gro"


@pytest.mark.parametrize(("engine", "file"), [("lammps", "in.lammps"), ("gromacs", "topol.top")])
def test_a_fitted_model_is_written_for_an_engine(fitted, tmp_path, capsys, engine, file):
    export_model(*fitted, tmp_path, engine)
    assert (tmp_path / file).exists()
    assert file in "".join(capsys.readouterr().out.split())


def test_an_engine_without_a_writer_is_refused(fitted, tmp_path):
    with pytest.raises(ValueError, match="'namd': this molscape writes lammps, gromacs, openmm"):
        export_model(*fitted, tmp_path / "namd", "namd")
    assert not (tmp_path / "namd").exists()
