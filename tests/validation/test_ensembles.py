"""Ensembles of both engines against each other, published numbers and Shirts' check."""

import numpy as np
import pytest

from molscape.analysis.averages import block_average
from molscape.core.ensemble import Barostat, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import BOLTZMANN, GRAM_PER_CUBIC_CENTIMETRE, thermal_energy
from molscape.potentials import LennardJones, StillingerWeber
from molscape.simulate import Jax, Lammps, Schedule
from molscape.simulate.lammps_process import find_lammps
from support.fluids import MONATOMIC_WATER

pytestmark = pytest.mark.slow
TEMPERATURE = 0.85 / BOLTZMANN
"""Reduced temperature 0.85 with epsilon = 1 kJ/mol; sigma = 0.3 nm, so that lengths differ."""
SIGMA, CUTOFF, DENSITY, COUNT = 0.3, 3.0, 0.82, 216
MODEL = LennardJones(
    epsilon=1.0, sigma=SIGMA, pairs=(("A", "A"),), cutoff=CUTOFF * SIGMA, smooth="shift"
)
ARGON = Topology.build(["A"] * COUNT, masses=np.full(COUNT, 40.0))


@pytest.fixture(autouse=True, scope="module")
def _needs_lammps():
    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def lattice():
    edge = (COUNT / DENSITY) ** (1 / 3) * SIGMA
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return Frames(edge / 6 * grid[None], box=edge * np.eye(3)[None], whole=True)


def pressure_of_the_cut_fluid():
    """NIST's pressure at this density and temperature, without the tail beyond 3 sigma."""
    tail = 32 / 9 * np.pi * DENSITY**2 * (CUTOFF**-9 - 1.5 * CUTOFF**-3)
    return (0.55355 - tail) / SIGMA**3


ENGINES = {"jax": Jax(), "lammps": Lammps()}
LIQUIDS = {
    "jax langevin": ("jax", lambda bath: Langevin(TEMPERATURE, 1.0, bath)),
    "jax chain": ("jax", lambda bath: NoseHoover(TEMPERATURE, 0.2, 3, bath)),
    "lammps langevin": ("lammps", lambda bath: Langevin(TEMPERATURE, 1.0, bath)),
    "lammps chain": ("lammps", lambda bath: NoseHoover(TEMPERATURE, 0.2, 3, bath)),
}


@pytest.mark.parametrize("name", LIQUIDS)
def test_density_of_a_lennard_jones_liquid_at_the_pressure_of_nist(name):
    # NIST Standard Reference Simulation Website, Lennard-Jones fluid by Monte Carlo: T* = 0.85,
    # density 0.82, P* = 0.55355 with tail corrections.
    engine, ensemble = LIQUIDS[name]
    bath = Barostat(pressure_of_the_cut_fluid(), time=1.0)
    schedule = Schedule(steps=60_000, timestep=0.006, every=50, equilibration=6000, seed=7)
    run = ENGINES[engine].run(MODEL, ARGON, lattice(), ensemble(bath), schedule)
    density = COUNT * SIGMA**3 / run.observables["volume"]
    estimate = block_average(density)
    print(name, estimate, run.observables["pressure"].mean() / bath.pressure)
    assert estimate.mean == pytest.approx(DENSITY, abs=4 * estimate.error + 0.001)
    assert estimate.error < 0.002


def independent(series):
    """Every so many samples of a series (frame, 1) that they no longer remember each other."""
    apart = int(np.ceil(block_average(series).inefficiency))
    return series[:: max(1, apart), 0]


def linear_part(lower, upper):
    """Slope of ln(p_1 / p_2) against a quantity, by maximum likelihood, and its error.

    Source: M. R. Shirts, J. Chem. Theory Comput. 9, 909 (2013): the log-likelihood of a
    logistic regression between samples of both runs.
    """
    centre = np.mean(np.concatenate([lower, upper]))
    x = np.concatenate([lower, upper]) - centre
    second = np.concatenate([np.zeros(len(lower)), np.ones(len(upper))])
    a, b = 0.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(a + b * x)))
        w = p * (1 - p)
        gradient = np.array([np.sum(second - p), np.sum((second - p) * x)])
        hessian = np.array([[np.sum(w), np.sum(w * x)], [np.sum(w * x), np.sum(w * x * x)]])
        a, b = np.array([a, b]) + np.linalg.solve(hessian, gradient)
    return b, np.sqrt(np.linalg.inv(hessian)[1, 1])


@pytest.mark.parametrize("name", LIQUIDS)
def test_volumes_at_two_pressures_are_in_boltzmann_s_ratio(name):
    engine, ensemble = LIQUIDS[name]
    pressures = pressure_of_the_cut_fluid() * np.array([0.6, 1.4])
    schedule = Schedule(steps=60_000, timestep=0.006, every=20, equilibration=6000, seed=8)
    runs = [
        ENGINES[engine].run(MODEL, ARGON, lattice(), ensemble(Barostat(float(p), 1.0)), schedule)
        for p in pressures
    ]
    volumes = [independent(run.observables["volume"]) for run in runs]
    expected = -(pressures[1] - pressures[0]) / thermal_energy(TEMPERATURE)
    slope, error = linear_part(*volumes)
    print(name, slope / expected, error / abs(expected))
    assert abs(slope - expected) < 4 * error
    assert error < 0.3 * abs(expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_potential_energies_at_two_temperatures_are_in_boltzmann_s_ratio(engine):
    kelvins = TEMPERATURE * np.array([0.97, 1.03])
    schedule = Schedule(steps=60_000, timestep=0.006, every=20, equilibration=6000, seed=9)
    runs = [
        ENGINES[engine].run(MODEL, ARGON, lattice(), NoseHoover(float(t), 0.2), schedule)
        for t in kelvins
    ]
    energies = [independent(run.observables["potential_energy"]) for run in runs]
    expected = 1 / thermal_energy(kelvins[0]) - 1 / thermal_energy(kelvins[1])
    slope, error = linear_part(*energies)
    print(engine, slope / expected, error / abs(expected))
    assert abs(slope - expected) < 4 * error
    assert error < 0.3 * abs(expected)


def test_chains_leave_diffusion_alone_and_friction_does_not():
    def diffusion(engine, ensemble):
        schedule = Schedule(steps=40_000, timestep=0.006, every=50, equilibration=4000, seed=3)
        x = (
            ENGINES[engine]
            .run(MODEL, ARGON, lattice(), ensemble, schedule)
            .trajectory.load()
            .positions
        )
        lag = 20
        moved = np.sum((x[lag:] - x[:-lag]) ** 2, axis=-1).mean(axis=0)
        # 40 stretches of 6 ps and 216 beads; what a bead does depends little on the others.
        return moved.mean() / (6 * lag * 0.3), moved.std() / np.sqrt(COUNT) / (6 * lag * 0.3)

    chain, error = diffusion("jax", NoseHoover(TEMPERATURE, 0.2))
    same, other = diffusion("lammps", NoseHoover(TEMPERATURE, 0.2))
    damped, _ = diffusion("jax", Langevin(TEMPERATURE, 20.0))
    print("diffusion", chain, error, same, other, damped)
    assert abs(chain - same) < 4 * np.hypot(error, other)
    assert damped < 0.7 * chain


def test_mw_water_has_its_published_density_in_both_engines():
    # V. Molinero and E. B. Moore, J. Phys. Chem. B 113, 4008 (2009): 0.997 g/cm^3 at 298 K.
    model = StillingerWeber(type="W", **MONATOMIC_WATER)
    topology = Topology.build(["W"] * 216, masses=np.full(216, 18.015))
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    start = Frames(0.31 * grid[None], box=1.86 * np.eye(3)[None], whole=True)
    ensemble = NoseHoover(298.0, 0.2, 3, Barostat(0.06, time=1.0))
    found = []
    for engine, steps in (("jax", 20_000), ("lammps", 60_000)):
        schedule = Schedule(steps=steps, timestep=0.008, every=50, equilibration=4000, seed=4)
        run = ENGINES[engine].run(model, topology, start, ensemble, schedule)
        mass = 216 * 18.015 / run.observables["volume"] / GRAM_PER_CUBIC_CENTIMETRE
        found.append(block_average(mass))
        print(engine, found[-1])
    assert abs(found[0].mean - found[1].mean) < 4 * np.hypot(found[0].error, found[1].error)
    for estimate in found:
        assert estimate.mean == pytest.approx(0.997, abs=4 * estimate.error + 0.003)
