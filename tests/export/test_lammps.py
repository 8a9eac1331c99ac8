import os
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.ensemble import NVE, Langevin
from molscape.core.frames import Frames
from molscape.core.neighbours import allocate
from molscape.core.potential import cast
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.units import KILOCALORIE
from molscape.export.lammps import RunLength, integrator, write_lammps
from molscape.io.lammps_dump import DumpSource
from molscape.potentials import (
    Coulomb,
    HarmonicAngles,
    HarmonicBonds,
    LennardJones,
    PairSpline,
    PeriodicDihedrals,
    Sum,
)
from molscape.simulate.lammps_process import find_lammps
from molscape.simulate.schedule import Schedule

TEN = Topology.build(["A"] * 10, masses=np.ones(10))


def chains():
    """Forty trimers A-B-A in a periodic box, as topology, frames and model."""
    random = np.random.default_rng(2)
    sites = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)[:120]
    positions = sites * 0.42 + 0.02 * random.normal(size=(120, 3))
    bonds = np.arange(120).reshape(-1, 3)
    bonds = np.concatenate([bonds[:, :2], bonds[:, 1:]])
    topology = Topology.build(
        np.tile(["A", "B", "A"], 40), masses=np.tile([30.0, 50.0, 30.0], 40),
        molecules=np.repeat(np.arange(40), 3), bonds=bonds, exclude_within=1,
    )  # fmt: skip
    pairs = (("A", "A"), ("A", "B"))
    empty = PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=pairs)
    r = 0.24 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = ((0.32 / r) ** 8 - (0.32 / r) ** 4) * (1 - r / 0.9) ** 2
    potential = Sum(
        empty.with_parameters(np.stack([2.0 * curve, 3.0 * curve])),
        LennardJones(epsilon=0.8, sigma=0.36, pairs=(("B", "B"),), cutoff=1.0),
        HarmonicBonds(types=("A-B",), stiffness=1500.0, length=0.42),
    )
    return topology, Frames(positions[None], 2.1 * np.eye(3)[None]), potential


def run_plainly(folder):
    """Run the exported script as any user of LAMMPS would."""
    try:
        executable = find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    libraries = str(executable.libraries or "")
    done = subprocess.run(
        [executable.program, "-in", "in.lammps"], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    rows = []
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 6 and words[0].isdigit():
            rows.append([float(word) for word in words])
    return np.array(rows), done.stdout


def energy(potential, topology, frames):
    with jax.enable_x64(True):
        exact, system = cast(potential, jnp.float64), System.build(topology, 300.0)
        x, box = jnp.asarray(frames.positions[0]), jnp.asarray(frames.box[0])
        _, near = allocate(system, x, box, potential.reach)
        return float(exact(system, x, box, near))


def test_the_folder_runs_unchanged_and_starts_at_molscapes_energy(tmp_path):
    topology, frames, potential = chains()
    schedule = Schedule(steps=400, timestep=0.005, every=50, equilibration=100)
    files = write_lammps(
        potential, topology, frames, tmp_path, ensemble=Langevin(300.0, 2.0), schedule=schedule
    )
    assert files[0].name == "in.lammps"
    assert sorted(path.name for path in files) == sorted(p.name for p in tmp_path.iterdir())
    rows, output = run_plainly(tmp_path)
    assert rows[0, 2] * KILOCALORIE == pytest.approx(energy(potential, topology, frames), rel=1e-5)
    assert "Dangerous builds = 0" in output
    assert rows[-1, 0] == 500
    source = DumpSource.scan(tmp_path / "model.lammpstrj")
    assert source.n_frames == 9
    np.testing.assert_allclose(source.read(range(8, 9)).box, frames.box)


def charged():
    """25 tetramers A-B-B-A with charges, angles and dihedrals in a sheared box."""
    cells = np.array([5, 5, 4])
    sites = np.stack(np.meshgrid(*[np.arange(k) for k in cells], indexing="ij"), axis=-1)
    box = np.array([[2.1, 0, 0], [0.3, 2.1, 0], [0.2, -0.2, 1.76]])
    positions = sites.reshape(-1, 3) / cells @ box
    positions[1::4, 0] += 0.15
    positions[2::4, 1] += 0.15
    first = np.arange(100).reshape(-1, 4)
    topology = Topology.build(
        np.tile(list("ABBA"), 25), masses=np.full(100, 40.0), molecules=np.arange(100) // 4,
        charges=np.tile([0.4, -0.3, 0.2, -0.3], 25), exclude_within=1,
        bonds=np.concatenate([first[:, k : k + 2] for k in range(3)]),
        angles=np.concatenate([first[:, k : k + 3] for k in range(2)]), dihedrals=first,
    )  # fmt: skip
    pairs = (("A", "A"), ("A", "B"), ("B", "B"))
    potential = Sum(
        LennardJones(epsilon=[0.8] * 3, sigma=[0.36] * 3, pairs=pairs, cutoff=0.8, smooth="force"),
        Coulomb(cutoff=0.85, method="ewald", dielectric=4.0, box=box),
        HarmonicBonds(types=("A-B", "B-B"), stiffness=3000.0 * np.ones(2), length=[0.42, 0.45]),
        HarmonicAngles(types=("A-B-B",), stiffness=60.0, angle=2.2),
        PeriodicDihedrals(types=("A-B-B-A",), stiffness=3.0, multiplicity=1, phase=0.7),
    )
    return topology, Frames(positions[None], box[None]), potential


def test_a_model_with_charges_angles_and_dihedrals_runs_unchanged(tmp_path):
    topology, frames, potential = charged()
    schedule = Schedule(steps=200, timestep=0.004, every=50)
    write_lammps(
        potential, topology, frames, tmp_path, ensemble=Langevin(300.0, 5.0), schedule=schedule
    )
    rows, _ = run_plainly(tmp_path)
    assert rows[0, 2] * KILOCALORIE == pytest.approx(energy(potential, topology, frames), rel=1e-5)
    assert rows[-1, 0] == 200
    assert rows[-1, 1] < 900
    far = frames.replace(positions=frames.positions * np.array([1.0, 1.0, 2.0]), box=2 * frames.box)
    with pytest.raises(ValueError, match="cannot exclude them"):
        write_lammps(potential, topology, far, tmp_path)


def test_without_a_plan_the_script_evaluates_once(tmp_path):
    topology, frames, potential = chains()
    write_lammps(potential, topology, frames, tmp_path, name="trimer")
    rows, _ = run_plainly(tmp_path)
    assert len(rows) == 1
    assert rows[0, 2] * KILOCALORIE == pytest.approx(energy(potential, topology, frames), rel=1e-5)
    assert (tmp_path / "trimer.lmp").exists()


def test_constant_energy_with_velocities_of_its_own(tmp_path):
    topology, frames, potential = chains()
    velocities = 0.2 * np.random.default_rng(3).normal(size=frames.positions.shape)
    frames = frames.replace(velocities=velocities)
    schedule = Schedule(steps=200, timestep=0.002, every=50)
    write_lammps(potential, topology, frames, tmp_path, ensemble=NVE(300.0), schedule=schedule)
    assert "velocity" not in (tmp_path / "in.lammps").read_text()
    rows, _ = run_plainly(tmp_path)
    kinetic = 0.5 * np.sum(topology.masses[:, None] * velocities[0] ** 2)
    assert (rows[0, 3] - rows[0, 2]) * KILOCALORIE == pytest.approx(kinetic, rel=1e-5)
    assert np.ptp(rows[:, 3]) < 0.02 * (rows[:, 3] - rows[:, 2]).mean()


def test_a_schedule_is_a_plan_and_friction_must_be_positive():
    assert isinstance(Schedule(steps=200), RunLength)
    with pytest.raises(ValueError, match="use NVE"):
        integrator(Langevin(300.0, 0.0), TEN, 0.002, 1)
    (line,) = [item for item in integrator(Langevin(280.0, 4.0), TEN, 0.002, 1) if "bath" in item]
    assert line.split()[3:7] == ["langevin", "280", "280", "250"]


def test_too_small_a_box_is_refused(tmp_path):
    topology, frames, potential = chains()
    with pytest.raises(ValueError, match="half the box"):
        write_lammps(potential, topology, frames.replace(box=frames.box * 0.9), tmp_path)
