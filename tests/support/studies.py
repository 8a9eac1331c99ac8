"""A small Lennard-Jones fluid as GROMACS files, whose best pair potential is known exactly."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console

from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io import write_gro, write_trr
from molscape.potentials import HarmonicAngles, HarmonicBonds, LennardJones, Sum
from molscape.simulate import Jax, Schedule
from molscape.simulate.evaluation import evaluate
from molscape.studies.coarse_graining.run import run_study
from support.fluids import ARGON

SIGMA, EPSILON, TEMPERATURE = ARGON["sigma"], ARGON["epsilon"], 130.0
FLUID = LennardJones(
    epsilon=[EPSILON], sigma=[SIGMA], pairs=(("AR", "AR"),), cutoff=0.85, smooth="force"
)


@pytest.fixture(scope="session")
def fluid_frames():
    edge, sites = 2.0, 6
    grid = np.array(list(itertools.product(range(sites), repeat=3)), float) * edge / sites
    topology = Topology.build(
        ["AR"] * len(grid),
        masses=np.full(len(grid), 39.948),
        residue_names=["AR"] * len(grid),
        elements=["Ar"] * len(grid),
    )
    start = Frames(positions=grid[None], box=edge * np.eye(3)[None], whole=True)
    schedule = Schedule(steps=6000, timestep=0.005, every=100, equilibration=1500, chunks=2)
    run = Jax().run(FLUID, topology, start, Langevin(TEMPERATURE, 2.0), schedule)
    frames = run.trajectory.load()
    forces = evaluate(FLUID, run.trajectory).forces
    return topology, frames.replace(forces=forces, replicas=None)


@pytest.fixture
def fluid(tmp_path, fluid_frames) -> Path:
    """Write the files and a recipe for them, and return the folder."""
    topology, frames = fluid_frames
    write_gro(tmp_path / "conf.gro", topology, frames[0])
    write_trr(tmp_path / "traj.trr", frames)
    write_recipe(tmp_path)
    return tmp_path


def write_recipe(folder: Path, **changes) -> Path:
    plain = {
        "molscape": 1,
        "title": "Lennard-Jones fluid",
        "reference": {
            "topology": "conf.gro",
            "trajectory": "traj.trr",
            "temperature": TEMPERATURE,
        },
        "mapping": {"preset": "com"},
        "models": {
            "pair": {
                "potential": [
                    {"kind": "pair_spline", "start": 0.29, "cutoff": 0.85, "spacing": 0.02}
                ],
                "fit": {"objective": "force_matching", "method": {"kind": "linear"}},
            }
        },
        "simulate": {
            "steps": 5000,
            "every": 50,
            "equilibration": 500,
            "timestep": 0.005,
            "thermostat": {"kind": "langevin", "friction": 5.0},
        },
        "observables": ["rdf", "angles", "pressure", "diffusion"],
        "tolerances": {"rdf": 0.03},
        "export": ["lammps"],
        "noise_floor": "none",
        **changes,
    }
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(plain))
    return file


@pytest.fixture
def display():
    return Terminal(Console(file=io.StringIO()))


@pytest.fixture(scope="session")
def finished(tmp_path_factory, fluid_frames):
    """A finished study: its folder (with run/) and its record."""
    folder = tmp_path_factory.mktemp("study")
    topology, frames = fluid_frames
    write_gro(folder / "conf.gro", topology, frames[0])
    write_trr(folder / "traj.trr", frames)
    recipe, base = load_recipe(str(write_recipe(folder)))
    record = run_study(recipe, base, folder / "run", Terminal(Console(file=io.StringIO())))
    return folder, record


CHAIN = Sum(
    HarmonicBonds(types=("C-C",), stiffness=[1.0e5], length=[0.15]),
    HarmonicAngles(types=("C-C-C",), stiffness=[150.0], angle=[1.95]),
)
CHAIN_TEMPERATURE = 300.0


@pytest.fixture(scope="session")
def chain_trajectory():
    """A chain of six carbon atoms in vacuum with its forces, 300 frames."""
    topology = Topology.build(
        [f"C{k}" for k in range(1, 7)],
        masses=np.full(6, 12.011),
        types=["C"] * 6,
        elements=["C"] * 6,
        residue_names=["CHN"] * 6,
        residues=np.zeros(6, int),
        molecules=np.zeros(6, int),
        molecule_names=["CHN"],
        bonds=np.array([[k, k + 1] for k in range(5)]),
    ).with_connected_angles()
    start = np.zeros((1, 6, 3))
    start[0, :, 0] = 0.124 * np.arange(6)
    start[0, ::2, 1] = 0.084
    schedule = Schedule(steps=15000, timestep=0.002, every=50, equilibration=1000, chunks=2)
    ensemble = Langevin(CHAIN_TEMPERATURE, 5.0)
    run = Jax().run(CHAIN, topology, Frames(positions=start, whole=True), ensemble, schedule)
    forces = evaluate(CHAIN, run.trajectory).forces
    frames = run.trajectory.load().replace(forces=forces, replicas=None)
    return Trajectory.from_frames(topology, frames)


@pytest.fixture
def chain(tmp_path, chain_trajectory) -> Path:
    """Write the chain as files, whose bonds are found from distances, and return the folder."""
    write_chain(tmp_path, chain_trajectory)
    return tmp_path


def write_chain(folder: Path, trajectory: Trajectory) -> None:
    """Write the chain as conf.gro and traj.trr."""
    frames = trajectory.load()
    # Ends that touch would be taken for bonded.
    ends = np.linalg.norm(frames.positions[:, 5] - frames.positions[:, 0], axis=1)
    write_gro(folder / "conf.gro", trajectory.topology, frames[int(np.argmax(ends))])
    write_trr(folder / "traj.trr", frames)
