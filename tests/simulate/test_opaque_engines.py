"""LAMMPS and OpenMM run what only molscape can evaluate, and agree with the jax engine."""

import equinox as eqx
import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin
from molscape.core.frames import Frames
from molscape.core.trajectory import Trajectory
from molscape.simulate import Jax, Lammps, OpenMM, Schedule
from molscape.simulate.evaluation import evaluate
from molscape.simulate.force_callback import is_opaque
from support.opaque import BOX, CHAIN, FLUID, ZIGZAG, fluid

pytest.importorskip("openmm")
pytest.importorskip("lammps")


def states(name, request):
    model = request.getfixturevalue(name)
    if name == "network":
        random = np.random.default_rng(2)
        x = ZIGZAG.positions + 0.02 * random.normal(size=(3, 5, 3))
        return model, CHAIN, Frames(x)
    x = fluid().positions + np.array([0.0, 0.9, -3.0])[:, None, None]
    return model, FLUID, Frames(x, box=np.tile(BOX, (3, 1, 1)))


@pytest.mark.parametrize("engine", [Lammps(), OpenMM()])
@pytest.mark.parametrize("name", ["network", "gaussians"])
def test_energies_forces_and_pressures_are_those_of_jax(name, engine, request):
    model, topology, frames = states(name, request)
    assert is_opaque(model)
    found = evaluate(model, Trajectory.from_frames(topology, frames))
    energies, forces, pressures = found.energies, found.forces, found.pressures
    other = engine.evaluate(model, topology, frames)
    np.testing.assert_allclose(other.energies, energies, rtol=1e-9)
    np.testing.assert_allclose(other.forces, forces, atol=1e-9 * np.abs(forces).max())
    np.testing.assert_allclose(other.pressures, pressures, rtol=1e-6)
    assert np.isnan(pressures).all() == (name == "network")


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
@pytest.mark.parametrize("name", ["network", "gaussians"])
def test_the_same_trajectory_at_constant_energy(engine, name, request):
    model, topology, frames = states(name, request)
    start = frames[0].replace(
        velocities=np.random.default_rng(5).normal(size=frames[0].positions.shape) * 0.3
    )
    call = (model, topology, start, NVE(300.0))
    schedule = Schedule(steps=120, timestep=0.002, every=20, equilibration=10, chunks=2)
    own = Jax(precision="double").run(*call, schedule)
    run = engine(precision="double").run(*call, schedule)
    assert run.blow_up is None
    np.testing.assert_allclose(
        run.trajectory.load().positions, own.trajectory.load().positions, atol=2e-6
    )
    for quantity in ("time", "temperature", "potential_energy", "total_energy", "pressure"):
        np.testing.assert_allclose(
            run.observables[quantity], own.observables[quantity], rtol=2e-4, err_msg=quantity
        )
    if name == "network":
        np.testing.assert_array_equal(run.observables["outside"], own.observables["outside"])
    assert np.ptp(own.observables["potential_energy"]) > 0.01


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
def test_a_run_is_resumed_to_the_bit_and_stops_where_the_data_ends(engine, network, tmp_path):
    narrow = eqx.tree_at(lambda n: n.longest, network, np.asarray(0.3))
    schedule = Schedule(steps=90, timestep=0.002, every=10, chunks=3)
    call = (CHAIN, ZIGZAG, Langevin(300.0, 5.0))
    run = engine().run(narrow, *call, schedule, folder=tmp_path / "whole")
    assert run.outside == 1.0
    (tmp_path / "whole" / "chunk-0002.npz").unlink()
    again = engine().run(narrow, *call, schedule, folder=tmp_path / "whole")
    np.testing.assert_array_equal(
        again.trajectory.load().positions, run.trajectory.load().positions
    )
    watched = Schedule(steps=90, timestep=0.002, every=10, chunks=3, outside_stop=0.2)
    stopped = engine().run(narrow, *call, watched, folder=tmp_path / "stopped")
    assert len(stopped.trajectory) == 3
    assert stopped.blow_up.startswith("100% of the frames of steps 0 to 30 have a feature outside")


@pytest.mark.parametrize("engine", [Lammps, OpenMM])
def test_a_model_that_flies_apart_breaks_the_run_not_the_process(engine, gaussians):
    wild = eqx.tree_at(lambda g: g.height, gaussians, np.asarray(-1e7))
    run = engine().run(
        wild, FLUID, fluid(), Langevin(300.0, 1.0), Schedule(steps=400, timestep=0.05, every=20)
    )
    assert "between step" in run.blow_up
    assert len(run.trajectory) < 20


def test_a_barostat_is_refused_by_lammps_and_works_in_openmm(gaussians):
    ensemble = Langevin(300.0, 1.0, Barostat(20.0))
    schedule = Schedule(steps=60, timestep=0.005, every=20, chunks=1)
    start = fluid().replace(whole=True)
    with pytest.raises(ValueError, match="gaussians runs in LAMMPS through `fix external`, at con"):
        Lammps().run(gaussians, FLUID, start, ensemble, schedule)
    run = OpenMM().run(gaussians, FLUID, start, ensemble, schedule)
    assert np.ptp(run.observables["volume"]) > 0
    energies = evaluate(gaussians, run.trajectory).energies
    np.testing.assert_allclose(run.observables["potential_energy"][:, 0], energies, rtol=1e-4)
