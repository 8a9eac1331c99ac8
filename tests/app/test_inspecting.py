from molscape.app.inspecting import inspection_lines
from molscape.io import inspect


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
