"""The Monte Carlo barostat against the exact volumes of an ideal gas, and its neighbour lists."""

import logging
from dataclasses import replace
from importlib import import_module

import jax.numpy as jnp
import numpy as np
import pytest
from equinox import tree_at
from jax import tree
from scipy import stats

from molscape.core.ensemble import Barostat, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.neighbours import allocate
from molscape.core.space import minimum_image
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import BAR, thermal_energy
from molscape.potentials import Coulomb, HarmonicBonds, LennardJones, PairSpline
from molscape.simulate import Jax, Schedule, list_planning
from molscape.simulate.evaluation import evaluate
from molscape.simulate.volume_moves import Molecules, first_step, interval, outdated

DIMERS, FREE, TEMPERATURE, PRESSURE = 15, 15, 300.0, 500 * BAR
MOLECULES = DIMERS + FREE
SHAPE = np.array([[1.0, 0, 0], [0.2, 1.0, 0], [-0.1, 0.15, 1.0]])


def ideal_gas():
    """Harmonic dimers and free beads in a triclinic box that starts too large."""
    count = 2 * DIMERS + FREE
    molecules = np.concatenate([np.repeat(np.arange(DIMERS), 2), DIMERS + np.arange(FREE)])
    topology = Topology.build(
        ["B"] * 2 * DIMERS + ["F"] * FREE, masses=np.full(count, 10.0), molecules=molecules,
        bonds=np.arange(2 * DIMERS).reshape(-1, 2),
    )  # fmt: skip
    volume = 1.4 * (MOLECULES + 1) * thermal_energy(TEMPERATURE) / PRESSURE
    box = SHAPE * volume ** (1 / 3)
    x = np.random.default_rng(0).uniform(size=(count, 3)) @ box
    x[1 : 2 * DIMERS : 2] = x[: 2 * DIMERS : 2] + np.array([0.3, 0, 0])
    model = HarmonicBonds(types=("B-B",), stiffness=1000.0, length=0.3)
    return model, topology, Frames(x[None], box=box[None], whole=True)


@pytest.fixture(scope="module", params=["langevin", "nose_hoover"])
def gas(request):
    barostat = Barostat(PRESSURE, time=0.2)
    kinds = {
        "langevin": Langevin(TEMPERATURE, 4.0, barostat),
        "nose_hoover": NoseHoover(TEMPERATURE, 0.1, 3, barostat),
    }
    schedule = Schedule(
        steps=12_000, timestep=0.005, every=60, equilibration=3000, chunks=2, seed=2
    )
    return Jax(replicas=6).run(*ideal_gas(), kinds[request.param], schedule)


def test_the_volume_of_an_ideal_gas_of_molecules(gas):
    # p(V) ~ V^M exp(-P V / kT): a gamma distribution of M + 1.
    exact = stats.gamma(MOLECULES + 1, scale=thermal_energy(TEMPERATURE) / PRESSURE)
    volumes = gas.observables["volume"]
    assert volumes.shape == (200, 6)
    # Frames are 0.3 ps apart, 30 attempts: 1,200 volumes that hardly remember each other.
    assert volumes.mean() == pytest.approx(exact.mean(), rel=5 * 0.18 / np.sqrt(1200))
    assert volumes.var() == pytest.approx(exact.var(), rel=0.2)
    assert stats.kstest(volumes[::3].ravel(), exact.cdf).pvalue > 0.01
    # With beads instead of molecules, or M instead of M + 1, the test would fail.
    wrong = stats.gamma(2 * DIMERS + FREE + 1, scale=thermal_energy(TEMPERATURE) / PRESSURE)
    assert stats.kstest(volumes[::3].ravel(), wrong.cdf).pvalue < 1e-10


def test_molecules_and_temperature_do_not_mind(gas):
    assert gas.observables["temperature"].mean() == pytest.approx(TEMPERATURE, rel=0.02)
    frames = gas.trajectory.load()
    assert (frames.whole, frames.unwrapped) == (True, False)
    np.testing.assert_allclose(
        np.linalg.det(frames.box), gas.observables["volume"].ravel(), rtol=1e-6
    )
    # Boxes keep their shape.
    np.testing.assert_allclose(
        frames.box / frames.box[:, :1, :1], np.broadcast_to(SHAPE, frames.box.shape), rtol=1e-5
    )
    d = frames.positions[:, 1 : 2 * DIMERS : 2] - frames.positions[:, : 2 * DIMERS : 2]
    kT, grid = thermal_energy(TEMPERATURE), np.linspace(0.001, 0.8, 4000)
    weight = grid**2 * np.exp(-500.0 * (grid - 0.3) ** 2 / kT)
    expected = np.sum(weight * grid) / np.sum(weight)
    assert np.linalg.norm(d, axis=-1).mean() == pytest.approx(expected, rel=0.01)


def test_centres_of_molecules():
    x = np.random.default_rng(1).normal(size=(2, 5, 3)).astype(np.float32)
    owner = np.array([0, 1, 0, 2, 2])
    centres = np.asarray(Molecules.of(owner).centres(jnp.asarray(x)))
    for molecule in range(3):
        mean = x[:, owner == molecule].mean(axis=1, keepdims=True)
        np.testing.assert_allclose(
            centres[:, owner == molecule] - mean, np.zeros((2, np.sum(owner == molecule), 3)),
            atol=1e-6,
        )  # fmt: skip
    assert Molecules.of(np.arange(5)).owner is None


def test_attempts_follow_from_the_time():
    assert interval(Barostat(1.0, time=2.0), 0.005) == 20
    assert interval(Barostat(1.0, time=0.01), 0.005) == 1
    assert first_step(100) == pytest.approx(0.05)
    assert first_step(1) == 0.3


@pytest.mark.parametrize("stretch", [0.97, 1.0, 1.03])
def test_a_list_called_fresh_holds_every_pair_in_the_scaled_box(stretch):
    random = np.random.default_rng(5)
    cutoff, skin, box = 0.6, 0.1, 2.0 * SHAPE
    x = random.uniform(size=(150, 3)) @ box
    topology = Topology.build(["A"] * 150, masses=np.ones(150))
    search, near = allocate(
        System.build(topology, 1.0), jnp.asarray(x), jnp.asarray(box), cutoff, skin
    )
    assert search.skin == skin
    room = 0.5 * (stretch * (cutoff + skin) - cutoff)
    ways = random.normal(size=x.shape)
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    # With a leading replica axis, and reference positions scaled with the box.
    near = tree.map(lambda leaf: leaf[None], near)
    near = tree_at(lambda n: n.reference, near, stretch * near.reference)
    factor = jnp.array([stretch], dtype=jnp.float32)

    def moved(share):
        return stretch * x + share * room * ways

    assert not outdated(jnp.asarray(moved(0.98), dtype=jnp.float32)[None], near, factor)
    assert outdated(jnp.asarray(moved(1.02), dtype=jnp.float32)[None], near, factor)
    y = moved(0.98)
    d = minimum_image(y[None] - y[:, None], stretch * box)
    close = np.linalg.norm(d, axis=-1) < cutoff
    listed = np.zeros_like(close)
    listed[np.arange(150)[:, None], np.asarray(near.indices[0])] = True
    assert close.sum() > 1000
    assert np.all(listed | ~close)


ARGON = LennardJones(epsilon=0.996, sigma=0.34, pairs=(("A", "A"),), cutoff=0.7, smooth="force")


def lattice(side, edge):
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    topology = Topology.build(["A"] * side**3, masses=np.full(side**3, 39.95))
    return topology, Frames(edge * grid[None], box=side * edge * np.eye(3)[None], whole=True)


@pytest.mark.slow
def test_lists_stay_complete_while_the_box_shrinks(caplog):
    topology, start = lattice(9, 0.55)
    ensemble = Langevin(150.0, 2.0, Barostat(60.0, time=0.2))
    schedule = Schedule(steps=60, timestep=0.01, every=20, equilibration=200, chunks=1)
    with caplog.at_level(logging.INFO):
        run = Jax(precision="double").run(ARGON, topology, start, ensemble, schedule)
    assert "neighbour list planned anew" in caplog.text
    volumes = run.observables["volume"][:, 0]
    assert volumes[-1] < 0.8 * np.linalg.det(start.box[0])
    found = evaluate(ARGON, run.trajectory)
    energies, virials = found.energies, found.pressures
    # Frames are stored in single precision.
    np.testing.assert_allclose(run.observables["potential_energy"][:, 0], energies, rtol=1e-4)
    kinetic = run.observables["total_energy"][:, 0] - run.observables["potential_energy"][:, 0]
    pressure = virials + 2 * kinetic / (3 * volumes)
    np.testing.assert_allclose(run.observables["pressure"][:, 0], pressure, rtol=1e-3, atol=0.1)


def test_a_list_that_overflows_in_the_last_trial_volume_is_grown(caplog, monkeypatch):
    # One attempt in each replica, at the last step, where only smaller volumes come
    # through. With hardly a skin the list is built anew for it, and its rows were full already.
    edge, cutoff = 2.5, 0.8
    x = edge * np.random.default_rng(1).uniform(size=(1, 300, 3))
    topology = Topology.build(["A"] * 300, masses=np.full(300, 1e6))
    start = Frames(x, box=edge * np.eye(3)[None], velocities=np.zeros_like(x), whole=True)
    weak = PairSpline(
        start=0.1,
        cutoff=cutoff,
        spacing=0.1,
        pairs=(("A", "A"),),
        parameters=np.full((1, 9), 1e-6),
    )
    monkeypatch.setattr(list_planning, "SKIN", 0.001)
    d = np.linalg.norm(minimum_image(x[0][None] - x[0][:, None], start.box[0]), axis=-1)
    full = int(np.max(np.sum(d < 1.001 * cutoff, axis=1))) - 1
    plan = list_planning.plan_search
    monkeypatch.setattr(
        list_planning, "plan_search", lambda *given: replace(plan(*given), capacity=full)
    )
    engine = import_module("molscape.simulate.jax_runner")
    monkeypatch.setattr(engine, "first_step", lambda count: 0.3)
    barostat = Barostat(1e5, time=0.02)
    schedule = Schedule(steps=10, timestep=1e-4, every=10, equilibration=0, chunks=1)
    assert interval(barostat, schedule.timestep) == 10
    with caplog.at_level(logging.INFO):
        ensemble = Langevin(1e-3, 1e-3, barostat)
        run = Jax(replicas=12, precision="double").run(weak, topology, start, ensemble, schedule)
    assert np.min(run.observables["volume"]) < 0.9 * edge**3
    assert "the neighbour list was too short: grown to" in caplog.text
    energies = evaluate(weak, run.trajectory).energies
    np.testing.assert_allclose(run.observables["potential_energy"][0], energies, rtol=1e-5)


def test_a_box_that_shrinks_below_the_cutoff_is_told():
    topology, start = lattice(4, 0.357)
    ensemble = Langevin(150.0, 2.0, Barostat(500.0, time=0.1))
    schedule = Schedule(steps=80, timestep=0.005, every=40, equilibration=80)
    with pytest.raises(ValueError, match=r"exceeds half the box .* which the barostat made small"):
        Jax().run(ARGON, topology, start, ensemble, schedule)


def test_a_box_that_outgrows_its_wave_vectors_is_told():
    # Charges that hardly act, at a pressure at which their ideal gas fills twenty times the box.
    topology = Topology.build(["A"] * 8, masses=np.full(8, 10.0), charges=[0.1, -0.1] * 4)
    box = 1.2 * np.eye(3)
    inside = 1.2 * np.random.default_rng(0).uniform(size=(1, 8, 3))
    start = Frames(inside, box=box[None], whole=True)
    model = Coulomb(cutoff=0.5, method="ewald", dielectric=1e4, accuracy=1e-2, box=box)
    barostat = Barostat(9 * thermal_energy(300.0) / (20 * 1.2**3), time=0.1)
    schedule = Schedule(steps=100, timestep=0.005, every=100, equilibration=100, chunks=1)
    with pytest.raises(ValueError, match=r"which the barostat tried at .* bar, need k_max .* has"):
        Jax().run(model, topology, start, Langevin(300.0, 4.0, barostat), schedule)
    with pytest.raises(ValueError, match="make it with the `box` it is used in"):
        Jax().run(model, topology, start.replace(box=1.4 * start.box), Langevin(300.0), schedule)


def test_what_is_refused():
    model, topology, start = ideal_gas()
    ensemble, schedule = Langevin(300.0, 1.0, Barostat(PRESSURE)), Schedule(steps=10, every=10)
    with pytest.raises(ValueError, match="a barostat without a box"):
        Jax().run(model, topology, start.replace(box=None), ensemble, schedule)
    with pytest.raises(ValueError, match="moves whole molecules"):
        Jax().run(model, topology, start.replace(whole=False), ensemble, schedule)
    with pytest.raises(ValueError, match="barostat time 0 ps"):
        Jax().run(model, topology, start, Langevin(300.0, 1.0, Barostat(1.0, 0.0)), schedule)
