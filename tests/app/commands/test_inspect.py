from molscape.app.commands.inspect import inspect_files, inspection_lines
from molscape.io import inspect
from molscape.io.formats import Options


def test_lines_tell_every_fact(fluid):
    facts = dict(inspection_lines(inspect([fluid / "conf.gro", fluid / "traj.trr"])))
    assert facts["atoms"] == "216"
    assert facts["frames"] == "60"
    assert facts["molecules"].startswith("216 x AR")
    assert facts["box"] == "2.0000 x 2.0000 x 2.0000 nm, orthorhombic"
    assert facts["carries"] == "positions, forces"
    assert facts["time"] == "0.5 ps between frames, 29.5 ps in total"
    assert "kJ/mol/nm" in facts["forces"]


def test_a_file_without_forces_says_what_that_means(fluid):
    facts = dict(inspection_lines(inspect([fluid / "conf.gro"])))
    assert "none" in facts["forces"]


def test_inspect_prints_facts_and_notes(fluid, capsys):
    inspect_files([fluid / "conf.gro", fluid / "traj.trr"], Options())
    out = capsys.readouterr().out
    assert "216" in out
    assert "60" in out
    assert "nm" in out


def test_the_folder_of_a_reference_tells_its_temperature(fluid, capsys):
    (fluid / "reference.json").write_text('{"temperature": 130.0}')
    inspect_files([fluid], Options())
    out = capsys.readouterr().out
    assert "216 x AR" in out
    assert "130 K" in out
