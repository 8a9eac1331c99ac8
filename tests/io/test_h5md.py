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
    opened = molscape.io.read(topology, path)
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


def test_mdtraj_files_are_refused_by_their_name(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["conventions"] = "Pande"
        file["coordinates"] = np.zeros((2, 4, 3))
        file["topology"] = "{}"
    with pytest.raises(ValueError, match=r"HDF5 file of MDTraj, which is no H5MD file"):
        molscape.open(tmp_path / "a.h5")


def test_what_the_format_demands_is_asked_for(tmp_path):
    write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["particles/all/box"].attrs["boundary"] = [b"periodic", b"periodic", b"none"]
    with pytest.raises(ValueError, match="periodic in some directions only"):
        H5mdSource.scan(tmp_path / "a.h5")
    write(tmp_path / "b.h5")
    with h5py.File(tmp_path / "b.h5", "a") as file:
        del file["particles/all/force/step"]
    with pytest.raises(ValueError, match=r"/particles/all/force has no `step`, which H5MD demands"):
        H5mdSource.scan(tmp_path / "b.h5")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["particles/all/position"] = np.zeros((4, 3))
    with pytest.raises(ValueError, match="no positions in three dimensions that vary in time"):
        H5mdSource.scan(tmp_path / "c.h5", "nm")
    write(tmp_path / "d.h5")
    with h5py.File(tmp_path / "d.h5", "a") as file:
        file["particles/all/box/edges/step"][:] += 1
    with pytest.raises(ValueError, match="the box was written at other steps"):
        H5mdSource.scan(tmp_path / "d.h5")


def test_steps_and_times_of_a_fixed_increment(tmp_path):
    arrays = write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        for name in ("box/edges", *arrays):
            element = file[f"particles/all/{name}"]
            del element["step"], element["time"]
            element["step"], element["time"] = 100, 0.5
            element["time"].attrs.update(unit="ps", offset=2.0)
    opened = molscape.open(tmp_path / "a.h5")
    np.testing.assert_allclose(opened.load().times, 2 + 0.5 * np.arange(6))


def extendable(place, name, count, *shape, kind="f8"):
    """A data set to which frames are appended, as the libraries of engines make it."""
    return place.create_dataset(name, (count, *shape), kind, maxshape=(None, *shape), chunks=True)


def test_a_dump_of_lammps(tmp_path):
    """`dump 1 all h5md 100 a.h5 position image force every 2 species`: no units, no masses."""
    rng = np.random.default_rng(0)
    forces = rng.normal(size=(2, 5, 3))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        root = file.create_group("h5md")
        root.attrs["version"] = np.array([1, 1], dtype="i4")
        root.create_group("creator").attrs["name"] = b"lammps"
        place = file.create_group("particles/all")
        box = place.create_group("box")
        box.attrs["dimension"] = 3
        box.attrs["boundary"] = np.array([b"periodic"] * 3, dtype="S9")
        for name, count, width in (("position", 3, 3), ("force", 2, 3), ("species", 3, None)):
            one = place.create_group(name)
            every = 200 if name == "force" else 100
            extendable(one, "value", count, 5, *([width] if width else []))
            extendable(one, "step", count, kind="i4")[:] = every * np.arange(count)
            extendable(one, "time", count)[:] = every * np.arange(count)
        for name in ("image", "box/edges"):
            one = place.create_group(name)
            one["step"], one["time"] = place["position/step"], place["position/time"]
        extendable(place["image"], "value", 3, 5, 3, kind="i4")
        extendable(place["box/edges"], "value", 3, 3)[:] = [20.0, 21.0, 22.0]
        place["force/value"][:] = forces
    topology = Topology.build(["C"] * 5, masses=[12.0] * 5)
    with pytest.raises(ValueError, match="does not state the unit of its positions"):
        molscape.open(topology, tmp_path / "a.h5")
    opened = molscape.io.read(topology, tmp_path / "a.h5", units="real")
    frames = opened.load()
    np.testing.assert_allclose(frames.forces, 41.84 * forces)
    np.testing.assert_allclose(frames.box[1], np.diag([2.0, 2.1, 2.2]))
    np.testing.assert_allclose(frames.times, [0.0, 0.2])
    assert [note.code for note in opened.notes] == ["units", "some_frames"]


def test_a_file_of_espresso(tmp_path):
    """Particles in changing order with `id`, all steps linked to it, one `boundary` for all."""
    rng = np.random.default_rng(1)
    positions = rng.uniform(size=(3, 4, 3))
    ids = np.array([[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
    masses = np.array([72.0, 45.0, 72.0, 45.0])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        root = file.create_group("h5md")
        root.attrs["version"] = np.array([1, 1], dtype="u8")
        root.create_group("creator").attrs["name"] = "ESPResSo"
        place = file.create_group("particles/atoms")
        values = {
            "id": ids,
            "position": np.take_along_axis(positions, ids[:, :, None], axis=1),
            "image": np.zeros((3, 4, 3), dtype="i4"),
            "mass": masses[ids],
            "charge": np.array([1.0, -1.0, 1.0, -1.0])[ids],
            "species": np.array([0, 1, 0, 1])[ids],
            "box/edges": np.full((3, 3), 5.0),
        }
        for name, array in values.items():
            place.create_group(name)["value"] = array
        place["id/step"], place["id/time"] = [0, 10, 20], [0.0, 0.1, 0.2]
        place["box"].attrs.update(dimension=3, boundary="periodic")
        bonds = file.create_group("connectivity/atoms")
        bonds["value"] = np.tile([[0, 1], [2, 3]], (3, 1, 1))
        for one in (bonds, *(place[name] for name in values if name != "id")):
            one["step"], one["time"] = place["id/step"], place["id/time"]
        units = {"position": "nm", "box/edges": "nm", "mass": "u"}
        for name, unit in units.items():
            place[f"{name}/value"].attrs["unit"] = unit
        place["id/time"].attrs["unit"] = "ps"
    opened = molscape.io.read(tmp_path / "a.h5")
    frames = opened.load()
    np.testing.assert_allclose(frames.positions, positions)
    np.testing.assert_allclose(frames.times, [0.0, 0.1, 0.2])
    assert frames.box[0].tolist() == (5 * np.eye(3)).tolist()
    assert opened.topology.bonds.tolist() == [[0, 1], [2, 3]]
    assert opened.topology.masses.tolist() == masses.tolist()
    assert opened.topology.types.tolist() == ["S0", "S1", "S0", "S1"]
    assert opened.topology.charges.tolist() == [1.0, -1.0, 1.0, -1.0]
