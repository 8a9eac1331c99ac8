import pytest

from molscape.core.ensemble import NVE
from molscape.simulate import Jax, Lammps
from molscape.simulate.lammps_process import find_lammps
from molscape.simulate.schedule import Schedule
from support.lattices import water_like


@pytest.fixture(autouse=True, scope="module")
def _needs_lammps():
    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def test_a_cutoff_beyond_half_the_box_is_refused():
    topology, start, potential = water_like((4, 4, 4))
    with pytest.raises(ValueError, match="half the box"):
        Lammps().run(potential, topology, start, NVE(300.0), Schedule(steps=100, every=10))


def test_settings_are_a_value():
    assert Lammps() == Lammps(threads=1, precision="double")
    assert Lammps.relative_speed > Jax.relative_speed == 1.0


def test_a_lammps_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv("MOLSCAPE_LAMMPS", "/nowhere/lmp")
    assert "MOLSCAPE_LAMMPS is '/nowhere/lmp', which cannot be run" in Lammps().available()
    assert Lammps().describe() == "lammps"
