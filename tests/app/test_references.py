import numpy as np
import pytest

from molscape.app.reference_blocks import FilesReference, MappingBlock
from molscape.app.references import build_mapping, map_reference, open_reference


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
