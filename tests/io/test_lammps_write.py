import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.lammps_data import read_lammps_data
from molscape.io.lammps_dump import DumpSource
from molscape.io.lammps_write import lammps_types, write_lammps_data

BOXES = {
    "orthorhombic": [[1.9, 0, 0], [0, 2.0, 0], [0, 0, 2.1]],
    "triclinic": [[1.9, 0, 0], [0.5, 2.0, 0], [-0.4, 0.3, 2.1]],
}
SCRIPT = """
units {units}
atom_style full
read_data in.data
pair_style lj/cut/coul/cut 6.0
pair_coeff * * 0.1 2.5
bond_style harmonic
bond_coeff * 50 1.0
angle_style harmonic
angle_coeff * 5 100
dump a all custom 1 a.dump id type mol x y z ix iy iz vx vy vz fx fy fz
dump b all custom 1 b.dump id type xu yu zu fx fy fz
dump c all custom 1 c.dump id xs ys zs
dump d all custom 1 d.dump id xsu ysu zsu
dump_modify a format float %.12g units yes time yes sort off
dump_modify b format float %.12g
dump_modify c format float %.12g
dump_modify d format float %.12g
timestep {step}
fix 1 all nve
run 3
write_data out.data
"""


@pytest.fixture(scope="module")
def lammps():
    found = shutil.which("lmp") or shutil.which("lmp", path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip("no LAMMPS executable `lmp`: install molscape[lammps]")
    return found


def water(box, seed=5):
    """27 waters on a grid, some of them cut by the boundary, with velocities."""
    rng = np.random.default_rng(seed)
    shape = np.array([[0, 0, 0], [0.09, 0.03, 0], [-0.03, 0.09, 0.0]])
    grid = np.stack(np.meshgrid(*3 * [np.arange(3) / 3], indexing="ij"), -1).reshape(-1, 3)
    centres = grid @ np.array(box) + rng.uniform(-0.05, 0.05, (27, 3))
    positions = (centres[:, None] + shape).reshape(1, 81, 3)
    first = 3 * np.arange(27)
    topology = Topology.build(
        ["OW", "HW1", "HW2"] * 27,
        masses=[15.999, 1.008, 1.008] * 27,
        types=["OW", "HW", "HW"] * 27,
        charges=[-0.8, 0.4, 0.4] * 27,
        molecules=np.repeat(np.arange(27), 3),
        bonds=np.concatenate([np.stack([first, first + k], 1) for k in (1, 2)]),
        angles=np.stack([first + 1, first, first + 2], 1),
    )
    velocities = rng.normal(size=(1, 81, 3)) * 0.3
    return topology, Frames(positions, box=np.array(box)[None], velocities=velocities)


def test_types_are_sorted_and_direction_does_not_matter():
    topology, _ = water(BOXES["orthorhombic"])
    swapped = topology.replace(bonds=topology.bonds[:, ::-1])
    for case in (topology, swapped):
        types = lammps_types(case)
        assert types.atoms == ("HW", "OW")
        assert types.bonds == (("HW", "OW"),)
        assert types.angles == (("HW", "OW", "HW"),)
        assert types.dihedrals == ()


@pytest.mark.parametrize("units", ["real", "metal"])
@pytest.mark.parametrize("shape", BOXES)
def test_round_trip_without_an_engine(tmp_path, shape, units):
    topology, frames = water(BOXES[shape])
    write_lammps_data(tmp_path / "w.data", topology, frames, units=units)
    back = read_lammps_data(tmp_path / "w.data", units=units)
    np.testing.assert_allclose(back[0].positions, frames.positions, atol=1e-10)
    np.testing.assert_allclose(back[0].velocities, frames.velocities, rtol=1e-10)
    np.testing.assert_allclose(back[0].box, frames.box, atol=1e-10)
    for name in ("types", "masses", "charges", "molecules", "bonds", "angles"):
        assert getattr(back.topology, name).tolist() == getattr(topology, name).tolist(), name
    assert back.topology.elements.tolist() == ["O", "H", "H"] * 27
    assert set(back.topology.molecule_names) == {"H2O"}


@pytest.mark.parametrize("units", ["real", "metal"])
@pytest.mark.parametrize("shape", BOXES)
def test_lammps_reads_the_file_and_its_dumps_are_read(tmp_path, lammps, shape, units):
    topology, frames = water(BOXES[shape])
    write_lammps_data(tmp_path / "in.data", topology, frames, units=units)
    step = {"real": 0.5, "metal": 0.0005}[units]
    (tmp_path / "in.lmp").write_text(SCRIPT.format(units=units, step=step))
    done = subprocess.run(
        [lammps, "-in", "in.lmp", "-log", "none", "-screen", "none"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    source = DumpSource.scan(tmp_path / "a.dump")
    assert source.units.name.startswith(f"LAMMPS {units}")
    assert source.fields == {"positions", "velocities", "forces", "box", "times"}
    first = source.read(range(1))
    assert first.unwrapped
    np.testing.assert_allclose(first.positions, frames.positions, atol=1e-9)
    np.testing.assert_allclose(first.velocities, frames.velocities, rtol=1e-9)
    np.testing.assert_allclose(first.box, frames.box, atol=1e-9)
    np.testing.assert_allclose(source.read(range(4)).times, 0.0005 * np.arange(4), rtol=1e-12)
    # Newton's second law ties the units of force, velocity, mass and time together.
    moved = source.read(range(4))
    change = np.diff(moved.velocities, axis=0) * topology.masses[:, None]
    mean_force = (moved.forces[1:] + moved.forces[:-1]) / 2
    np.testing.assert_allclose(change / 0.0005, mean_force, atol=1e-5 * np.abs(mean_force).max())
    for name, unwrapped in (("b", True), ("c", False), ("d", True)):
        other = DumpSource.scan(tmp_path / f"{name}.dump", units=units, timestep=0.0005)
        block = other.read(range(4))
        assert block.unwrapped == unwrapped
        shift = (block.positions - moved.positions) @ np.linalg.inv(frames.box[0])
        if unwrapped:
            np.testing.assert_allclose(shift, 0, atol=1e-8)
        np.testing.assert_allclose(shift, np.round(shift), atol=1e-8)
        np.testing.assert_allclose(block.times, moved.times, rtol=1e-9)
    end = read_lammps_data(tmp_path / "out.data", units=units)
    np.testing.assert_allclose(end[0].positions, moved.positions[3:], atol=1e-9)
    np.testing.assert_allclose(end[0].velocities, moved.velocities[3:], rtol=1e-9)
    assert end.topology.bonds.shape == topology.bonds.shape
    assert end.topology.types.tolist() == (
        ["2", "1", "1"] * 27 if "2" in end.topology.types else ["OW", "HW", "HW"] * 27
    )


def test_without_a_box_one_is_drawn_around(tmp_path):
    topology, frames = water(BOXES["orthorhombic"])
    write_lammps_data(tmp_path / "w.data", topology, frames.replace(box=None))
    back = read_lammps_data(tmp_path / "w.data")[0]
    size = np.ptp(frames.positions[0], axis=0) + 2.0
    np.testing.assert_allclose(np.diagonal(back.box[0]), size, atol=1e-9)


def test_massless_particles_and_several_frames_are_refused(tmp_path):
    topology, frames = water(BOXES["orthorhombic"])
    masses = topology.masses.copy()
    masses[0] = 0
    with pytest.raises(ValueError, match="one positive mass for each type"):
        write_lammps_data(tmp_path / "w.data", topology.replace(masses=masses), frames)
    twice = Frames.concatenate([frames, frames])
    with pytest.raises(ValueError, match=r"select one, frames\[0\]"):
        write_lammps_data(tmp_path / "w.data", topology, twice)
