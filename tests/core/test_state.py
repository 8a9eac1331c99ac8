import pytest
from scipy import constants

from molscape.core.state import State


def test_thermal_energy():
    assert State(300).kT == pytest.approx(0.3 * constants.R, rel=1e-9)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match=r"temperature must be positive, got .* kelvin"):
        State(temperature)


def test_pressure_and_density_exclude_each_other():
    assert State(300, density=602.0).density == 602.0
    with pytest.raises(ValueError, match="a pressure or a density, got both"):
        State(300, pressure=0.06, density=602.0)
