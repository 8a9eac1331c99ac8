import numpy as np
import pytest

from molscape.core.units import ELECTRONVOLT
from molscape.io.deepmd import DeepmdSource


def system(folder, counts=(3, 2), seed=0, kinds="0\n1\n1\n", forces=True):
    rng = np.random.default_rng(seed)
    folder.mkdir()
    (folder / "type.raw").write_text(kinds)
    (folder / "type_map.raw").write_text("O\nH\n")
    atoms = len(kinds.split())
    shape = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]).ravel()
    arrays = []
    for k, count in enumerate(counts):
        path = folder / f"set.{k:03d}"
        path.mkdir()
        data = {
            "coord": shape[: 3 * atoms] + rng.normal(size=(count, 3 * atoms)) * 0.01,
            "force": rng.normal(size=(count, 3 * atoms)),
            "energy": rng.normal(size=count),
            "box": np.tile(10 * np.eye(3).ravel(), (count, 1)),
        }
        for name, values in data.items():
            if forces or name != "force":
                np.save(path / f"{name}.npy", values.astype(np.float32))
        arrays.append(data)
    return {name: np.concatenate([a[name] for a in arrays]) for name in arrays[0]}


def test_sets_and_systems_are_joined(tmp_path):
    parts = [system(tmp_path / "b", seed=1), system(tmp_path / "c", (1,), seed=2)]
    source = DeepmdSource.scan(tmp_path)
    assert source.n_frames == 6
    assert source.fields == {"positions", "forces", "energies", "box"}
    data = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    read = source.read(range(5, -1, -2))
    wanted = [5, 3, 1]
    np.testing.assert_allclose(
        read.positions, data["coord"][wanted].reshape(3, 3, 3) / 10, rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(
        read.forces, data["force"][wanted].reshape(3, 3, 3) * 10 * ELECTRONVOLT, rtol=1e-6
    )
    np.testing.assert_allclose(read.energies, data["energy"][wanted] * 96.48533212, rtol=1e-6)
    np.testing.assert_allclose(read.box, np.tile(np.eye(3), (3, 1, 1)))
    topology, notes = source.guessed
    assert topology.bonds.tolist() == [[0, 1], [0, 2]]
    assert topology.names.tolist() == ["O", "H1", "H2"]
    assert topology.types.tolist() == ["O", "H", "H"]
    assert topology.molecule_names.tolist() == ["H2O"]
    assert "guessed" in notes[1]


def test_no_forces_and_no_box(tmp_path):
    system(tmp_path / "a", forces=False)
    (tmp_path / "a" / "nopbc").write_text("")
    source = DeepmdSource.scan(tmp_path / "a")
    assert source.fields == {"positions", "energies"}
    assert source.read(range(2)).box is None


def test_what_does_not_fit_is_refused(tmp_path):
    system(tmp_path / "a")
    system(tmp_path / "b", kinds="0\n1\n")
    with pytest.raises(ValueError, match="differ in their atoms"):
        DeepmdSource.scan(tmp_path)
    np.save(tmp_path / "a" / "set.000" / "force.npy", np.zeros((2, 9)))
    with pytest.raises(ValueError, match="holds 18 numbers, expected 3 x 9"):
        DeepmdSource.scan(tmp_path / "a")
    (tmp_path / "a" / "type_map.raw").write_text("O\n")
    with pytest.raises(ValueError, match=r"lists 1 elements, and types go from 0 to 1"):
        DeepmdSource.scan(tmp_path / "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="is no DeePMD folder"):
        DeepmdSource.scan(tmp_path / "empty")


def test_ab_initio_water(shared_data):
    folder = shared_data / "water-aimd"
    source = DeepmdSource.scan(folder)
    assert source.n_frames == 400
    assert source.n_particles == 192
    topology, _ = source.guessed
    assert topology.n_molecules == 64
    assert np.bincount(topology.molecules).tolist() == [3] * 64
    assert set(topology.molecule_names) == {"H2O"}
    frames = source.read(range(400))
    net = frames.forces.sum(axis=1) / (10 * ELECTRONVOLT)
    assert 0.3 < np.abs(net).max() < 0.4
    np.testing.assert_allclose(frames.box[:, 0, 0], 1.24447, atol=1e-4)


def mixed(folder, types):
    system(folder, counts=(2,), kinds="0\n0\n0\n")
    np.save(folder / "set.000" / "real_atom_types.npy", np.array(types))
    return folder


def test_types_of_a_mixed_folder_are_those_of_its_sets(tmp_path):
    source = DeepmdSource.scan(mixed(tmp_path / "a", [[0, 1, 1], [0, 1, 1]]))
    assert source.elements == ("O", "H", "H")
    with pytest.raises(ValueError, match=r"real_atom_types\.npy: the types of frame 1 differ"):
        DeepmdSource.scan(mixed(tmp_path / "b", [[0, 1, 1], [1, 0, 1]]))


def test_types_that_no_atom_has_need_no_element(tmp_path):
    system(tmp_path / "a")
    (tmp_path / "a" / "type_map.raw").write_text("O H Xx\n")
    assert DeepmdSource.scan(tmp_path / "a").elements == ("O", "H", "H")
    (tmp_path / "a" / "type_map.raw").write_text("O Xx H\n")
    with pytest.raises(ValueError, match="Xx are no chemical elements"):
        DeepmdSource.scan(tmp_path / "a")


def test_a_missing_box_and_a_damaged_array_are_named(tmp_path):
    system(tmp_path / "a")
    (tmp_path / "a" / "set.001" / "box.npy").unlink()
    told = r"set\.001/box\.npy: give it, or an empty file `nopbc`"
    with pytest.raises(FileNotFoundError, match=told):
        DeepmdSource.scan(tmp_path / "a")
    (tmp_path / "a" / "nopbc").touch()
    assert "box" not in DeepmdSource.scan(tmp_path / "a").fields
    (tmp_path / "a" / "set.000" / "force.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match=r"force\.npy is no array of numbers or damaged"):
        DeepmdSource.scan(tmp_path / "a")
