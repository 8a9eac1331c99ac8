import numpy as np

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io import TrrSource, write_gro
from molscape.simulate import Jax, Schedule
from molscape.studies.parts.trajectories import read_start, write_run
from support.studies import FLUID, TEMPERATURE


def test_a_run_is_written_whole_with_its_replicas(fluid_frames, tmp_path):
    topology, frames = fluid_frames
    start = frames[np.array([0, 30])].replace(forces=None, times=None)
    schedule = Schedule(steps=40, every=10, chunks=2)
    run = Jax().run(FLUID, topology, start, Langevin(TEMPERATURE), schedule)
    target = write_run(run, tmp_path)
    source = TrrSource.scan(target)
    assert source.n_frames == 8
    kept = run.trajectory.load()
    assert np.allclose(source.read(range(8)).positions, kept.positions, atol=1e-6)
    again = read_start(tmp_path / "trajectory.gro", topology)
    assert np.allclose(again.positions[0], kept.positions[0], atol=1e-3)


def test_a_bead_that_is_no_atom_can_be_started_from(tmp_path):
    topology = Topology.build(["W", "W"], masses=[18.0, 18.0])
    frames = Frames(positions=np.array([[[0.1, 0.1, 0.1], [0.5, 0.5, 0.5]]]), whole=True)
    write_gro(tmp_path / "w.gro", topology, frames)
    assert read_start(tmp_path / "w.gro", topology).n_particles == 2
