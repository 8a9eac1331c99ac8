import json

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.identity import differing_keys
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.potentials import LennardJones
from molscape.simulate.order import Order, check_order, identity, starting_state, suited_velocities
from molscape.simulate.schedule import Schedule

TOPOLOGY = Topology.build(["A", "A"], masses=[1.0, 4.0])
SCHEDULE = Schedule(steps=60, timestep=0.5, every=10, equilibration=20, chunks=3, seed=4)


def model(epsilon=1.0):
    return LennardJones(epsilon=epsilon, sigma=0.3, pairs=(("A", "A"),), cutoff=0.8)


def test_identity_knows_everything_that_matters():
    frame = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None])

    def name(potential=None, topology=TOPOLOGY, frame=frame, ensemble=None, schedule=SCHEDULE):
        ensemble = ensemble or Langevin(300.0)
        return identity(Order(potential or model(), topology, frame, ensemble, schedule))

    others = [
        name(potential=model(1.1)),
        name(topology=TOPOLOGY.replace(masses=np.array([1.0, 5.0]))),
        name(frame=frame.replace(positions=np.ones((1, 2, 3)))),
        name(frame=frame.replace(box=np.eye(3)[None] * 2)),
        name(ensemble=Langevin(310.0)),
        name(schedule=Schedule(steps=60, timestep=0.5, every=10, seed=5)),
    ]
    assert name() == name()
    assert len({json.dumps(each) for each in [name(), *others]}) == 7


def settings(**changed):
    """Identity of a run, with something changed."""
    frame = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None])
    given = {"potential": model(), "topology": TOPOLOGY, "start": frame}
    given |= {"ensemble": Langevin(300.0), "schedule": SCHEDULE}
    return identity(Order(**{**given, **changed}))


def test_what_differs_is_named_key_by_key():
    other = TOPOLOGY.replace(masses=np.array([1.0, 5.0]))
    moving = Frames(np.zeros((1, 2, 3)), box=np.eye(3)[None], velocities=np.ones((1, 2, 3)))
    pressed = Langevin(300.0, barostat=Barostat(30.0))
    longer = Schedule(steps=90, timestep=0.5, every=10, equilibration=20, chunks=3, seed=4)
    for changed, key in (
        ({"schedule": longer}, "schedule.steps"),
        ({"topology": other}, "topology"),
        ({"start": moving}, "start.velocities"),
        ({"ensemble": pressed}, "ensemble.barostat"),
        ({"ensemble": Langevin(300.0, friction=2.0)}, "ensemble.friction"),
    ):
        assert differing_keys(settings(), settings(**changed)) == [key]
    assert "ensemble.kind" in differing_keys(settings(), settings(ensemble=NVE(300.0)))
    assert all("outside_stop" not in key for key in settings()["schedule"])


def test_settings_name_kinds_and_no_classes():
    ensembles = [NVE(300.0), Langevin(300.0), Brownian(300.0), NoseHoover(300.0)]
    text = json.dumps([settings(ensemble=ensemble) for ensemble in ensembles])
    kinds = [settings(ensemble=ensemble)["ensemble"]["kind"] for ensemble in ensembles]
    assert kinds == ["nve", "langevin", "brownian", "nose_hoover"]
    assert not any(name in text for name in ("molscape", "Langevin", "NoseHoover", "Lennard"))


def begin(topology, frames, replicas):
    asked = Order(model(), topology, frames, NVE(300.0), Schedule(steps=200, seed=1))
    return starting_state(asked, replicas)


def test_starting_velocities_are_maxwellian_without_drift():
    topology = Topology.build(["A"] * 200, masses=np.where(np.arange(200) % 2, 2.0, 8.0))
    state = begin(topology, Frames(np.zeros((1, 200, 3))), 20)
    masses = topology.masses[:, None]
    np.testing.assert_allclose(np.sum(state.velocities * masses, axis=1), 0, atol=1e-9)
    for mass in (2.0, 8.0):
        own = state.velocities[:, topology.masses == mass]
        # 6,000 components: the variance is known to 2 %.
        assert np.mean(own**2) * mass == pytest.approx(thermal_energy(300.0), rel=0.06)
    assert not np.allclose(state.velocities[0], state.velocities[1])


def test_given_velocities_and_frames_are_used():
    frames = Frames(np.arange(12.0).reshape(2, 2, 3), velocities=np.ones((2, 2, 3)))
    state = begin(TOPOLOGY, frames, 2)
    np.testing.assert_array_equal(state.positions, frames.positions)
    np.testing.assert_array_equal(state.velocities, 1.0)


def test_starts_that_do_not_fit():
    frames = Frames(np.zeros((2, 2, 3)), box=np.stack([np.eye(3), np.eye(3) * 2]))
    with pytest.raises(ValueError, match="2 start frames for 3 replicas"):
        begin(TOPOLOGY, frames, 3)
    np.testing.assert_array_equal(begin(TOPOLOGY, frames, 2).box, frames.box)
    massless = TOPOLOGY.replace(masses=np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="a bead has no mass"):
        begin(massless, frames[0], 1)


def test_momentum_is_taken_out_where_a_thermostat_counts_on_none():
    frames = Frames(np.zeros((1, 2, 3)), velocities=np.ones((1, 2, 3)))
    for ensemble, drift in ((NoseHoover(300.0), 0.0), (NVE(300.0), 1.0), (Langevin(300.0), 1.0)):
        asked = Order(model(), TOPOLOGY, frames, ensemble, SCHEDULE)
        velocities = suited_velocities(asked, frames.velocities)
        np.testing.assert_allclose(velocities, drift, atol=1e-15)


def test_what_no_engine_could_run_is_refused():
    frame = Frames(np.zeros((1, 2, 3)))
    boxed = frame.replace(box=np.eye(3)[None])
    for start, ensemble, words in (
        (boxed, Langevin(300.0), "half the box"),
        (frame, NoseHoover(300.0), "angular momentum"),
        (frame, Langevin(300.0, barostat=Barostat(1.0)), "a barostat without a box"),
        (frame, Langevin(0.0), "more than 0"),
    ):
        with pytest.raises(ValueError, match=words):
            check_order(Order(model(), TOPOLOGY, start, ensemble, SCHEDULE))
