import pytest

from molscape.app.recipe import SimulateBlock
from molscape.app.simulation import ensemble_of
from molscape.core.ensemble import NVE, Langevin


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({}, Langevin(290.0, 1.0)),
        ({"temperature": 310.0}, Langevin(310.0, 1.0)),
        ({"thermostat": {"kind": "langevin", "friction": 5.0}}, Langevin(290.0, 5.0)),
        ({"thermostat": {"kind": "none"}}, NVE(290.0)),
    ],
)
def test_the_ensemble_follows_the_recipe(block, expected):
    assert ensemble_of(SimulateBlock(**block), 290.0) == expected
