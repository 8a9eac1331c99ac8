import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.trr import write_trr
from molscape.potentials import HarmonicBonds
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.reference import FilesReference, StudyReference
from molscape.studies.parts.models import Model, save_model
from molscape.studies.parts.references import build_mapping, map_reference, open_reference


def quiet(*_):
    pass


def opened(folder, **more):
    block = FilesReference(topology="conf.gro", trajectory="traj.trr", temperature=130, **more)
    return open_reference(block, folder, folder / "run", 0, quiet)


def test_frames_are_selected(fluid):
    assert len(opened(fluid).trajectory) == 60
    assert len(opened(fluid, frames="::4").trajectory) == 15
    with pytest.raises(ValueError, match="selects none of the 60 frames"):
        opened(fluid, frames="60:")


def test_beads_are_written_once_and_read_again(fluid, fluid_frames, monkeypatch):
    atoms = opened(fluid)
    mapping = build_mapping(MappingBlock(preset="com"), atoms.trajectory)
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
    mapping = build_mapping(MappingBlock(preset="com"), atoms.trajectory)
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
    atoms = open_reference(block, shared_data, shared_data, 0, quiet)
    mapping = build_mapping(MappingBlock(preset="com"), atoms.trajectory)
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
    mapping = build_mapping(MappingBlock(preset="atoms"), trajectory)
    for _ in range(2):
        beads = map_reference(trajectory, mapping, tmp_path, "a", quiet)
        assert "energies" in beads.fields
        assert np.allclose(beads.load().energies, energies + 2.9e6, atol=1e-6)
        assert np.allclose(beads[::2][1].energies, -1.0)
    com = build_mapping(MappingBlock(preset="com"), trajectory)
    assert "energies" not in map_reference(trajectory, com, tmp_path, "b", quiet).fields


def test_the_run_of_a_model_is_a_reference_with_its_forces(tmp_path):
    topology = Topology.build(
        ["A", "B"], masses=[1.0, 2.0], molecules=[0, 0], bonds=np.array([[0, 1]])
    )
    bond = HarmonicBonds(types=("A-B",), stiffness=[1000.0], length=[0.2])
    folder = tmp_path / "study" / "models" / "net"
    save_model(Model("net", bond, topology, 310.0, None), folder)
    x = np.zeros((3, 2, 3))
    x[:, 1, 0] = [0.2, 0.21, 0.18]
    write_trr(folder / "trajectory.trr", Frames(positions=x, whole=True))
    block = StudyReference(study="study", model="net")
    atoms = open_reference(block, tmp_path, tmp_path / "run", 0, quiet)
    assert atoms.state.temperature == 310.0
    found = atoms.trajectory.load()
    assert np.allclose(found.forces[:, 1, 0], [0, -10.0, 20.0], atol=1e-3)
    assert np.allclose(found.energies, [0, 0.05, 0.2], atol=1e-4)
    wrong = StudyReference(study="study", model="spline")
    with pytest.raises(FileNotFoundError, match="no run of a model 'spline'; it has net"):
        open_reference(wrong, tmp_path, tmp_path / "run", 0, quiet)
