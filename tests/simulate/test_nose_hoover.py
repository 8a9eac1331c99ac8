"""Nosé-Hoover chains: what they conserve, and the distribution they make."""

import jax as jaxlib
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from molscape.core.ensemble import Barostat, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.potentials import HarmonicBonds, LennardJones
from molscape.simulate import Jax, Schedule, nose_hoover
from molscape.simulate.nose_hoover import Chain

BATH = NoseHoover(300.0, time=0.1, chain=3)
DEGREES = 30


def wandered(steps, timestep, ensemble=BATH):
    """Energy of free particles and their chain, at the start and along the way."""
    kT = thermal_energy(ensemble.temperature)
    with jaxlib.enable_x64(True):
        _, velocities = nose_hoover.draw(ensemble, DEGREES, 2, seed=3)
        chain = Chain(jnp.zeros_like(jnp.asarray(velocities)), jnp.asarray(velocities))
        start = jnp.array([1.4, 0.7]) * DEGREES * kT

        def step(carry, _):
            chain, twice_kinetic = carry
            chain, factor = nose_hoover.half_step(chain, twice_kinetic, ensemble, DEGREES, timestep)
            carry = chain, twice_kinetic * factor**2
            return carry, (0.5 * carry[1], nose_hoover.energy(chain, ensemble, DEGREES))

        first = 0.5 * start + nose_hoover.energy(chain, ensemble, DEGREES)
        _, (kinetic, bath) = jaxlib.lax.scan(step, (chain, start), None, length=steps)
        return np.asarray(first), np.asarray(kinetic), np.asarray(bath)


@pytest.mark.parametrize("links", [1, 2, 3, 5])
def test_the_chain_keeps_its_energy_to_fourth_order(links):
    ensemble = NoseHoover(300.0, time=0.1, chain=links)
    errors = []
    for steps, timestep in ((200, 0.01), (400, 0.005)):
        first, kinetic, bath = wandered(steps, timestep, ensemble)
        errors.append(np.max(np.abs(kinetic + bath - first)))
        assert np.ptp(kinetic, axis=0).min() > 0.1 * kinetic.mean()
    assert errors[0] < 1e-4 * kinetic.mean()
    assert errors[0] / errors[1] == pytest.approx(16.0, rel=0.35)


def test_masses_and_drawn_velocities():
    mass = nose_hoover.masses(BATH, DEGREES)
    kT = thermal_energy(300.0)
    np.testing.assert_allclose(mass, kT * 0.1**2 * np.array([DEGREES, 1, 1]))
    positions, velocities = nose_hoover.draw(BATH, DEGREES, 4000, seed=1)
    assert not positions.any()
    np.testing.assert_allclose(np.var(velocities, axis=0) * mass, kT, rtol=0.1)


SIDE = 4
BOX = np.array([[1.56, 0, 0], [0.3, 1.56, 0], [-0.2, 0.25, 1.56]])
ARGON = Topology.build(["A"] * SIDE**3, masses=np.full(SIDE**3, 39.95))
MODEL = LennardJones(epsilon=0.996, sigma=0.34, pairs=(("A", "A"),), cutoff=0.7, smooth="force")


def start():
    grid = np.stack(np.meshgrid(*[np.arange(SIDE)] * 3, indexing="ij"), axis=-1)
    return Frames((grid.reshape(-1, 3) / SIDE @ BOX)[None], box=BOX[None])


@pytest.fixture(scope="module")
def fluid(tmp_path_factory):
    return Jax(precision="double").run(
        MODEL,
        ARGON,
        start(),
        NoseHoover(150.0, time=0.15),
        Schedule(steps=40_000, timestep=0.01, every=50, equilibration=2000, chunks=2, seed=1),
        folder=tmp_path_factory.mktemp("fluid"),
    )


def test_the_kinetic_energy_is_canonical(fluid):
    degrees, kT = 3 * len(ARGON) - 3, thermal_energy(150.0)
    kinetic = (fluid.observables["total_energy"] - fluid.observables["potential_energy"])[:, 0]
    # 800 frames 0.5 ps apart, hardly correlated: the mean is known to 0.4 %, the variance to 5 %.
    assert kinetic.mean() == pytest.approx(degrees / 2 * kT, rel=0.015)
    assert kinetic.var() == pytest.approx(degrees / 2 * kT**2, rel=0.2)
    canonical = stats.gamma(degrees / 2, scale=kT)
    assert stats.kstest(kinetic[::2], canonical.cdf).pvalue > 0.01
    # Constant energy gives a narrower distribution: the test can tell.
    narrow = np.random.default_rng(0).normal(kinetic.mean(), 0.75 * canonical.std(), 400)
    assert stats.kstest(narrow, canonical.cdf).pvalue < 0.01


def test_the_conserved_quantity_does_not_drift(fluid):
    conserved = fluid.observables["conserved_energy"][:, 0]
    total = fluid.observables["total_energy"][:, 0]
    assert np.std(conserved) < 0.02 * np.std(total)
    halves = conserved[:400].mean(), conserved[400:].mean()
    assert abs(halves[1] - halves[0]) < 0.02 * np.std(total)


def test_momentum_stays_zero(fluid):
    with np.load(sorted(fluid.folder.glob("chunk-*.npz"))[-1]) as chunk:
        velocities = chunk["state_velocities"][0]
    assert np.abs(velocities.mean(axis=0)).max() < 1e-9 * np.std(velocities)


@pytest.mark.parametrize("barostat", [None, Barostat(30.0, 0.5)])
def test_a_stopped_run_goes_on_with_the_same_numbers(barostat, tmp_path):
    begin = start().replace(box=BOX[None] * 1.1, positions=start().positions * 1.1)

    def go(folder):
        schedule = Schedule(steps=300, timestep=0.01, every=50, equilibration=100, chunks=3)
        ensemble = NoseHoover(150.0, 0.1, 3, barostat)
        return Jax(replicas=2).run(MODEL, ARGON, begin, ensemble, schedule, folder=folder)

    whole = go(tmp_path / "whole")
    (tmp_path / "stopped").mkdir()
    kept = sorted((tmp_path / "whole").glob("chunk-*"))[:2]
    for file in [*kept, tmp_path / "whole" / "store.json"]:
        (tmp_path / "stopped" / file.name).write_bytes(file.read_bytes())
    resumed = go(tmp_path / "stopped")
    assert set(whole.observables) == set(resumed.observables)
    for name, values in whole.observables.items():
        np.testing.assert_array_equal(resumed.observables[name], values)
    frames = [run.trajectory.load() for run in (whole, resumed)]
    np.testing.assert_array_equal(frames[0].positions, frames[1].positions)
    np.testing.assert_array_equal(frames[0].box, frames[1].box)
    # Replicas have chains of their own.
    assert np.abs(np.diff(whole.observables["temperature"], axis=1)).min() > 0


def test_what_is_refused():
    bonds = HarmonicBonds(types=("A-A",), stiffness=100.0, length=0.3)
    pair = Topology.build(["A", "A"], masses=[1.0, 1.0], bonds=np.array([[0, 1]]))
    free = Frames(np.arange(6.0).reshape(1, 2, 3))
    boxed = free.replace(box=np.eye(3)[None] * 9)
    schedule = Schedule(steps=10, every=10)
    with pytest.raises(ValueError, match="without a box: angular momentum is conserved"):
        Jax().run(bonds, pair, free, NoseHoover(300.0), schedule)
    with pytest.raises(ValueError, match="chain of 0 links with time"):
        Jax().run(bonds, pair, boxed, NoseHoover(300.0, chain=0), schedule)
    with pytest.raises(ValueError, match="temperature 0 K: a thermostat needs more"):
        Jax().run(bonds, pair, boxed, NoseHoover(0.0), schedule)
