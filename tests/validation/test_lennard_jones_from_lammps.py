"""Force matching of a Lennard-Jones fluid that LAMMPS made, read from its own data and dump."""

import subprocess

import numpy as np
import pytest

import molscape as ms
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io import write_lammps_data
from molscape.simulate.lammps_process import find_lammps, run_script

EPSILON, SIGMA, CUTOFF = 0.238, 3.405, 8.5
"""Argon in LAMMPS real units: kcal/mol and Å."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    try:
        executable = find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("argon")
    edge = 2.4
    grid = np.stack(np.meshgrid(*[np.arange(7)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    topology = Topology.build(["Ar"] * 343, masses=np.full(343, 39.948))
    frames = Frames(positions=grid[None] * edge / 7, box=edge * np.eye(3)[None], whole=True)
    write_lammps_data(folder / "argon.data", topology, frames)
    script = [
        "units real",
        "atom_style full",
        f"pair_style lj/smooth/linear {CUTOFF}",
        "read_data argon.data",
        f"pair_coeff * * {EPSILON} {SIGMA}",
        "velocity all create 250 4711",
        "fix move all nve",
        "timestep 2",
        "run 2000",
        "dump out all custom 50 argon.dump id type x y z fx fy fz",
        "run 6000",
    ]
    outcome = run_script(executable, script, folder)
    assert outcome.status == 0, outcome.error
    return folder


def test_the_force_comes_back_to_one_percent(files):
    atoms = ms.open(files / "argon.data", files / "argon.dump", timestep=0.002)
    beads = ms.mapping.by_preset(atoms.topology, "com")(atoms)
    name = str(beads.topology.types[0])
    spline = ms.potentials.PairSpline(start=0.30, cutoff=0.85, spacing=0.01, pairs=((name, name),))
    fit = ms.fit.linear(spline, ms.objectives.ForceMatching(), [(beads, ms.State(120.0))])
    r = np.linspace(0.325, 0.85, 200)
    _, force = fit.potential.tabulate(r, (name, name))
    lj = ms.potentials.LennardJones(
        epsilon=[EPSILON * 4.184],
        sigma=[SIGMA / 10],
        pairs=((name, name),),
        cutoff=CUTOFF / 10,
        smooth="force",
    )
    _, exact = lj.tabulate(r, (name, name))
    assert np.sqrt(np.mean((force - exact) ** 2)) < 0.01 * np.sqrt(np.mean(exact**2))
    assert np.abs(force - exact).max() < 0.01 * np.abs(exact).max()
    assert fit.force_loss.explained > 0.9999


def test_the_dump_is_what_lammps_meant(files):
    text = subprocess.run(
        ["tail", "-n", "343", str(files / "argon.dump")], capture_output=True, text=True, check=True
    ).stdout
    rows = np.array([line.split() for line in text.splitlines()], dtype=float)
    rows = rows[np.argsort(rows[:, 0])]
    atoms = ms.open(files / "argon.data", files / "argon.dump", timestep=0.002)
    last = atoms[-1]
    assert last.times[0] == pytest.approx(16.0)
    assert np.allclose(last.forces[0], rows[:, 5:8] * 41.84, rtol=1e-9)
    moved = last.positions[0] - rows[:, 2:5] / 10
    assert np.allclose(moved, 2.4 * np.round(moved / 2.4), atol=1e-9)
