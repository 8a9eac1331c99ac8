import numpy as np
import pytest

import molscape
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.gro import write_gro
from molscape.io.npy import NpySource


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "positions": rng.uniform(size=(6, 4, 3)),
        "forces": 1000 * rng.normal(size=(6, 4, 3)),
        "velocities": rng.normal(size=(6, 4, 3)),
        "box": np.tile(np.diag([2.0, 2.1, 2.2]), (6, 1, 1)),
        "energies": rng.normal(size=6),
        "times": np.arange(6) * 0.5,
    }
    arrays["forces"] -= arrays["forces"].mean(axis=1, keepdims=True)
    (tmp_path / "data").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "data" / f"{name}.npy", array)
    topology = Topology.build(["OW"] * 4, masses=[16.0] * 4, residue_names=["O"] * 4)
    write_gro(tmp_path / "conf.gro", topology, Frames(arrays["positions"][:1]))
    return tmp_path, arrays


def test_arrays_are_frames(folder):
    path, arrays = folder
    for trajectory in (path / "data", path / "data" / "positions.npy"):
        opened = molscape.open(path / "conf.gro", trajectory)
        assert opened.fields == set(arrays)
        frames = opened.load()
        for name, array in arrays.items():
            np.testing.assert_allclose(getattr(frames, name), array, rtol=1e-12)
    assert any("in nm, ps, kJ/mol, assumed; say `units=`" in note for note in opened.notes)
    part = NpySource.scan(path / "data").read(range(5, 0, -2))
    np.testing.assert_array_equal(part.forces, arrays["forces"][[5, 3, 1]])


def test_units_may_be_given(folder):
    path, arrays = folder
    read = NpySource.scan(path / "data", units="real").read(range(2))
    np.testing.assert_allclose(read.positions, arrays["positions"][:2] / 10)
    np.testing.assert_allclose(read.forces, arrays["forces"][:2] * 41.84)
    np.testing.assert_allclose(read.velocities, arrays["velocities"][:2] * 100)
    np.testing.assert_allclose(read.energies, arrays["energies"][:2] * 4.184)
    np.testing.assert_allclose(read.times, arrays["times"][:2] / 1000)
    np.testing.assert_allclose(read.box[0], np.diag([0.2, 0.21, 0.22]))


@pytest.mark.parametrize(
    "box",
    [
        np.tile([2.0, 2.1, 2.2], (6, 1)),
        np.array([2.0, 2.1, 2.2]),
        np.diag([2.0, 2.1, 2.2]),
        np.tile(np.diag([2.0, 2.1, 2.2]).ravel(), (6, 1)),
    ],
)
def test_shapes_of_boxes_and_flat_rows(folder, box):
    path, arrays = folder
    np.save(path / "data" / "box.npy", box)
    np.save(path / "data" / "forces.npy", arrays["forces"].reshape(6, 12))
    read = NpySource.scan(path / "data").read(range(1, 4))
    np.testing.assert_allclose(read.box, arrays["box"][1:4])
    np.testing.assert_allclose(read.forces, arrays["forces"][1:4])


def test_what_does_not_fit_is_refused(folder):
    path, arrays = folder
    np.save(path / "data" / "forces.npy", arrays["forces"][:4])
    with pytest.raises(ValueError, match=r"forces.npy has shape \(4, 4, 3\), expected \(6, 4, 3\)"):
        NpySource.scan(path / "data")
    np.save(path / "data" / "forces.npy", arrays["forces"])
    raw = (path / "data" / "positions.npy").read_bytes()
    (path / "data" / "positions.npy").write_bytes(raw[:-9])
    with pytest.raises(ValueError, match="is truncated or no array"):
        NpySource.scan(path / "data")
    np.save(path / "data" / "positions.npy", np.zeros((6, 4, 2)))
    with pytest.raises(ValueError, match=r"expected \(frame, atom, 3\)"):
        NpySource.scan(path / "data")
    with pytest.raises(ValueError, match="give the topology first"):
        molscape.open(path / "data")
