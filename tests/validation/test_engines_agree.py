"""The three engines agree on energies and forces of every potential, and on what they sample."""

import jax
import numpy as np
import pytest

from molscape import potentials
from molscape.analysis import rdf
from molscape.core import space
from molscape.core.ensemble import Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.simulate import Jax, Lammps, OpenMM
from molscape.simulate.evaluation import evaluate
from molscape.simulate.lammps_process import find_lammps
from molscape.simulate.schedule import Schedule
from support.fluids import MONATOMIC_WATER

pytest.importorskip("openmm")

PAIRS = (("A", "A"), ("A", "B"), ("B", "B"))
CHAIN = 6
BOXES = {
    "cubic": np.diag([2.4, 2.4, 2.4]),
    "triclinic": np.array([[2.4, 0, 0], [1.6, 2.4, 0], [-0.9, 1.5, 2.4]]),
}


def mixture(box, within):
    """Thirty-six crooked chains AABBAB of charged beads, numbered through the box."""
    axes = [np.arange(6)] * 3
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    random = np.random.default_rng(3)
    positions = (grid / 6) @ box + 0.03 * random.normal(size=(216, 3))
    rows = np.arange(216).reshape(-1, CHAIN)
    lists = [
        np.concatenate([rows[:, k : k + width] for k in range(CHAIN - width + 1)])
        for width in (2, 3, 4)
    ]
    topology = Topology.build(
        np.tile(list("AABBAB"), 36), masses=np.full(216, 30.0),
        charges=np.tile([0.3, -0.5, 0.2, 0.4, -0.1, -0.3], 36), molecules=np.arange(216) // CHAIN,
        bonds=lists[0], angles=lists[1], dihedrals=lists[2], exclude_within=within,
    )  # fmt: skip
    return topology, Frames(positions[None], box[None], whole=True)


def lennard_jones(smooth):
    return potentials.LennardJones(
        epsilon=[0.9, 1.4, 1.1], sigma=[0.33, 0.35, 0.36], pairs=PAIRS, cutoff=1.1, smooth=smooth
    )


def pair_spline():
    empty = potentials.PairSpline(start=0.2, cutoff=0.9, spacing=0.02, pairs=PAIRS)
    r = 0.2 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = ((0.3 / r) ** 8 - (0.3 / r) ** 4) * (1 - r / 0.9) ** 2
    return empty.with_parameters(np.outer([3.0, 5.0, 4.0], curve))


def tabulated():
    r = np.linspace(0.1, 0.8, 71)
    inside = 1 - (r / 0.8) ** 2
    height = np.array([[50.0], [30.0], [-20.0]])
    return potentials.TabulatedPair(
        start=0.1, cutoff=0.8, energy=height * inside**3,
        force=height * 6 * r / 0.64 * inside**2, pairs=PAIRS,
    )  # fmt: skip


def bonded_spline(name, **more):
    """A smooth random curve for every type that occurs."""
    types = {2: ("A-A", "A-B", "B-B"), 3: ("A-A-B", "A-B-B", "B-B-A", "B-A-B"),
             4: ("A-A-B-B", "A-B-B-A", "B-B-A-B")}[more.pop("width")]  # fmt: skip
    types = tuple(dict.fromkeys("-".join(min(t.split("-"), t.split("-")[::-1])) for t in types))
    empty = getattr(potentials, name)(types=types, **more)
    random = np.random.default_rng(5)
    return empty.with_parameters(20 * random.normal(size=empty.parameters.shape))


def coulomb(method, box):
    more = (
        {"box": box, "accuracy": 1e-7} if method == "ewald" else {"reaction_field_dielectric": 8.0}
    )
    return potentials.Coulomb(cutoff=1.1, dielectric=2.5, method=method, **more)


def bonds():
    return potentials.HarmonicBonds(
        types=("A-A", "A-B", "B-B"), stiffness=[900.0, 700.0, 800.0], length=[0.35, 0.38, 0.41]
    )


def angles():
    return potentials.HarmonicAngles(
        types=("A-A-B", "A-B-B", "B-A-B"), stiffness=[60.0, 45.0, 80.0], angle=[2.1, 1.8, 2.6]
    )


def dihedrals():
    return potentials.PeriodicDihedrals(
        types=("A-A-B-B", "A-B-B-A", "B-A-B-B"), stiffness=[4.0, 3.0, 6.0],
        multiplicity=[1, 2, 3], phase=[0.4, 0.0, 3.0],
    )  # fmt: skip


MODELS = {
    "pair_spline": lambda box: pair_spline(),
    "tabulated_pair": lambda box: tabulated(),
    "lennard_jones_none": lambda box: lennard_jones("none"),
    "lennard_jones_shift": lambda box: lennard_jones("shift"),
    "lennard_jones_force": lambda box: lennard_jones("force"),
    "stillinger_weber": lambda box: potentials.StillingerWeber(type="A", **MONATOMIC_WATER),
    "harmonic_bonds": lambda box: bonds(),
    "harmonic_angles": lambda box: angles(),
    "periodic_dihedrals": lambda box: dihedrals(),
    "bond_spline": lambda box: bonded_spline("BondSpline", width=2, start=0.2, end=0.7,
                                             intervals=10),
    "angle_spline": lambda box: bonded_spline("AngleSpline", width=3, intervals=9),
    "dihedral_spline": lambda box: bonded_spline("DihedralSpline", width=4, intervals=12),
    "reaction_field": lambda box: coulomb("reaction_field", box),
    "ewald": lambda box: coulomb("ewald", box),
    "sum": lambda box: potentials.Sum(
        pair_spline(), lennard_jones("force"), coulomb("reaction_field", box), bonds(), angles(),
        dihedrals(),
    ),
}  # fmt: skip

CASES = [
    *((name, "triclinic", 1) for name in MODELS),
    *(pytest.param(name, "cubic", 3, marks=pytest.mark.slow) for name in MODELS),
]


@pytest.mark.parametrize(("name", "shape", "within"), CASES)
def test_energies_and_forces_agree_in_double_precision(name, shape, within):
    box = BOXES[shape]
    within = 0 if name == "stillinger_weber" else within
    if name == "ewald":
        # LAMMPS' Ewald sum cannot exclude pairs beyond the cutoff, as the ends of four beads are.
        within = min(within, 2)
    topology, frames = mixture(box, within)
    with jax.enable_x64(True):
        potential = MODELS[name](box)
    expected = evaluate(potential, Trajectory.from_frames(topology, frames))
    results = {"openmm": OpenMM().evaluate(potential, topology, frames)}
    try:
        find_lammps()
        results["lammps"] = Lammps().evaluate(potential, topology, frames)
    except FileNotFoundError:
        pass
    scale = np.sqrt(np.mean(expected.forces**2))
    assert scale > 1.0
    for engine, found in results.items():
        energy, pressure = found.energies, found.pressures
        # The sum of absolute terms is at least the absolute sum of the energy.
        assert abs(energy[0] - expected.energies[0]) < 1e-5 * abs(expected.energies[0]), engine
        assert np.sqrt(np.mean((found.forces - expected.forces) ** 2)) < 1e-5 * scale, engine
        if np.isfinite(pressure[0]):
            # OpenMM's are differences, in which pairs cross a cutoff where the force ends abruptly.
            close = 1e-3 if engine == "openmm" else 1e-4
            np.testing.assert_allclose(pressure, expected.pressures, close, 1e-6, err_msg=engine)


@pytest.mark.parametrize("name", ["pair_spline", "sum", "stillinger_weber"])
def test_the_cpu_platform_agrees_in_single_precision(name):
    box = BOXES["triclinic"]
    topology, frames = mixture(box, 0 if name == "stillinger_weber" else 3)
    with jax.enable_x64(True):
        potential = MODELS[name](box)
    found = OpenMM(platform="Reference").evaluate(potential, topology, frames)
    energy, forces = found.energies, found.forces
    found = OpenMM(platform="CPU").evaluate(potential, topology, frames)
    single, rough = found.energies, found.forces
    assert abs(single[0] - energy[0]) < 1e-4 * abs(energy[0])
    assert np.sqrt(np.mean((rough - forces) ** 2)) < 1e-4 * np.sqrt(np.mean(forces**2))


@pytest.mark.slow
@pytest.mark.parametrize("ensemble", [Langevin(300.0, 5.0), NoseHoover(300.0, 0.2)])
def test_openmm_and_jax_sample_the_same_liquid(ensemble):
    edge = 6 * 0.32
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    topology = Topology.build(["A"] * 216, masses=np.full(216, 18.0))
    start = Frames(0.32 * grid[None].astype(float), space.box_from_lengths([[edge] * 3]))
    schedule = Schedule(steps=40_000, timestep=0.004, every=50, equilibration=5_000, chunks=4)
    runs = [
        run(pair_spline(), topology, start, ensemble, schedule) for run in (OpenMM().run, Jax().run)
    ]
    means, errors, curves = [], [], []
    for run in runs:
        assert run.blow_up is None
        temperature, energy = (
            run.observables[key][:, 0] for key in ("temperature", "potential_energy")
        )
        blocks = np.stack([temperature, energy], axis=1).reshape(20, -1, 2).mean(axis=1)
        means.append(blocks.mean(axis=0))
        errors.append(blocks.std(axis=0, ddof=1) / np.sqrt(20))
        curves.append(rdf(run.trajectory, ("A", "A"), maximum=0.9, spacing=0.01))
    assert means[0][0] == pytest.approx(300.0, abs=4 * errors[0][0])
    assert means[0][1] == pytest.approx(means[1][1], abs=4 * np.hypot(errors[0][1], errors[1][1]))
    apart = np.sum(np.abs(curves[0].y - curves[1].y)) * 0.01
    print(f"|dg| = {apart:.5f} nm, temperatures {means[0][0]:.2f} and {means[1][0]:.2f} K")
    assert apart < 0.01
