import pytest

from molscape.reference.speed import measure_speed

pytest.importorskip("openmm", reason="openmm is not installed")


def test_speed_grows_with_the_timestep_and_is_positive():
    slow = measure_speed({"spce": 300}, timestep=0.0005, seconds=0.5, threads=1)
    fast = measure_speed({"spce": 300}, timestep=0.002, seconds=0.5, threads=1)
    assert 0 < slow < fast


def test_other_sizes_start_from_a_lattice():
    assert measure_speed({"spce": 220}, seconds=0.2, threads=1) > 0
