import pytest

from molscape.core.units import LAMMPS_METAL, LAMMPS_REAL
from molscape.io.lammps_units import lammps_units


def test_choice():
    assert lammps_units(None) is LAMMPS_REAL
    assert lammps_units("metal") is LAMMPS_METAL
    assert lammps_units(None, "metal") is LAMMPS_METAL


def test_refusals():
    with pytest.raises(ValueError, match="units 'lj' cannot be read"):
        lammps_units("lj")
    with pytest.raises(ValueError, match="units 'lj' cannot be read"):
        lammps_units(None, "lj")
    with pytest.raises(ValueError, match="unknown units 'reel'"):
        lammps_units("reel")
    with pytest.raises(ValueError, match="the file says `units metal`"):
        lammps_units("real", "metal")
