"""One dense system of two types, and an instance of every potential to try on it."""

import json
from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape import potentials
from molscape.core.neighbours import NeighbourSearch
from molscape.core.potential import Potential, cast
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.features import Coordinates, MoleculeGeometry
from molscape.networks import MLP
from molscape.potentials.deepcg import Shape
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.potentials import build_potential
from support.beads import TOPOLOGY, placed
from support.fluids import MONATOMIC_WATER

N = 27
PAIRS = (("A", "A"), ("B", "A"), ("B", "B"))
BOX = np.array([[1.08, 0, 0], [0.25, 1.08, 0], [-0.2, 0.15, 1.08]])
TYPES = np.array(["A"] * 18 + ["B"] * 9)
BONDS = np.array([[18, 19], [19, 20], [17, 18]])
ANGLES = np.array([[17, 18, 19], [20, 19, 18]])
DIHEDRALS = np.array([[20, 19, 18, 17]])


def lennard_jones(smooth):
    return potentials.LennardJones(
        epsilon=[1.0, 0.8, 1.2], sigma=[0.3, 0.28, 0.32], pairs=PAIRS, cutoff=0.5, smooth=smooth
    )


def spline(degree):
    parameters = np.random.default_rng(degree).normal(size=(3, 13 + degree)) * 2
    return potentials.PairSpline(
        start=0.2, cutoff=0.5, spacing=0.02, pairs=PAIRS, degree=degree, parameters=parameters
    )


def tabulated():
    r = np.linspace(0.2, 0.5, 31)
    height = np.array([[5.0], [3.0], [-2.0]])
    inside = 1 - (r / 0.5) ** 2
    return potentials.TabulatedPair(
        start=0.2,
        cutoff=0.5,
        energy=height * inside**3,
        force=height * 6 * r / 0.25 * inside**2,
        pairs=PAIRS,
    )


def bonds():
    return potentials.HarmonicBonds(types=("B-B", "B-A"), stiffness=[900, 700], length=[0.3, 0.35])


def dihedrals():
    return potentials.PeriodicDihedrals(
        types=("A-B-B-B", "B-B-B-A"), stiffness=[9, 4], multiplicity=[1, 3], phase=[0.3, 2.0]
    )


def bonded_spline(name, types, **more):
    """Random parameters; a range that ends amid the bonds and angles that occur."""
    empty = getattr(potentials, name)(types=types, **more)
    parameters = np.random.default_rng(7).normal(size=empty.parameters.shape) * 9
    return empty.with_parameters(parameters)


def cgnet(features):
    """A random network, its inputs about standardised."""
    width = len(features.names)
    return potentials.CGnet(
        features=features,
        network=MLP.draw((width, 12, 9, 1), jax.random.key(1)),
        mean=np.full(width, 0.4),
        spread=np.linspace(0.2, 0.5, width),
        lowest=np.full(width, 0.1),
        highest=np.full(width, 0.9),
        scale=30.0,
    )


def chain_geometry():
    return MoleculeGeometry(
        beads=N, pairs=[(17, 18), (17, 19), (0, 20)], angles=ANGLES, dihedrals=DIHEDRALS
    )


def deepcg(form, degree=1, **options):
    """A small one of two types, with energies of some kJ/mol and none for a bead alone."""
    drawn = potentials.DeePCG.draw(
        types=("B", "A"),
        cutoff=0.5,
        key=jax.random.key(3),
        form=form,
        shape=Shape(hidden=(12, 6), embedding=(6, 8), degree=degree),
        **options,
    )
    scales = jnp.asarray([20.0, 30.0])
    return eqx.tree_at(lambda tree: tree.standard.scales, drawn, scales)


INSTANCES = {
    "cgnet_molecule": lambda: cgnet(chain_geometry()),
    "cgnet_coordinates": lambda: cgnet(Coordinates(axes="xz")),
    "lennard_jones_none": lambda: lennard_jones("none"),
    "lennard_jones_shift": lambda: lennard_jones("shift"),
    "lennard_jones_force": lambda: lennard_jones("force"),
    "pair_spline_4": lambda: spline(4),
    "pair_spline_3": lambda: spline(3),
    "tabulated_pair": tabulated,
    "stillinger_weber": lambda: potentials.StillingerWeber(type="A", **MONATOMIC_WATER),
    "coulomb": lambda: potentials.Coulomb(cutoff=0.5),
    "deepcg_smooth": lambda: deepcg("smooth"),
    "deepcg_tensors": lambda: deepcg("smooth", degree=3),
    "deepcg_sharp": lambda: deepcg("sharp", neighbours={"A": (4, 3), "B": (3, 0)}),
    "harmonic_bonds": bonds,
    "harmonic_angles": lambda: potentials.HarmonicAngles(
        types=("B-B-A", "B-B-B"), stiffness=[90, 70], angle=[2.0, np.pi]
    ),
    "periodic_dihedrals": dihedrals,
    "bond_spline": lambda: bonded_spline(
        "BondSpline", ("B-B", "B-A"), start=0.3, end=0.36, intervals=6, degree=3
    ),
    "angle_spline": lambda: bonded_spline(
        "AngleSpline", ("A-B-B", "B-B-B"), start=0.4, end=1.5, intervals=9
    ),
    "dihedral_spline": lambda: bonded_spline("DihedralSpline", ("B-B-B-A",), intervals=12),
    "rippled_quartic": lambda: potentials.RippledQuartic(scale=2.5),
    "harmonic_coordinate": lambda: potentials.HarmonicCoordinate(
        stiffness=3.0, centre=0.2, axis="y"
    ),
    "basis_sum": lambda: potentials.BasisSum(
        functions=("x", "x^4", "sin(x)", "cos(6x)"), axis="z", coefficients=[2.0, -1.0, 3.0, 0.5]
    ),
    "committee": lambda: potentials.Committee([spline(4), spline(4).with_parameters(np.ones(51))]),
    "sum": lambda: potentials.Sum(
        lennard_jones("force"), bonds(), potentials.StillingerWeber(type="A", **MONATOMIC_WATER)
    ),
}


def topology(order=None):
    """The 27 beads, two thirds A; a chain A-B-B-B. `order` renumbers them."""
    order = np.arange(N) if order is None else order
    new = np.argsort(order)
    return Topology.build(
        TYPES[order],
        masses=np.ones(N),
        charges=np.where(TYPES == "A", 0.3, -0.6)[order],
        bonds=new[BONDS],
        angles=new[ANGLES],
        dihedrals=new[DIHEDRALS],
        exclude_within=1,
    )


def start_positions():
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    jitter = np.random.default_rng(5).uniform(-0.04, 0.04, (N, 3))
    return (grid / 3) @ BOX + jitter


@dataclass
class Case:
    """A potential in one precision and one compiled function that all its tests share."""

    name: str
    double: bool
    potential: Potential = field(init=False)
    traces: list = field(default_factory=list)
    box: np.ndarray = field(default_factory=lambda: BOX)
    n: int = N
    bonded: np.ndarray = field(default_factory=lambda: np.isin(np.arange(N), BONDS))

    def __post_init__(self):
        with jax.enable_x64(self.double):
            self.potential = INSTANCES[self.name]()
            self.system = System.build(topology(), 300.0)
        self.search = NeighbourSearch(
            cutoff=max(self.potential.reach, 0.1),
            skin=0.0,
            capacity=N - 1,
            cells=None,
            cell_capacity=0,
        )

        @eqx.filter_jit
        def evaluate(potential, system, positions, box):
            self.traces.append("box" if box is not None else "open")
            neighbours = self.search(system, positions, box)
            energy, gradient = jax.value_and_grad(lambda x: potential(system, x, box, neighbours))(
                positions
            )
            return energy, potential.forces(system, positions, box, neighbours), -gradient

        self.evaluate = evaluate

    def __call__(self, positions, box=BOX, mask=None, order=None, potential=None):
        """Return energy, forces and forces by autodiff; `order` renumbers the topology."""
        with jax.enable_x64(self.double):
            dtype = jnp.float64 if self.double else jnp.float32
            system = self.system if order is None else System.build(topology(order), 300.0)
            if mask is not None:
                system = eqx.tree_at(lambda s: s.mask, system, jnp.asarray(mask))
            box = None if box is None else jnp.asarray(box, dtype)
            results = self.evaluate(
                potential or self.potential,
                cast(system, dtype),
                jnp.asarray(positions, dtype),
                box,
            )
        return tuple(np.asarray(value, dtype=np.float64) for value in results)

    def rebuilt(self):
        """The potential after a round trip through JSON settings and arrays."""
        settings = json.loads(json.dumps(self.potential.settings()))
        with jax.enable_x64(self.double):
            back = potentials.rebuild(self.potential.kind, settings, self.potential.arrays())
            return cast(back, jnp.float64 if self.double else jnp.float32)

    @property
    def tolerance(self):
        return 1e-10 if self.double else 3e-5


@pytest.fixture(
    scope="session",
    params=[(name, double) for name in INSTANCES for double in (True, False)],
    ids=lambda p: f"{p[0]}-{'double' if p[1] else 'single'}",
)
def case(request):
    return Case(*request.param)


@pytest.fixture
def positions():
    return start_positions()


@pytest.fixture(scope="session")
def instances():
    return INSTANCES


@pytest.fixture
def build(tmp_path):
    """A function that builds the potential of recipe blocks for beads placed at random."""

    def building(*blocks, topology=TOPOLOGY):
        beads = placed(topology)
        return build_potential(ModelBlock(potential=list(blocks)), beads, 300.0, tmp_path)

    return building
