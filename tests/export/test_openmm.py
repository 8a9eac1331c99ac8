import subprocess
import sys

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import BOLTZMANN
from molscape.export import write_openmm
from molscape.potentials import HarmonicBonds, PairSpline, Sum
from molscape.simulate import OpenMM
from molscape.simulate.schedule import Schedule

openmm = pytest.importorskip("openmm")


def chains():
    """Twenty trimers A-B-A in a tilted box, as topology, frames and model."""
    random = np.random.default_rng(2)
    axes = [np.arange(5) * 0.42, np.arange(4) * 0.42, 0.42 * np.arange(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    box = np.array([[2.1, 0, 0], [1.1, 1.7, 0], [-0.3, 0.4, 1.7]])
    positions = grid + 0.02 * random.normal(size=(60, 3))
    bonds = np.arange(60).reshape(-1, 3)
    bonds = np.concatenate([bonds[:, :2], bonds[:, 1:]])
    topology = Topology.build(
        np.tile(["A", "B", "A"], 20), masses=np.tile([30.0, 50.0, 30.0], 20),
        molecules=np.repeat(np.arange(20), 3), bonds=bonds, exclude_within=1,
    )  # fmt: skip
    pairs = (("A", "A"), ("A", "B"))
    empty = PairSpline(start=0.24, cutoff=0.6, spacing=0.02, pairs=pairs)
    r = 0.24 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = ((0.32 / r) ** 8 - (0.32 / r) ** 4) * (1 - r / 0.6) ** 2
    potential = Sum(
        empty.with_parameters(np.stack([2.0 * curve, 3.0 * curve])),
        HarmonicBonds(types=("A-B",), stiffness=[1500.0], length=[0.42]),
    )
    return topology, Frames(positions[None], box[None], whole=True), potential


def run_plainly(folder, *arguments):
    """Run the exported script as any user of OpenMM would, from another folder."""
    done = subprocess.run(
        [sys.executable, str(folder / "run.py"), *arguments],
        capture_output=True, text=True, cwd="/", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return float(lines[0].split(":")[1].split()[0]), lines[1:]


def test_the_script_gives_the_energy_of_the_model(tmp_path):
    topology, frames, potential = chains()
    files = write_openmm(potential, topology, frames, tmp_path / "out")
    assert {file.name for file in files} == {"system.xml", "start.xml", "run.py", "start.pdb"}
    energy, rest = run_plainly(tmp_path / "out", "Reference")
    assert rest == []
    exact = OpenMM().evaluate(potential, topology, frames).energies[0]
    assert energy == pytest.approx(exact, rel=1e-9)
    text = (tmp_path / "out" / "run.py").read_text()
    assert "molscape" not in text.split('"""')[2]


@pytest.mark.parametrize(
    "ensemble",
    [
        NVE(300.0),
        Langevin(300.0, 2.0),
        Brownian(300.0, 80.0),
        NoseHoover(300.0, 0.2, barostat=Barostat(10.0, time=0.5)),
    ],
    ids=["nve", "langevin", "brownian", "nose-hoover-barostat"],
)
def test_the_script_runs_its_ensemble(tmp_path, ensemble):
    topology, frames, potential = chains()
    schedule = Schedule(steps=200, timestep=0.004, every=20, equilibration=40, seed=3)
    write_openmm(potential, topology, frames, tmp_path, ensemble=ensemble, schedule=schedule)
    _, table = run_plainly(tmp_path, "CPU")
    assert len(table) == 11
    rows = np.array([line.split(",")[:5] for line in table[1:]], dtype=float)
    np.testing.assert_array_equal(rows[:, 0], np.arange(60, 241, 20))
    total, temperature, volume = rows[:, 2], rows[:, 3], rows[:, 4]
    if isinstance(ensemble, NVE):
        assert np.ptp(total) < 0.02 * BOLTZMANN * 300 * 180
    varies = getattr(ensemble, "barostat", None) is not None
    assert (np.ptp(volume) > 0) == varies
    # The velocities of Brownian dynamics are displacements over the time step.
    assert isinstance(ensemble, Brownian) or 100 < temperature.mean() < 500
    assert (tmp_path / "trajectory.dcd").stat().st_size > 10 * 60 * 12


def test_start_velocities_and_exact_positions_are_kept(tmp_path):
    topology, frames, potential = chains()
    velocities = np.random.default_rng(0).normal(size=(1, 60, 3))
    moving = frames.replace(velocities=velocities)
    write_openmm(
        potential, topology, moving, tmp_path, ensemble=NVE(300.0), schedule=Schedule(steps=200)
    )
    state = openmm.XmlSerializer.deserialize((tmp_path / "start.xml").read_text())
    np.testing.assert_array_equal(state.getVelocities(asNumpy=True)._value, velocities[0])
    np.testing.assert_array_equal(state.getPositions(asNumpy=True)._value, frames.positions[0])
    assert "setVelocitiesToTemperature" not in (tmp_path / "run.py").read_text()


def test_the_pdb_file_has_the_names_and_bonds_for_viewers(tmp_path):
    from openmm import app

    topology, frames, potential = chains()
    write_openmm(potential, topology, frames, tmp_path)
    atoms = [line for line in (tmp_path / "start.pdb").read_text().splitlines()
             if line.startswith(("ATOM", "HETATM"))]  # fmt: skip
    assert [line[12:16].strip() for line in atoms[:3]] == ["A", "B", "A2"]
    positions = app.PDBFile(str(tmp_path / "start.pdb")).getPositions(asNumpy=True)._value
    assert len(positions) == 60
    assert np.abs(positions - frames.positions[0]).max() < 1e-4
