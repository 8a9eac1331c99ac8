import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.units import BAR
from molscape.simulate.tempering import Tempering
from molscape.studies.blocks.simulate import SimulateBlock


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({}, Langevin(290.0, 1.0)),
        ({"temperature": 310.0}, Langevin(310.0, 1.0)),
        ({"thermostat": {"kind": "langevin", "friction": 5.0}}, Langevin(290.0, 5.0)),
        ({"thermostat": {"kind": "brownian", "friction": 80.0}}, Brownian(290.0, 80.0)),
        ({"thermostat": {"kind": "none"}}, NVE(290.0)),
        ({"pressure": 2.0}, Langevin(290.0, 1.0, Barostat(2.0 * BAR))),
        (
            {"thermostat": {"kind": "nose_hoover", "time": 0.5, "chain": 4}, "pressure": 2.0},
            NoseHoover(290.0, 0.5, 4, Barostat(2.0 * BAR)),
        ),
    ],
)
def test_the_ensemble_follows_the_recipe(block, expected):
    assert SimulateBlock(**block).ensemble(290.0) == expected


def test_temperatures_are_listed_or_a_ladder_from_the_model_s_own():
    listed = SimulateBlock(tempering={"temperatures": [300, 350, 410], "every": 20})
    assert listed.tempering.build(300.0) == Tempering((300.0, 350.0, 410.0), 20)
    ladder = SimulateBlock(tempering={"ladder": {"highest": 400, "count": 3}})
    assert ladder.tempering.build(100.0) == Tempering((100.0, 200.0, 400.0), 500)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"tempering": {}}, "give either `temperatures` or `ladder`"),
        ({"engine": "lammps", "tempering": {"temperatures": [300, 350]}}, "use engine: jax"),
        (
            {"thermostat": {"kind": "nose_hoover"}, "tempering": {"temperatures": [300, 350]}},
            "langevin or brownian",
        ),
        ({"pressure": 1.0, "tempering": {"temperatures": [300, 350]}}, "constant volume"),
    ],
)
def test_a_tempering_that_cannot_be_is_refused(block, words):
    with pytest.raises(ValueError, match=words):
        SimulateBlock(**block)


def test_the_share_that_stops_a_run_reaches_the_schedule():
    assert SimulateBlock(outside_stop=0.2).schedule(3).outside_stop == 0.2


def test_blocks_that_contradict_themselves_are_refused():
    with pytest.raises(ValueError, match="multiple of every"):
        SimulateBlock(steps=1001, every=200)
    with pytest.raises(ValueError, match="jax engine"):
        SimulateBlock(engine="lammps", replicas=4)
    with pytest.raises(ValueError, match="needs a thermostat"):
        SimulateBlock(thermostat={"kind": "none"}, pressure=1.0)
