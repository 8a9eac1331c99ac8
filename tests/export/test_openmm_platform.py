"""The choice of OpenMM's platform."""

import pytest

from molscape.export import openmm_platform
from molscape.export.openmm_platform import Platform, choose_platform

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


class Device:
    """A context on a device of some name."""

    def __init__(self, name):
        self.name = name

    def getPlatform(self):
        return self

    def getPropertyValue(self, context, key):
        assert key == "DeviceName"
        return self.name


@pytest.mark.parametrize(
    ("device", "chosen"), [("NVIDIA H200", "OpenCL"), ("pthread-AMD EPYC", "Reference")]
)
def test_a_gpu_comes_first_where_one_is_wanted_and_works(monkeypatch, device, chosen):
    monkeypatch.setattr(openmm_platform, "available_platforms", lambda: ["Reference", "OpenCL"])
    monkeypatch.setattr(Platform, "context", lambda self, system, integrator: Device(device))
    assert choose_platform("auto", "mixed", 1, 10, gpu=True).name == chosen
    assert choose_platform("auto", "mixed", 1, 10).name == "Reference"


def test_a_platform_that_is_not_there_or_has_no_device_is_passed_over(monkeypatch):
    def fail(self, system, integrator):
        raise ValueError("no device")

    monkeypatch.setattr(Platform, "context", fail)
    for there in (["Reference"], ["Reference", "CUDA"]):
        monkeypatch.setattr(openmm_platform, "available_platforms", lambda there=there: there)
        assert choose_platform("auto", "mixed", 1, 10, gpu=True).name == "Reference"
