import pytest

from molscape.app.checking import check_study
from molscape.app.loading import load_recipe

from .conftest import write_recipe


def check(folder, *changes):
    return check_study(*load_recipe(str(folder / "study.yaml"), list(changes)))


def test_a_good_study_is_told_line_by_line(fluid):
    lines = "\n".join(check(fluid))
    assert "216 atoms, 60 frames" in lines
    assert "216 beads from 216 atoms" in lines
    assert "model pair: pair_spline, reach 0.85 nm fits the box" in lines
    assert not (fluid / "run").exists()


def test_problems_are_found_without_running(fluid):
    with pytest.raises(ValueError, match="exceeds half the box"):
        check(fluid, "models.pair.potential.0.cutoff=1.25")
    with pytest.raises(ValueError, match="whole number"):
        check(fluid, "models.pair.potential.0.spacing=0.033")
    with pytest.raises(ValueError, match="no bead type"):
        check(fluid, "models.pair.potential.0.pairs=[[W, W]]")
    with pytest.raises(FileNotFoundError, match=r"other\.gro"):
        check(fluid, "reference.topology=other.gro")
    write_recipe(fluid, reference={"topology": "conf.gro", "temperature": 130})
    with pytest.raises(ValueError, match="needs forces"):
        check(fluid)


def test_a_reference_still_to_be_made_is_told(fluid):
    pytest.importorskip("openmm")
    lines = check(fluid, "reference={make: {molecules: {spce: 300}}}")
    assert "300 spce are made with OpenMM" in lines[-3]
    assert "900 atoms" in lines[-1]
