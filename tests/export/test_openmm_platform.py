"""The choice of OpenMM's platform."""

import pytest

from molscape.export import openmm_platform
from molscape.export.openmm_platform import choose_platform

pytest.importorskip("openmm", reason="openmm is not installed")


def test_platforms_are_chosen_and_refused():
    assert choose_platform("auto", "mixed", 1, 50).name == "Reference"
    assert choose_platform("auto", "mixed", 1, 5000).name == "CPU"
    assert choose_platform("auto", "double", 1, 5000).name == "Reference"
    assert choose_platform("reference", "mixed", 1, 5000).name == "Reference"
    with pytest.raises(ValueError, match="single precision"):
        choose_platform("CPU", "double", 1, 5000)
    with pytest.raises(ValueError, match="threads"):
        choose_platform("CPU", "mixed", 0, 5000)
    with pytest.raises(ValueError, match="use one of single, mixed, double"):
        choose_platform("CPU", "half", 1, 5000)
    with pytest.raises(ValueError, match=r"no platform 'Abacus' here.*Reference"):
        choose_platform("Abacus", "mixed", 1, 10)


def test_a_gpu_comes_first_where_one_is_wanted_and_works(monkeypatch):
    monkeypatch.setattr(openmm_platform, "available_platforms", lambda: ["Reference", "OpenCL"])
    monkeypatch.setattr(openmm_platform, "_works", lambda name, precision: name == "OpenCL")
    assert choose_platform("auto", "mixed", 1, 10, gpu=True).name == "OpenCL"
    assert choose_platform("auto", "mixed", 1, 10).name == "Reference"


def test_a_platform_that_is_not_there_does_not_work():
    assert not openmm_platform._works("Abacus", "mixed")
