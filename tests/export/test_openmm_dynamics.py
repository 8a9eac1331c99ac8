"""Ensembles in OpenMM: the object that runs and the script that is written are the same."""

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.units import BAR
from molscape.export.openmm_dynamics import (
    LARGEST_SEED,
    add_ensemble,
    add_molecules,
    ensemble_lines,
    openmm_integrator,
    removes_drift,
    volume_interval,
)
from support.lowered import beads

openmm = pytest.importorskip("openmm")

ENSEMBLES = [NVE(300.0), Langevin(310.0, 2.0), Brownian(300.0, 80.0), NoseHoover(290.0, 0.25, 2)]


def empty_system(count):
    system = openmm.System()
    for _ in range(count):
        system.addParticle(1.0)
    return system


def run_lines(lines, count=2):
    """What the lines of a script make of an empty system."""
    names = {"openmm": openmm, "system": empty_system(count)}
    exec("\n".join(lines), names)
    return names["integrator"], names["system"].getForces()


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda own: own.kind)
@pytest.mark.parametrize("seed", [3, LARGEST_SEED])
def test_the_script_makes_the_integrator_that_runs(ensemble, seed):
    made = openmm_integrator(ensemble, 0.004, seed)
    scripted, forces = run_lines(ensemble_lines(ensemble, 0.004, seed, 2))
    serialise = openmm.XmlSerializer.serialize
    assert serialise(scripted) == serialise(made)
    assert made.getStepSize()._value == 0.004
    assert len(forces) == (ensemble.kind == "nose_hoover")


def test_the_integrators_have_the_numbers_of_the_ensemble():
    _, langevin, brownian, chain = (openmm_integrator(own, 0.002, 0) for own in ENSEMBLES)
    assert (langevin.getTemperature()._value, langevin.getFriction()._value) == (310.0, 2.0)
    assert langevin.getRandomNumberSeed() == 1
    assert brownian.getFriction()._value == 80.0
    assert chain.getCollisionFrequency()._value == 4.0
    assert chain.getThermostat(0).getChainLength() == 2


def test_a_langevin_thermostat_needs_friction_in_a_script_as_well():
    for call in (
        lambda own: openmm_integrator(own, 0.002, 0),
        lambda own: ensemble_lines(own, 0.002, 0, 8),
    ):
        with pytest.raises(
            ValueError, match=r"friction 0 1/ps of a Langevin thermostat: .*use NVE"
        ):
            call(Langevin(300.0, 0.0))


def test_only_a_thermostat_without_noise_keeps_the_momentum_at_zero():
    assert [removes_drift(own, 10) for own in ENSEMBLES] == [False, False, False, True]
    assert not removes_drift(ENSEMBLES[-1], 1)


def test_volumes_are_tried_twenty_times_in_the_time_of_the_barostat():
    assert volume_interval(Barostat(1.0, time=2.0), 0.005) == 20
    assert volume_interval(Barostat(1.0, time=2.0), 0.5) == 1


def test_the_barostat_of_the_script_is_that_of_the_run():
    ensemble = Langevin(310.0, 2.0, barostat=Barostat(50 * BAR, time=1.0))
    system = empty_system(3)
    add_ensemble(system, beads("AAA", molecules=np.array([0, 0, 1])), ensemble, 0.005, 4)
    links, barostat = system.getForces()
    _, (scripted,) = run_lines(ensemble_lines(ensemble, 0.005, 4, 3))
    for own in (barostat, scripted):
        assert own.getDefaultPressure()._value == pytest.approx(50.0)
        assert own.getDefaultTemperature()._value == 310.0
        assert own.getFrequency() == 10
    assert links.getName() == "molecules"


def test_molecules_are_joined_by_links_without_strength():
    system = empty_system(6)
    add_molecules(system, beads("AAAAAA", molecules=np.array([0, 1, 0, 1, 0, 2])))
    (links,) = system.getForces()
    found = [links.getBondParameters(k) for k in range(links.getNumBonds())]
    assert [(i, j) for i, j, _, _ in found] == [(0, 2), (2, 4), (1, 3)]
    assert all(strength._value == 0 for *_, strength in found)
    alone = empty_system(3)
    add_molecules(alone, beads("AAA", molecules=np.arange(3)))
    assert alone.getNumForces() == 0
