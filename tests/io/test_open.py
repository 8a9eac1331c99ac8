import logging
import tracemalloc

import numpy as np
import pytest

import molscape
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io import open as open_files
from molscape.io import prepare, read
from molscape.io.gro import read_gro, write_gro
from molscape.io.lammps_write import write_lammps_data
from molscape.io.trr import write_trr

SHAPE = np.array([[0, 0, 0], [0.1, 0, 0], [-0.0333, 0.0943, 0]])
BOX = np.array([[2.0, 0, 0], [0.3, 2.0, 0], [-0.2, 0.4, 2.0]])


def water(n_frames=6, per_side=4, rigid=True, seed=0):
    """Rigid waters on a grid, turned at random, wrapped atom by atom; forces sum to zero."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*3 * [np.arange(per_side)], indexing="ij"), -1).reshape(-1, 3)
    n = len(grid)
    turn = np.linalg.qr(rng.normal(size=(n_frames, n, 3, 3)))[0]
    shape = SHAPE + (0 if rigid else 0.003) * rng.normal(size=(n_frames, n, 3, 3))
    centres = (grid / per_side) @ BOX + rng.uniform(-0.02, 0.02, (n_frames, n, 3))
    positions = (centres[:, :, None] + shape @ turn).reshape(n_frames, 3 * n, 3)
    fractions = positions @ np.linalg.inv(BOX)
    positions = (fractions - np.floor(fractions)) @ BOX
    forces = rng.normal(size=positions.shape) * 1000.0
    forces -= forces.mean(axis=1, keepdims=True)
    topology = Topology.build(
        ["OW", "HW1", "HW2"] * n,
        types=["OW", "HW", "HW"] * n,
        masses=[15.999, 1.008, 1.008] * n,
        residue_names=["SOL"] * 3 * n,
        molecules=np.repeat(np.arange(n), 3),
    )
    box = np.tile(BOX, (n_frames, 1, 1))
    frames = Frames(positions, box=box, forces=forces, times=np.arange(n_frames) * 0.5)
    return topology, frames


def write_dump(path, topology, frames, factor=41.84):
    number = {"HW": 1, "OW": 2}
    low = [min(0, BOX[1, 0], BOX[2, 0], BOX[1, 0] + BOX[2, 0]), min(0, BOX[2, 1]), 0]
    high = [max(0, BOX[1, 0], BOX[2, 0], BOX[1, 0] + BOX[2, 0]), max(0, BOX[2, 1]), 0]
    tilts = [BOX[1, 0], BOX[2, 0], BOX[2, 1]]
    with path.open("w") as file:
        for k in range(len(frames)):
            file.write(f"ITEM: TIMESTEP\n{k * 500}\nITEM: NUMBER OF ATOMS\n{len(topology)}\n")
            file.write("ITEM: BOX BOUNDS xy xz yz pp pp pp\n")
            for a in range(3):
                ends = 10 * low[a], 10 * (BOX[a, a] + high[a]), 10 * tilts[a]
                file.write(" ".join(f"{x:.10g}" for x in ends) + "\n")
            file.write("ITEM: ATOMS id type x y z fx fy fz\n")
            for i in range(len(topology)):
                x, f = 10 * frames.positions[k, i], frames.forces[k, i] / factor
                numbers = " ".join(f"{v:.10g}" for v in [*x, *f])
                file.write(f"{i + 1} {number[topology.types[i]]} {numbers}\n")


@pytest.fixture
def gromacs(tmp_path):
    topology, frames = water()
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "traj.trr", frames)
    return tmp_path, topology, frames


def check_water(opened, topology, frames, forces=True):
    assert len(opened) == len(frames)
    read = opened.load()
    assert read.whole
    for m in range(topology.n_molecules):
        inside = read.positions[:, 3 * m : 3 * m + 3]
        lengths = np.linalg.norm(inside[:, 1:] - inside[:, :1], axis=2)
        np.testing.assert_allclose(lengths, 0.1, atol=2e-5)
    lattice = (read.positions - frames.positions) @ np.linalg.inv(BOX)
    np.testing.assert_allclose(lattice, np.round(lattice), atol=1e-5)
    if forces:
        np.testing.assert_allclose(read.forces, frames.forces, rtol=1e-5, atol=1e-2)
    assert len(opened.topology.bonds) in (0, 2 * topology.n_molecules)
    assert len(opened.topology.constraints) == 3 * topology.n_molecules
    assert any("taken for constraints" in note for note in opened.notes)


def test_gro_and_trr(gromacs):
    folder, topology, frames = gromacs
    opened = molscape.open(folder / "conf.gro", folder / "traj.trr")
    check_water(opened, topology, frames)
    np.testing.assert_allclose(opened.load().times, frames.times)
    assert not [note for note in opened.notes if note.startswith("warning")]


def test_bonds_are_guessed_for_mappings_only_if_asked_for(gromacs, tmp_path):
    folder, topology, frames = gromacs
    assert molscape.open(folder / "conf.gro").topology.bonds_guessed
    asked = molscape.open(folder / "conf.gro", folder / "traj.trr", guess_bonds=True)
    assert not asked.topology.bonds_guessed
    assert len(asked.topology.bonds) == 2 * topology.n_molecules
    assert any("guessed from distances, as asked for" in note for note in asked.notes)
    # A file that is silent about bonds gets them, one that states them is refused.
    write_lammps_data(tmp_path / "w.data", topology.replace(bonds=topology.bonds[:0]), frames[0])
    data = molscape.open(tmp_path / "w.data", guess_bonds=True)
    assert len(data.topology.bonds) == 2 * topology.n_molecules
    with pytest.raises(ValueError, match="states its bonds: leave `guess_bonds` out"):
        molscape.open(
            topology.replace(bonds=asked.topology.bonds), folder / "traj.trr", guess_bonds=True
        )


def test_data_and_dump(tmp_path):
    topology, frames = water()
    write_lammps_data(tmp_path / "w.data", topology, frames[0])
    write_dump(tmp_path / "w.dump", topology, frames)
    opened = open_files(tmp_path / "w.data", tmp_path / "w.dump", timestep=0.001)
    check_water(opened, topology, frames)
    np.testing.assert_allclose(opened.load().times, frames.times)
    assert any("units LAMMPS real" in note and "assumed" in note for note in opened.notes)
    assert not [note for note in opened.notes if note.startswith("warning")]


def test_gro_and_dump(tmp_path):
    topology, frames = water()
    write_gro(tmp_path / "w.gro", topology, frames[0])
    write_dump(tmp_path / "w.dump", topology, frames)
    check_water(open_files(tmp_path / "w.gro", tmp_path / "w.dump"), topology, frames)


def test_wrong_units_are_noticed(tmp_path, caplog):
    topology, frames = water()
    write_lammps_data(tmp_path / "w.data", topology, frames[0])
    write_dump(tmp_path / "w.dump", topology, frames, factor=964.8533212)
    with caplog.at_level(logging.WARNING):
        opened = open_files(tmp_path / "w.data", tmp_path / "w.dump")
    said = [note for note in opened.notes if note.startswith("warning")]
    assert len(said) == 1
    assert "use `units='metal'`" in said[0]
    assert "root mean square force" in caplog.text
    right = open_files(tmp_path / "w.data", tmp_path / "w.dump", units="metal")
    assert not [note for note in right.notes if note.startswith("warning")]


def test_net_force_is_noticed_and_removed(gromacs):
    folder, _, frames = gromacs
    write_trr(folder / "pushed.trr", frames.replace(forces=frames.forces + 30.0))
    opened = open_files(folder / "conf.gro", folder / "pushed.trr")
    assert any("the net force of a frame" in note for note in opened.notes)
    opened = open_files(folder / "conf.gro", folder / "pushed.trr", remove_net_force=True)
    assert not [note for note in opened.notes if note.startswith("warning")]
    np.testing.assert_allclose(opened.load().forces, frames.forces, atol=1e-2)


def test_counts_that_differ_are_refused(gromacs):
    folder, _, frames = gromacs
    write_trr(folder / "part.trr", frames.particles(np.arange(9)))
    with pytest.raises(ValueError, match=r"conf.gro has 192 atoms, .*part.trr has 9"):
        open_files(folder / "conf.gro", folder / "part.trr")


def test_types_in_another_order_are_refused(tmp_path):
    topology, frames = water()
    write_lammps_data(tmp_path / "w.data", topology, frames[0])
    swapped = topology.replace(types=np.roll(topology.types, 1))
    write_dump(tmp_path / "w.dump", swapped, frames)
    with pytest.raises(ValueError, match="number the atoms differently"):
        open_files(tmp_path / "w.data", tmp_path / "w.dump")


def test_truncated_trajectories_are_served_and_noted(gromacs):
    folder, topology, frames = gromacs
    whole = (folder / "traj.trr").read_bytes()
    (folder / "traj.trr").write_bytes(whole[:-100])
    opened = open_files(folder / "conf.gro", folder / "traj.trr")
    check_water(opened, topology, frames[:5])
    assert any("is truncated: frame 5" in note for note in opened.notes)


def test_not_a_number_is_refused_by_frame_and_atom(gromacs):
    folder, _, frames = gromacs
    broken = frames.forces.copy()
    broken[4, 7, 0] = np.nan
    write_trr(folder / "traj.trr", frames.replace(forces=broken))
    with pytest.raises(ValueError, match=r"forces of atom 7 \(HW1\) in frame 4"):
        open_files(folder / "conf.gro", folder / "traj.trr")


def test_a_topology_file_alone(gromacs):
    folder, _, _ = gromacs
    opened = open_files(folder / "conf.gro")
    assert len(opened) == 1
    assert opened.fields == {"positions", "box"}
    assert opened[0].whole


def test_a_topology_read_beforehand(tmp_path):
    rng = np.random.default_rng(0)
    topology = Topology.build(["W"] * 8, masses=[18.0] * 8)
    frames = Frames(rng.uniform(size=(6, 8, 3)), box=np.tile(np.eye(3), (6, 1, 1)))
    write_gro(tmp_path / "b.gro", topology, frames[0])
    write_trr(tmp_path / "b.trr", frames)
    with pytest.raises(ValueError, match=r"masses: \{'W'"):
        open_files(tmp_path / "b.gro", tmp_path / "b.trr")
    read = read_gro(tmp_path / "b.gro", masses={"W": 18.015})
    for given in (read, read.topology):
        opened = open_files(given, tmp_path / "b.trr")
        assert opened.topology.masses.tolist() == [18.015] * 8
        np.testing.assert_allclose(opened.load().positions, frames.positions, rtol=1e-6)
    with pytest.raises(ValueError, match="a bare topology holds no frames"):
        open_files(read.topology)


def test_options_of_other_formats_are_refused(gromacs):
    folder, _, _ = gromacs
    with pytest.raises(ValueError, match="applies to LAMMPS, XYZ, H5MD and NumPy files only"):
        open_files(folder / "conf.gro", folder / "traj.trr", units="real")
    with pytest.raises(ValueError, match="applies to LAMMPS dumps and DCD files only"):
        open_files(folder / "conf.gro", folder / "traj.trr", timestep=0.002)
    with pytest.raises(ValueError, match="give the topology first"):
        open_files(folder / "traj.trr", folder / "conf.gro")


def test_flexible_water_has_no_constraints(tmp_path):
    topology, frames = water(rigid=False)
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "traj.trr", frames)
    opened = open_files(tmp_path / "conf.gro", tmp_path / "traj.trr")
    assert len(opened.topology.constraints) == 0
    written = read(tmp_path / "conf.gro", tmp_path / "traj.trr")
    assert not written[0].whole
    np.testing.assert_allclose(written[2].positions[0], frames.positions[2], atol=1e-6)


def test_what_is_read_can_be_prepared_in_parts(gromacs):
    folder, topology, frames = gromacs
    broken = frames.forces.copy()
    broken[5, 0, 0] = np.nan
    write_trr(folder / "traj.trr", frames.replace(forces=broken))
    written = read(folder / "conf.gro", folder / "traj.trr")
    assert np.isnan(written[5].forces).any()
    with pytest.raises(ValueError, match="forces of atom 0"):
        prepare(written)
    check_water(prepare(written[:5]), topology, frames[:5])
    cut = prepare(written[:5], whole=False)
    assert not cut[0].whole
    assert len(cut.topology.constraints) == 3 * topology.n_molecules
    assert len(prepare(written, check=False).topology.constraints) == 0


def test_ab_initio_water(shared_data):
    opened = open_files(shared_data / "water-aimd", remove_net_force=True)
    assert len(opened) == 400
    assert opened.topology.n_molecules == 64
    frames = opened.load()
    assert frames.whole
    assert np.abs(frames.forces.sum(axis=1)).max() < 1e-8
    oxygen = frames.positions[:, opened.topology.bonds[:, 0]]
    hydrogen = frames.positions[:, opened.topology.bonds[:, 1]]
    lengths = np.linalg.norm(hydrogen - oxygen, axis=2)
    assert 0.08 < lengths.min() < lengths.max() < 0.13
    noticed = open_files(shared_data / "water-aimd")
    assert any("usual for ab initio forces" in note for note in noticed.notes)


def test_memory_is_bounded_by_the_chunk_and_not_by_the_file(tmp_path):
    topology, frames = water(n_frames=20, per_side=5)
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "one.trr", frames)
    one = (tmp_path / "one.trr").read_bytes()
    (tmp_path / "traj.trr").write_bytes(one * 40)
    size = (tmp_path / "traj.trr").stat().st_size
    assert size > 7e6
    tracemalloc.start()
    opened = open_files(tmp_path / "conf.gro", tmp_path / "traj.trr")
    total = sum(float(block.positions.mean()) for block in opened.chunks(20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isfinite(total)
    assert len(opened) == 800
    assert peak < 2.5e6


@pytest.mark.slow
def test_four_gigabytes_in_less_than_one(tmp_path):
    import subprocess
    import sys

    topology, frames = water(n_frames=20, per_side=6)
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "one.trr", frames)
    one = (tmp_path / "one.trr").read_bytes()
    with (tmp_path / "traj.trr").open("wb") as file:
        while file.tell() < 4e9:
            file.write(one)
    script = (
        "import resource, sys, molscape\n"
        "t = molscape.open(sys.argv[1], sys.argv[2])\n"
        "n = sum(len(block) for block in t.chunks())\n"
        "assert n == len(t)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "conf.gro", tmp_path / "traj.trr"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 1000


def test_masses_by_name_apply_to_every_topology(gromacs):
    folder, topology, _ = gromacs
    heavy = {"HW1": 2.014, "HW2": 2.014}
    for given in (folder / "conf.gro", read_gro(folder / "conf.gro"), topology):
        opened = open_files(given, folder / "traj.trr", masses=heavy)
        assert set(opened.topology.masses.tolist()) == {15.999, 2.014}
        assert any("masses as given: HW1 2.014 u, HW2 2.014 u" in n for n in opened.notes)
    with pytest.raises(ValueError, match="no atom is named 'CH3', the names are HW1, HW2, OW"):
        open_files(folder / "conf.gro", folder / "traj.trr", masses={"CH3": 15.035})
    with pytest.raises(ValueError, match="the mass of 'OW' is 0: give a positive one"):
        open_files(folder / "conf.gro", folder / "traj.trr", masses={"OW": 0})


def test_frames_without_forces_say_what_they_serve(gromacs):
    folder, _, frames = gromacs
    write_trr(folder / "plain.trr", frames.replace(forces=None))
    said = [n for n in open_files(folder / "conf.gro", folder / "plain.trr").notes if "forces" in n]
    assert len(said) == 1
    assert "iterative Boltzmann inversion" in said[0]
    assert "`molscape rerun` recomputes forces" in said[0]
    assert not [
        n for n in open_files(folder / "conf.gro", folder / "traj.trr").notes if "rerun" in n
    ]


def test_a_trajectory_in_gro_files(gromacs):
    folder, topology, frames = gromacs
    text = ""
    for k in range(6):
        write_gro(folder / "one.gro", topology, frames[k], decimals=6)
        text += (folder / "one.gro").read_text()
    (folder / "all.gro").write_text(text)
    check_water(open_files(folder / "all.gro"), topology, frames, forces=False)
    check_water(open_files(folder / "conf.gro", folder / "all.gro"), topology, frames, forces=False)
