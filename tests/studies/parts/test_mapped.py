import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.atoms import Place
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.reference import FilesReference
from molscape.studies.parts.learning import Learning
from molscape.studies.parts.mapped import map_reference


def quiet(*_):
    pass


def opened(folder):
    block = FilesReference(topology="conf.gro", trajectory="traj.trr", temperature=130)
    return block.open(Place(folder))


def test_beads_are_written_once_and_read_again(fluid, fluid_frames, monkeypatch):
    atoms = opened(fluid)
    mapping = MappingBlock(preset="com").build(atoms.trajectory, Learning())
    folder = fluid / "mapping"
    beads = map_reference(atoms.trajectory, mapping, folder, "a", quiet)
    assert np.allclose(beads.load().forces, fluid_frames[1].forces, rtol=1e-5, atol=1e-3)
    before = (folder / "beads.trr").stat().st_mtime_ns
    map_reference(atoms.trajectory, mapping, folder, "a", quiet)
    assert (folder / "beads.trr").stat().st_mtime_ns == before
    map_reference(atoms.trajectory[:10], mapping, folder, "b", quiet)
    assert (folder / "beads.trr").stat().st_mtime_ns != before


def test_beads_that_were_cut_are_written_again(fluid):
    atoms = opened(fluid)
    mapping = MappingBlock(preset="com").build(atoms.trajectory, Learning())
    folder = fluid / "mapping"
    first = map_reference(atoms.trajectory, mapping, folder, "a", quiet).load()
    whole = (folder / "beads.trr").read_bytes()
    (folder / "beads.trr").write_bytes(whole[: len(whole) // 2])
    again = map_reference(atoms.trajectory, mapping, folder, "a", quiet).load()
    assert np.array_equal(again.positions, first.positions)
    assert (folder / "beads.trr").read_bytes() == whole


def test_ab_initio_water_maps_and_fits(shared_data):
    from molscape import potentials
    from molscape.core.state import State
    from molscape.fit import linear
    from molscape.objectives import ForceMatching

    block = FilesReference(
        topology=str(shared_data / "water-aimd"), temperature=300, remove_net_force=True
    )
    atoms = block.open(Place(shared_data))
    mapping = MappingBlock(preset="com").build(atoms.trajectory, Learning())
    beads = mapping(atoms.trajectory)
    assert len(beads.topology) == 64
    spline = potentials.PairSpline(start=0.24, cutoff=0.62, spacing=0.02, pairs=(("H2O", "H2O"),))
    fit = linear(spline, ForceMatching(), [(beads, State(300.0))])
    r = np.arange(0.26, 0.6, 0.01)
    energy, _ = fit.potential.tabulate(r, ("H2O", "H2O"))
    assert 0.4 < fit.force_loss.explained < 0.55
    assert r[np.argmin(energy)] == pytest.approx(0.41, abs=0.03)


def test_energies_of_atoms_stay_with_them_less_their_mean(tmp_path):
    atoms = Topology.build(["A", "B"], masses=[1.0, 2.0], molecules=[0, 0])
    box = np.broadcast_to(np.eye(3), (5, 3, 3)).copy()
    energies = -2.9e6 + np.array([1.0, 0.25, -1.0, 0.5, -0.75])
    x = np.random.default_rng(0).uniform(size=(5, 2, 3))
    frames = Frames(positions=x, box=box, forces=x, energies=energies, whole=True)
    trajectory = Trajectory.from_frames(atoms, frames)
    mapping = MappingBlock(preset="atoms").build(trajectory, Learning())
    for _ in range(2):
        beads = map_reference(trajectory, mapping, tmp_path, "a", quiet)
        assert "energies" in beads.fields
        assert np.allclose(beads.load().energies, energies + 2.9e6, atol=1e-6)
        assert np.allclose(beads[::2][1].energies, -1.0)
    com = MappingBlock(preset="com").build(trajectory, Learning())
    assert "energies" not in map_reference(trajectory, com, tmp_path, "b", quiet).fields
