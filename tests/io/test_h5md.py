import numpy as np
import pytest

import molscape
from molscape.core.topology import Topology
from molscape.core.units import ELECTRONVOLT
from molscape.io.h5md import H5mdSource

h5py = pytest.importorskip("h5py")
mda = pytest.importorskip("MDAnalysis")

NAMES = {"position": "positions", "velocity": "velocities", "force": "forces"}
UNITS = {"position": "Angstrom", "velocity": "Angstrom fs-1", "force": "eV/Angstrom"}
FACTORS = {"position": 0.1, "velocity": 100.0, "force": ELECTRONVOLT / 0.1}


def element(place, name, values, unit=None, every=1):
    """Write a time-dependent element with explicit steps and times."""
    group = place.create_group(name)
    group["value"] = values
    group["step"] = 100 * every * np.arange(len(values))
    group["time"] = 0.5 * every * np.arange(len(values))
    if unit:
        group["value"].attrs["unit"] = unit
        group["time"].attrs["unit"] = "ps"
    return group


def write(path, units=True, masses=True, force_every=1, boundary="periodic", fixed_box=False):
    """Four waters in six frames; return the arrays in the file's units."""
    rng = np.random.default_rng(0)
    shape = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    centres = np.array([[1, 1, 1], [1, 6, 1], [6, 1, 1], [6, 6, 6.0]])
    base = (centres[:, None] + shape).reshape(-1, 3)
    arrays = {
        "position": base + 0.02 * rng.normal(size=(6, 12, 3)),
        "velocity": 0.001 * rng.normal(size=(6, 12, 3)),
        "force": rng.normal(size=(6, 12, 3)),
    }
    arrays["force"] -= arrays["force"].mean(axis=1, keepdims=True)
    with h5py.File(path, "w") as file:
        file.create_group("h5md").attrs["version"] = [1, 1]
        place = file.create_group("particles/all")
        for name, values in arrays.items():
            every = force_every if name == "force" else 1
            element(place, name, values[::every], UNITS[name] if units else None, every)
        box = place.create_group("box")
        box.attrs["dimension"] = 3
        box.attrs["boundary"] = [boundary.encode()] * 3
        if fixed_box:
            box["edges"] = np.array([10.0, 11.0, 12.0])
        else:
            element(box, "edges", np.tile(np.diag([10.0, 11, 12]), (6, 1, 1)), "Angstrom" * units)
        if masses:
            place["mass"] = np.tile([15.999, 1.008, 1.008], 4)
            place["charge"] = np.tile([-0.8, 0.4, 0.4], 4)
        element(file.create_group("observables"), "potential_energy", np.arange(6.0), "eV" * units)
    return arrays


@pytest.mark.parametrize("fixed_box", [True, False])
def test_particles_forces_and_units_of_the_file(tmp_path, fixed_box):
    arrays = write(tmp_path / "a.h5", fixed_box=fixed_box)
    opened = molscape.open(tmp_path / "a.h5")
    assert opened.fields == {"positions", "velocities", "forces", "box", "times", "energies"}
    assert opened.topology.molecule_names.tolist() == ["H2O"] * 4
    assert opened.topology.charges[:3].tolist() == [-0.8, 0.4, 0.4]
    frames = opened.load()
    for name, inside in NAMES.items():
        expected = FACTORS[name] * arrays[name]
        np.testing.assert_allclose(getattr(frames, inside), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(frames.box[2], np.diag([1.0, 1.1, 1.2]))
    np.testing.assert_allclose(frames.times, 0.5 * np.arange(6))
    np.testing.assert_allclose(frames.energies, ELECTRONVOLT * np.arange(6))
    assert any("forces in eV/Angstrom" in note for note in opened.notes)


def test_frames_in_any_order_are_the_same(tmp_path):
    write(tmp_path / "a.h5")
    source = H5mdSource.scan(tmp_path / "a.h5")
    every = source.read(range(6))
    for part in (range(1, 6, 2), range(5, -1, -1), range(2, 4)):
        read = source.read(part)
        np.testing.assert_array_equal(read.forces, every.forces[list(part)])
        np.testing.assert_array_equal(read.box, every.box[list(part)])
        np.testing.assert_array_equal(read.energies, every.energies[list(part)])
    assert len(source.read(range(0))) == 0


def test_frames_with_forces_are_served(tmp_path):
    arrays = write(tmp_path / "a.h5", force_every=2)
    source = H5mdSource.scan(tmp_path / "a.h5")
    assert source.n_frames == 3
    read = source.read(range(3))
    np.testing.assert_allclose(read.positions, 0.1 * arrays["position"][::2])
    np.testing.assert_allclose(read.forces, FACTORS["force"] * arrays["force"][::2])
    np.testing.assert_allclose(read.times, [0, 1, 2])
    assert "3 of 6 frames carry" in source.notes[1]


def test_mdanalysis_writes_what_is_read(mdanalysis_files):
    units = {
        "lengthunit": "nm",
        "timeunit": "fs",
        "velocityunit": "Angstrom/ps",
        "forceunit": "kcal/(mol*Angstrom)",
    }
    (path,), written = mdanalysis_files("h5md", velocities=True, forces=True, **units)
    topology = Topology.build(["C"] * 30, masses=[12.0] * 30)
    opened = molscape.open(topology, path, whole=False, check=False)
    frames = opened.load()
    for name, values in written.items():
        np.testing.assert_allclose(getattr(frames, name), values, rtol=1e-5, atol=1e-6)
    with mda.coordinates.H5MD.H5MDReader(str(path)) as oracle:
        np.testing.assert_allclose(frames.box[3], oracle[3].triclinic_dimensions / 10, atol=1e-6)


def test_units_that_are_not_stated_must_be_given(tmp_path):
    arrays = write(tmp_path / "a.h5", units=False)
    with pytest.raises(ValueError, match="does not state the unit of its positions: say it by"):
        molscape.open(tmp_path / "a.h5")
    opened = molscape.open(tmp_path / "a.h5", units="metal")
    np.testing.assert_allclose(opened.load().forces, FACTORS["force"] * arrays["force"])
    np.testing.assert_allclose(opened[0].box[0], np.diag([1.0, 1.1, 1.2]))
    write(tmp_path / "b.h5")
    with pytest.raises(ValueError, match=r"states its units .* leave `units` out"):
        molscape.open(tmp_path / "b.h5", units="metal")


def test_particles_in_changing_order_are_sorted(tmp_path):
    arrays = write(tmp_path / "a.h5")
    rng = np.random.default_rng(2)
    orders = np.array([rng.permutation(12) for _ in range(6)])
    with h5py.File(tmp_path / "a.h5", "a") as file:
        place = file["particles/all"]
        for name in arrays:
            place[name]["value"][:] = np.take_along_axis(arrays[name], orders[:, :, None], axis=1)
        element(place, "id", orders)
        place["mass"][:] = place["mass"][:][orders[0]]
        place["charge"][:] = place["charge"][:][orders[0]]
    opened = molscape.open(tmp_path / "a.h5")
    np.testing.assert_allclose(opened.load().forces, FACTORS["force"] * arrays["force"])
    assert opened.topology.elements[:3].tolist() == ["O", "H", "H"]


def test_beads_are_named_by_species_and_bonds_are_read(tmp_path):
    write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        place = file["particles/all"]
        place["mass"][:] = np.tile([72.0, 45.0, 45.0], 4)
        place["species"] = np.tile([0, 1, 1], 4)
        file["connectivity/bonds"] = [[0, 1], [0, 2], [3, 4], [3, 5]]
    topology = molscape.open(tmp_path / "a.h5").topology
    assert topology.types[:3].tolist() == ["S0", "S1", "S1"]
    assert topology.molecules[:7].tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_without_a_boundary_there_is_no_box(tmp_path):
    write(tmp_path / "a.h5", boundary="none")
    assert "box" not in H5mdSource.scan(tmp_path / "a.h5").fields


def test_other_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "a.h5"
    write(path, masses=False)
    with pytest.raises(ValueError, match=r"has no masses .* give a topology first"):
        molscape.open(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ValueError, match="truncated or damaged HDF5 file"):
        molscape.open(path)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(ValueError, match=r"no H5MD file .AMBER's NetCDF-4"):
        molscape.open(tmp_path / "b.h5")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        for name in ("solute", "solvent"):
            element(file.create_group(f"particles/{name}"), "position", np.zeros((1, 2, 3)), "nm")
    with pytest.raises(ValueError, match=r"2 groups of particles .solute, solvent."):
        molscape.open(tmp_path / "c.h5")
