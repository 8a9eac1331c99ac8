from dataclasses import FrozenInstanceError, asdict

import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover


def test_ensembles_are_values():
    assert Langevin(300) == Langevin(300, friction=1.0)
    assert Langevin(300) != Langevin(300, friction=2.0)
    assert asdict(NVE(250)) == {"temperature": 250}
    with pytest.raises(FrozenInstanceError):
        NVE(300).temperature = 1


def test_ensembles_say_what_they_need():
    every = (NVE(300), Langevin(300), Brownian(300), NoseHoover(300))
    assert [e.thermostat for e in every] == [False, True, True, True]
    assert [e.noise for e in every] == [False, True, True, False]
    assert [e.velocities for e in every] == [True, True, False, True]
    assert [e.conserves_momentum for e in every] == [True, False, False, True]
    assert [e.conserved_quantity is not None for e in every] == [True, False, False, True]
    assert [e.barostat for e in every] == [None] * 4
    assert NoseHoover(300, barostat=Barostat(0.06)).barostat == Barostat(0.06)


def test_conserved_momentum_takes_three_degrees_away():
    every = (NVE(300), Langevin(300), Brownian(300), NoseHoover(300))
    assert [e.degrees_of_freedom(10) for e in every] == [27, 30, 30, 27]
    assert [e.degrees_of_freedom(1) for e in every] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("ensemble", "text"),
    [
        (Langevin(0.0), "a thermostat needs more than 0"),
        (Brownian(300, friction=0.0), "give a positive one"),
        (NoseHoover(300, chain=0), "at least one link"),
        (NoseHoover(300, time=0.0), "a positive time"),
    ],
)
def test_numbers_that_no_engine_could_run_are_refused(ensemble, text):
    with pytest.raises(ValueError, match=text):
        ensemble.check()


def test_constant_energy_takes_any_temperature():
    NVE(0.0).check()
    Langevin(300, friction=0.0).check()
